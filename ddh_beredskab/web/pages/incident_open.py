"""Indmeld hændelse without log-in: a printed sheet with a QR and a one-time code; and the page that makes the sheets.

Rules kept: tries at the code are counted; nothing is stored before the code is right; what comes in this way waits for
somebody to ring back before anything is activated.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import entry, open_forms, secrets
from ddh_beredskab.people.register import positions
from ddh_beredskab.web.forms import Fields
from ddh_beredskab.web.incident_form import FORM, asked, beside, missing, steps_of
from ddh_beredskab.web.incident_people import municipalities, numbers, official_name
from ddh_beredskab.web.incident_sending import send
from ddh_beredskab.web.pages.incident import ADDRESS, answered, refilled, shown
from ddh_beredskab.web.plain_forms import fields_of, text_of
from ddh_beredskab.web.qr import qr_answer
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Filled, Mistake, Visit

DOOR = "open_form"


async def open_page(visit: Visit) -> Response:
    """The form, for whoever has a sheet; scanning it has typed the code already."""
    code = secrets.typed_code(visit.query.get("kode", ""))[: secrets.CODE_LENGTH]
    if code:
        visit.filled = Filled(FORM, Fields([("code", secrets.spoken(code))]))
    return await shown(visit, "open")


async def take_open(visit: Visit) -> Response:
    """A step, kept by the page itself and not by us; or the whole, which the code lets in."""
    fields = await fields_of(visit)
    criteria, go, here = visit.site.playbooks.criteria, text_of(fields, "go"), text_of(fields, "step")
    steps = asked(steps_of("open", criteria), fields, criteria)
    at_stake = steps if go == "send" else [step for step in steps if step.key == here and go != "back"]
    if wrong := missing(at_stake, fields, visit.words):
        return await refilled(visit, "open", fields, wrong)
    if go == "send":
        if (wait := _wait(visit)) > 0:
            return await refilled(visit, "open", fields, [_too_often(visit, wait)])
        outcome = await send(visit, "open", fields)
        if isinstance(outcome, list) and any(mistake.field == "code" for mistake in outcome):
            visit.site.tries.failed(DOOR, _address(visit))
        return await answered(visit, "open", fields, outcome)
    if here == "code" and go != "back" and (wrong := await _wrong_code(visit, text_of(fields, "code"))):
        return await refilled(visit, "open", fields, wrong)
    visit.filled = Filled(FORM, fields)
    return await shown(visit, "open", beside(steps, here, -1 if go == "back" else 1))


async def _wrong_code(visit: Visit, typed: str) -> list[Mistake]:
    if (wait := _wait(visit)) > 0:
        return [_too_often(visit, wait)]
    code = secrets.typed_code(typed)
    if await visit.site.people.read(lambda conn: entry.look_at(conn, code, "open_form")) is not None:
        return []
    visit.site.tries.failed(DOOR, _address(visit))
    return [Mistake("code", visit.words.t("incident.open.wrong_code"))]


def _wait(visit: Visit) -> int:
    return visit.site.tries.wait_seconds(DOOR, _address(visit))


def _too_often(visit: Visit, wait: int) -> Mistake:
    return Mistake("code", visit.words.t("entry.wait", minutes=max(1, wait // 60)))


def _address(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else "-"


# -- the sheets -----------------------------------------------------------------------------------


async def sheets(visit: Visit) -> Response:
    """Which municipalities have a sheet; and a new one."""

    def read(conn: Conn) -> tuple[list[tuple[str, str]], dict[str, tuple[int, int]]]:
        known = municipalities(visit.site.municipalities, conn)
        return [(code, official_name(each)) for code, each in known.items()], open_forms.good_sheets(conn)

    known, good = await visit.site.people.read(read)
    return visit.page(
        "incident/sheets.html", visit.words.t("incident.sheets.heading"), known=known, named=dict(known), good=good
    )


async def new_sheet(visit: Visit) -> Response:
    """The sheet itself, to be printed at once: its code is stored nowhere and cannot be shown again."""
    fields, who = await fields_of(visit), visit.who
    assert who is not None
    code_of = text_of(fields, "municipality")

    def job(conn: Conn) -> tuple[str, str, list[object]] | None:
        known = municipalities(visit.site.municipalities, conn)
        if code_of not in known:
            return None
        if fields.get("call_back"):
            open_forms.call_back(conn, code_of, by=who.person)
        secret = entry.new_ticket(conn, "open_form", by=who.person, municipality=code_of)
        desk = [(held.role, held.person) for held in positions(conn) if held.role in ("secretariat", "project_leader")]
        return official_name(known[code_of]), secret, [*numbers(conn, desk)]

    made = await visit.site.people.write(job)
    if made is None:
        visit.filled = Filled("sheet", fields, [Mistake("municipality", visit.words.t("incident.needs.municipality"))])
        response = await sheets(visit)
        response.status_code = 422
        return response
    name, secret, phones = made
    return visit.page(
        "incident/sheet.html",
        visit.words.t("incident.sheet.title", name=name),
        municipality=name,
        code=secrets.spoken(secret),
        qr=f"/indmeld/ark/qr.svg?kode={quote(secret)}",
        link=_link(visit, ""),
        phones=phones,
        days=entry.GOOD_FOR["open_form"] // entry.DAY,
    )


async def sheet_qr(visit: Visit) -> Response:
    """The sheet's QR: the form's address with the code in it."""
    code = secrets.typed_code(visit.query.get("kode", ""))
    if len(code) != secrets.CODE_LENGTH:
        raise HTTPException(404)
    return qr_answer(_link(visit, f"?kode={code}"))


def _link(visit: Visit, query: str) -> str:
    secure = visit.request.headers.get("x-forwarded-proto") == "https"
    scheme = "https" if secure else visit.request.url.scheme
    return f"{scheme}://{visit.request.url.netloc}{ADDRESS['open']}{query}"


PAGES = (
    Page("GET", "/indmeld/uden-log-ind", open_page),
    Page("POST", "/indmeld/uden-log-ind", take_open),
    Page("GET", "/indmeld/ark", sheets),
    Page("POST", "/indmeld/ark", new_sheet),
    Page("GET", "/indmeld/ark/qr.svg", sheet_qr),
)
