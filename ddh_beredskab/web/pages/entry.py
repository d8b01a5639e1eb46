"""In and out: log-in by password or one-time code, invitations, one's own page, and the fictional people of a demo.

Rules kept: what is wrong with a log-in is never told more exactly than that it is wrong; tries are counted; a demo's
people are one click away, and only where a demo was asked for.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import entry, register, secrets
from ddh_beredskab.people.identity import How, roles_anywhere
from ddh_beredskab.web.forms import Fields, FormTooLarge, read_fields
from ddh_beredskab.web.guard import COOKIE
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Filled, Mistake, Visit
from schemas.base import Role

SESSION_SECONDS = entry.SESSION_FOR // 1_000_000


async def login_page(visit: Visit) -> Response:
    """Password or code; in a demo also the list of its people."""
    people = await demo_people(visit) if visit.site.demo else []
    return visit.page(
        "entry/login.html", visit.words.t("entry.heading"), people=people, til=_local(visit.query.get("til"))
    )


async def demo_people(visit: Visit) -> list[dict[str, object]]:
    """The fictional people one may be, by what they are."""
    persons = await visit.site.people.read(register.persons)
    positions = await visit.site.people.read(register.positions)
    playbooks = visit.site.playbooks
    found: list[dict[str, object]] = []
    for person in persons:
        if not person.demo or person.disabled:
            continue
        held = [p for p in positions if p.person == person.ref]
        roles = list(dict.fromkeys(role_name(playbooks, p.role) for p in held))
        order = min((visit.site.demo_order.index(p.role) for p in held if p.role in visit.site.demo_order), default=99)
        found.append({"ref": person.ref, "name": person.name, "roles": roles, "order": order})
    return sorted(found, key=lambda each: (str(each["order"]).zfill(3), str(each["name"])))


async def log_in(visit: Visit) -> Response:
    """By name and password."""
    fields = await _fields(visit)
    login, password = str(fields.get("login", "")).lower(), str(fields.get("password", ""))
    if (wait := visit.site.tries.wait_seconds("login", _address(visit), login)) > 0:
        return await _not_in(visit, fields, "login", visit.words.t("entry.wait", minutes=max(1, wait // 60)))
    found = await visit.site.people.read(lambda conn: register.account(conn, login))
    stored = found[1] if found and not found[2] else None
    if found is None or not secrets.is_password(password, stored):
        visit.site.tries.failed("login", _address(visit), login)
        return await _not_in(visit, fields, "login", visit.words.t("entry.wrong"))
    return await _let_in(visit, found[0], "password", fields)


async def log_in_by_code(visit: Visit) -> Response:
    """With the code that the secretariat has read aloud: for when mail, net or the municipality's log-in are gone."""
    fields = await _fields(visit)
    code = secrets.typed_code(str(fields.get("code", "")))
    if (wait := visit.site.tries.wait_seconds("code", _address(visit))) > 0:
        return await _not_in(visit, fields, "code", visit.words.t("entry.wait", minutes=max(1, wait // 60)))
    ticket = await visit.site.people.write(lambda conn: entry.use(conn, code, "code"))
    if ticket is None or ticket.person is None:
        visit.site.tries.failed("code", _address(visit))
        return await _not_in(visit, fields, "code", visit.words.t("entry.wrong_code"))
    return await _let_in(visit, ticket.person, "code", fields)


async def be(visit: Visit) -> Response:
    """In a demo: be one of its fictional people."""
    fields = await _fields(visit)
    person = str(fields.get("person", ""))
    if not visit.site.demo or not await visit.site.people.read(lambda conn: register.is_demo(conn, person)):
        return await _not_in(visit, fields, "be", visit.words.t("entry.no_demo"))
    return await _let_in(visit, person, "demo", fields)


async def log_out(visit: Visit) -> Response:
    """End this session; the others of the same person go on."""
    if visit.who is not None:
        who = visit.who
        await visit.site.people.write(
            lambda conn: entry.end_session(conn, who.session, by=who.person, person=who.person)
        )
    response = visit.go("/log-ind")
    response.delete_cookie(COOKIE, path="/")
    return response


async def own_page(visit: Visit) -> Response:
    """Who one is, which roles that gives, and where one is logged in."""
    who = visit.who
    assert who is not None
    sessions = await visit.site.people.read(lambda conn: entry.sessions_of(conn, who.person))
    roles = [role_name(visit.site.playbooks, role) for role in roles_anywhere(who)]
    return visit.page("entry/own.html", visit.words.t("entry.own"), roles=roles, sessions=sessions)


async def end_others(visit: Visit) -> Response:
    """End one's other sessions, e.g. on a machine one has left."""
    who = visit.who
    assert who is not None

    def job(conn: Conn) -> None:
        for session in entry.sessions_of(conn, who.person):
            if session.id != who.session:
                entry.end_session(conn, session.id, by=who.person, person=who.person)

    await visit.site.people.write(job)
    return visit.go("/mig")


async def invitation(visit: Visit) -> Response:
    """The page of an invitation's link: choose a password."""
    secret = str(visit.request.path_params["secret"])
    ticket = await visit.site.people.read(lambda conn: entry.look_at(conn, secret, "invitation"))
    person = None
    if ticket is not None and ticket.person is not None:
        names = await visit.site.people.names()
        person = names.get(ticket.person, ticket.person)
    status = 200 if person else 410
    return visit.page(
        "entry/invitation.html", visit.words.t("entry.invitation"), status=status, person=person, secret=secret
    )


async def accept_invitation(visit: Visit) -> Response:
    """A password is chosen: the invitation is used up, and one is in."""
    fields = await _fields(visit)
    secret, password = str(visit.request.path_params["secret"]), str(fields.get("password", ""))
    visit.filled = Filled("invitation", fields)
    if len(password) < secrets.SHORTEST_PASSWORD:
        visit.filled.mistakes = [Mistake("password", visit.words.t("entry.too_short", n=secrets.SHORTEST_PASSWORD))]
    elif password != str(fields.get("again", "")):
        visit.filled.mistakes = [Mistake("again", visit.words.t("entry.not_same"))]
    if visit.filled.mistakes:
        response = await invitation(visit)
        response.status_code = 422
        return response
    hashed = secrets.hashed_password(password)

    def job(conn: Conn) -> str | None:
        ticket = entry.use(conn, secret, "invitation")
        if ticket is None or ticket.person is None:
            return None
        register.set_password(conn, ticket.person, hashed, by=ticket.person)
        return ticket.person

    person = await visit.site.people.write(job)
    return await _let_in(visit, person, "invitation", fields) if person else await invitation(visit)


async def _let_in(visit: Visit, person: str, how: How, fields: Fields) -> Response:
    def job(conn: Conn) -> tuple[str, tuple[Role, ...]]:
        if visit.who is not None and visit.who.session:
            entry.end_session(conn, visit.who.session, by=visit.who.person, person=visit.who.person)
        return entry.open_session(conn, person, how), roles_anywhere(register.who_is(conn, person, how))

    token, roles = await visit.site.people.write(job)
    where = _local(str(fields.get("til", "")))
    # Whoever is a call agent and nothing else comes to the desk.
    response = visit.go("/vagt" if where == "/" and roles == ("call_agent",) else where)
    secure = visit.request.url.scheme == "https" or visit.request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(COOKIE, token, max_age=SESSION_SECONDS, path="/", secure=secure, httponly=True, samesite="lax")
    return response


async def _not_in(visit: Visit, fields: Fields, form: str, sentence: str) -> Response:
    kept = Fields([(name, value) for name, value in fields.multi_items() if name not in ("password", "code")])
    visit.filled = Filled(form, kept, [Mistake("code" if form == "code" else "login", sentence)])
    response = await login_page(visit)
    response.status_code = 401
    return response


async def _fields(visit: Visit) -> Fields:
    try:
        return await read_fields(visit.request)
    except FormTooLarge:
        return Fields([])


def _local(where: str | None) -> str:
    """A path of our own, never another site."""
    parts = urlsplit(where or "/")
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//")
    return (where or "/") if own and "\\" not in (where or "") else "/"


def _address(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else "-"


PAGES = (
    Page("GET", "/log-ind", login_page),
    Page("POST", "/log-ind", log_in),
    Page("POST", "/log-ind/kode", log_in_by_code),
    Page("POST", "/log-ind/som", be),
    Page("POST", "/log-ud", log_out),
    Page("GET", "/mig", own_page),
    Page("POST", "/mig/afslut-andre", end_others),
    Page("GET", "/invitation/{secret}", invitation),
    Page("POST", "/invitation/{secret}", accept_invitation),
)
