"""What the secretariat does to the register: add, give, take, reach, let in, shut out.

Rules kept: every move is written down with who did it; an invitation or a code is shown once, to the one who made it;
nobody shuts himself out or makes himself the one who runs the system.
"""

from __future__ import annotations

from typing import cast

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import entry, register, secrets
from ddh_beredskab.people.identity import BY_MUNICIPALITY, Position
from ddh_beredskab.people.register import PositionHeld
from ddh_beredskab.web.forms import Fields
from ddh_beredskab.web.pages.people import CHANNELS, people, person, person_page, role_choices
from ddh_beredskab.web.plain_forms import day_of, done, fields_of, text_of
from ddh_beredskab.web.qr import qr_answer
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.base import Role

POSITIONS = ("holder", "deputy", "pool")


async def add(visit: Visit) -> Response:
    """A new person, with a log-in of the name or the mail that is given."""
    fields = await fields_of(visit)
    name, municipality, login = (text_of(fields, each) for each in ("name", "municipality", "login"))
    if not name or len(name) > 120:
        return await again(visit, "add", fields, [Mistake("name", visit.words.t("people.name_missing"))], people)
    by = me(visit)

    def job(conn: Conn) -> str:
        ref = register.add_person(conn, name, municipality, by=by, fictional=False)
        register.open_account(conn, ref, login or ref, by=by)
        return ref

    try:
        ref = await visit.site.people.write(job)
    except UserError as error:
        return await again(visit, "add", fields, [Mistake("login", error.sentence)], people)
    return done(visit, f"/personer/{ref}", "person")


async def give(visit: Visit) -> Response:
    """Give a role."""
    ref, fields = await known(visit), await fields_of(visit)
    role, position = text_of(fields, "role"), text_of(fields, "position") or "holder"
    municipality, trained = text_of(fields, "municipality"), text_of(fields, "trained")
    mistakes: list[Mistake] = []
    if role not in dict(role_choices(visit)) or position not in POSITIONS:
        mistakes.append(Mistake("role", visit.words.t("form.choose")))
    elif role in BY_MUNICIPALITY and not municipality:
        mistakes.append(Mistake("municipality", visit.words.t("people.municipality_missing")))
    if trained and day_of(trained) is None:
        mistakes.append(Mistake("trained", visit.words.t("people.day_wrong")))
    if mistakes:
        return await again(visit, "give", fields, mistakes, person)
    by = me(visit)
    await visit.site.people.write(
        lambda conn: register.give(
            conn,
            ref,
            cast("Role", role),
            by=by,
            municipality=municipality,
            position=cast("Position", position),
            trained_at=day_of(trained),
        )
    )
    return done(visit, f"/personer/{ref}", "given")


async def mark(visit: Visit) -> Response:
    """On duty, away, order of calling, trained when."""
    held, fields = await held_role(visit), await fields_of(visit)
    order, trained = text_of(fields, "order") or "0", text_of(fields, "trained")
    form = f"marks-{held.id}"
    if not order.isdecimal() or len(order) > 3:
        return await again(visit, form, fields, [Mistake("order", visit.words.t("form.number"))], person)
    if trained and day_of(trained) is None:
        return await again(visit, form, fields, [Mistake("trained", visit.words.t("people.day_wrong"))], person)
    by = me(visit)
    await visit.site.people.write(
        lambda conn: register.mark(
            conn,
            held.id,
            by=by,
            on_duty="on_duty" in fields,
            absent="absent" in fields,
            call_order=int(order),
            trained_at=day_of(trained),
        )
    )
    return done(visit, f"/personer/{held.person}", "marked")


async def take(visit: Visit) -> Response:
    """Take a role away; it is gone at the next click. Who runs the system is taken down by another such only."""
    held = await held_role(visit)
    if held.role == "operator" and "operator" not in visit.standings:
        raise HTTPException(404)
    by = me(visit)
    await visit.site.people.write(lambda conn: register.take(conn, held.id, by=by))
    return done(visit, f"/personer/{held.person}", "taken")


async def reach(visit: Visit) -> Response:
    """How the person is reached; what is left empty is deleted."""
    ref, fields = await known(visit), await fields_of(visit)
    mistakes = [
        Mistake(channel, visit.words.t(f"people.{'mail' if channel == 'mail' else 'number'}_wrong"))
        for channel in CHANNELS
        if (value := text_of(fields, channel)) and not _reaches(channel, value)
    ]
    if mistakes:
        return await again(visit, "reach", fields, mistakes, person)
    by = me(visit)

    def job(conn: Conn) -> None:
        for channel in CHANNELS:
            register.set_channel(conn, ref, channel, text_of(fields, channel), by=by)

    await visit.site.people.write(job)
    return done(visit, f"/personer/{ref}", "channels")


def _reaches(channel: str, value: str) -> bool:
    if channel == "mail":
        name, at, host = value.partition("@")
        return bool(name and at and "." in host) and " " not in value and len(value) <= 200
    digits = sum(letter.isdecimal() for letter in value)
    return 6 <= digits <= 15 and set(value) <= set("+0123456789 ()-")


async def tested(visit: Visit) -> Response:
    """Somebody rang or wrote, and it worked."""
    ref, fields = await known(visit), await fields_of(visit)
    channel = text_of(fields, "channel")
    if channel not in CHANNELS:
        return await again(visit, "tested", fields, [Mistake("", visit.words.t("form.choose"))], person)
    by = me(visit)
    await visit.site.people.write(lambda conn: register.channel_tested(conn, ref, channel, by=by))
    return done(visit, f"/personer/{ref}", "tested")


async def invite(visit: Visit) -> Response:
    """A link with which the person chooses a password: as text, and as QR to be scanned from this screen."""
    if (refused := await _not_above(visit, "invite")) is not None:
        return refused
    ref = await known(visit)
    secret = await _ticket(visit, ref, "invitation")
    address = f"{str(visit.request.base_url).rstrip('/')}/invitation/{secret}"
    return await person_page(visit, shown={"link": address, "qr": f"/invitation/{secret}/qr.svg"})


async def code(visit: Visit) -> Response:
    """A one-time code to be read aloud."""
    if (refused := await _not_above(visit, "code")) is not None:
        return refused
    ref = await known(visit)
    letters = await _ticket(visit, ref, "code")
    spelled = [(letter, visit.words.t(f"people.letter.{letter}")) for letter in letters]
    return await person_page(visit, shown={"code": secrets.spoken(letters), "spelled": spelled})


async def _ticket(visit: Visit, ref: str, purpose: entry.Purpose) -> str:
    by = me(visit)

    def job(conn: Conn) -> str:
        if not any(each.ref == ref and each.login for each in register.persons(conn)):
            register.open_account(conn, ref, ref, by=by)
        return entry.new_ticket(conn, purpose, by=by, person=ref)

    return await visit.site.people.write(job)


async def _not_above(visit: Visit, form: str) -> Response | None:
    """Who runs the system is let in from the machine itself, or by another such: else a right could be taken."""
    ref = await known(visit)
    positions = await visit.site.people.read(register.positions)
    above = any((each.person, each.role) == (ref, "operator") for each in positions)
    if not above or "operator" in visit.standings:
        return None
    return await again(visit, form, Fields([]), [Mistake("", visit.words.t("people.not_operator"))], person)


async def qr(visit: Visit) -> Response:
    """The invitation's link as QR, for whoever holds the link."""
    secret = str(visit.request.path_params["secret"])
    if await visit.site.people.read(lambda conn: entry.look_at(conn, secret, "invitation")) is None:
        raise HTTPException(404)
    return qr_answer(f"{str(visit.request.base_url).rstrip('/')}/invitation/{secret}")


async def end_sessions(visit: Visit) -> Response:
    """Out everywhere, at the next click."""
    ref, by = await known(visit), me(visit)
    await visit.site.people.write(lambda conn: entry.end_all(conn, ref, by=by))
    return done(visit, f"/personer/{ref}", "ended")


async def shut(visit: Visit) -> Response:
    """Close the access, or open it again. Nobody closes his own."""
    if (refused := await _not_above(visit, "shut")) is not None:
        return refused
    ref, fields, by = await known(visit), await fields_of(visit), me(visit)
    if ref == by:
        return await again(visit, "shut", fields, [Mistake("", visit.words.t("people.not_oneself"))], person)
    close = text_of(fields, "to") == "closed"

    def job(conn: Conn) -> None:
        register.disable(conn, ref, by=by, disabled=close)
        if close:
            entry.end_all(conn, ref, by=by)

    await visit.site.people.write(job)
    return done(visit, f"/personer/{ref}", "closed" if close else "opened")


def me(visit: Visit) -> str:
    """Who does it, for the log."""
    assert visit.who is not None
    return visit.who.person


async def known(visit: Visit) -> str:
    """The person in the path. Raises 404."""
    ref = str(visit.request.path_params["person"])
    persons = await visit.site.people.read(register.persons)
    if all(each.ref != ref for each in persons):
        raise HTTPException(404)
    return ref


async def held_role(visit: Visit) -> PositionHeld:
    """The role in the path, held by the person in the path. Raises 404."""
    ref, id_ = await known(visit), str(visit.request.path_params["held"])
    positions = await visit.site.people.read(register.positions)
    found = next((each for each in positions if (each.id, each.person) == (id_, ref)), None)
    if found is None:
        raise HTTPException(404)
    return found


_PERSON = "/personer/{person}"
PAGES = (
    Page("POST", "/personer", add),
    Page("POST", f"{_PERSON}/rolle", give),
    Page("POST", f"{_PERSON}/rolle/{{held}}", mark),
    Page("POST", f"{_PERSON}/rolle/{{held}}/fjern", take),
    Page("POST", f"{_PERSON}/kontakt", reach),
    Page("POST", f"{_PERSON}/kontakt/afproevet", tested),
    Page("POST", f"{_PERSON}/invitation", invite),
    Page("POST", f"{_PERSON}/kode", code),
    Page("POST", f"{_PERSON}/log-ud", end_sessions),
    Page("POST", f"{_PERSON}/adgang", shut),
    Page("GET", "/invitation/{secret}/qr.svg", qr),
)
