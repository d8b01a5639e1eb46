"""The crisis log: written, corrected, held up and filed; read page by page, searched, and one entry by itself.

Rules kept: nothing is changed, a correction is an entry of its own; whoever may not see an entry cannot find it; what
is searched for stands in the address, so that it can be passed on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.log_search import Found, search_entries
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.timeline import PAGE
from ddh_beredskab.web import views
from ddh_beredskab.web.acting import CRISIS, Action, act, with_answer
from ddh_beredskab.web.forms import Fields, filled_in, instant_of
from ddh_beredskab.web.guard import wants_json
from ddh_beredskab.web.pages import crises
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.topics import newest_page, readable
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.base import Command
from schemas.logbook import CorrectLogEntry, FileLogEntries, PinLogEntry, WriteLogEntry

ASKED = ("ord", "slags", "hvem", "fra", "til", "fastgjort")
"""What one can ask for, by its name in the address."""
SHOWN_AT_ONCE = 50


# -- reading --------------------------------------------------------------------------------------


async def log_page(visit: Visit) -> Response:
    """A hundred entries, without a number the newest; or what was searched for."""
    await with_answer(visit)
    if any(visit.query.get(name) for name in ASKED):
        return await _found(visit)
    topic = visit.topic
    read = await visit.read()
    last = read.log["entries"] if read.log else 0
    pages = newest_page(last)
    page = _number(visit.request.path_params.get("page", str(pages)))
    if not 1 <= page <= pages:
        raise HTTPException(404)
    first, upto = (page - 1) * PAGE + 1, min(page * PAGE, last)
    return visit.page(
        "log.html",
        visit.words.t("log.page_heading", first=first, last=upto),
        entries=await topic.entry_views(first, upto),
        first=first,
        last=upto,
        page=page,
        pages=pages,
        kinds=visit.log_kinds(every=True),
        authors=await _authors(visit),
        found=None,
    )


async def _found(visit: Visit) -> Response:
    """The entries that fit, newest first, fifty at a time."""
    asked, words = visit.query, visit.words
    from_, to = _moment(asked.get("fra")), _moment(asked.get("til"))
    before = _number(asked.get("foer", "")) or None
    kinds = [kind for kind in visit.request.query_params.getlist("slags") if kind]
    names = (await visit.read()).names
    visibilities = readable(visit.audience)
    crisis = visit.crisis

    def look(conn: Conn) -> Found:
        return search_entries(
            conn,
            crisis,
            text=asked.get("ord", ""),
            kinds=kinds,
            author=asked.get("hvem") or None,
            from_=from_,
            to=to,
            pinned=True if asked.get("fastgjort") else None,
            visibilities=visibilities,
            names=names,
            limit=SHOWN_AT_ONCE,
            before=before,
        )

    found = await visit.environment.read(look)
    more = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "foer" and value]
    return visit.page(
        "log.html",
        words.t("log.find.heading"),
        entries=[views.log_entry(entry, visit.site.playbooks, visit.base) for entry in found.entries],
        kinds=visit.log_kinds(every=True),
        authors=await _authors(visit),
        found={"more": urlencode([*more, ("foer", str(found.before))]) if found.before else None, "kinds": kinds},
        wrong_time=[name for name, at in (("fra", from_), ("til", to)) if asked.get(name) and at is None],
    )


async def entry_page(visit: Visit) -> Response:
    """One entry, what belongs to it, and what can be done with it."""
    await with_answer(visit)
    number = _number(visit.request.path_params.get("number", visit.filled.value(visit.filled.name, "number", "")))
    if not number:  # a filing names a range
        number = _number(visit.filled.value("log/journaliser", "first", ""))
    found = await visit.topic.entry_views(number, number)
    if not found:
        raise HTTPException(404)
    entry = found[0]
    others = [n for n in (entry["refers_to"], entry["corrected_by"]) if n]
    beside = [view for n in others for view in await visit.topic.entry_views(n, n)]
    correct = CorrectLogEntry(number=number, text="x", reason="x", visibility=entry["visibility"])
    file = FileLogEntries(first=number, last=number, case_number="x")
    return visit.page(
        "log_entry.html",
        visit.words.t("log.number", number=number),
        entry=entry,
        beside=beside,
        correct_why=await visit.why_not(correct, CORRECT.route),
        file_why=await visit.why_not(file, FILE.route),
    )


async def _authors(visit: Visit) -> list[tuple[str, str]]:
    """Whose entries one may look for: whoever is or was of the crisis, by name."""
    read = await visit.read()
    roles: Json = (read.roster or {"roles": {}})["roles"]
    refs: set[str] = {held["person"] for role in roles.values() for held in (role["holder"], *role["history"]) if held}
    refs |= {each["person"] for each in read.situation.get("asked", [])}
    report: Json = read.situation.get("report") or {}
    refs |= {ref for ref in (report.get("entered_by"), report.get("asked_by")) if ref}
    people = [(ref, read.names.get(ref, ref)) for ref in refs]
    return sorted(people, key=lambda each: each[1].casefold())


def _number(text: Any) -> int:
    return int(text) if str(text).isdecimal() and len(str(text)) < 8 else 0


def _moment(text: str | None) -> datetime | None:
    return instant_of(text) if text else None


# -- writing --------------------------------------------------------------------------------------


def _entry(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """Without a time it happened now; what was left out on purpose needs its reason."""
    given = {} if fields.get("happened_at") else {"happened_at": visit.now}
    made, mistakes = filled_in(WriteLogEntry, fields, visit.words, **given)
    if fields.get("kind") == "omission" and not fields.get("reason"):
        mistakes.append(Mistake("reason", visit.words.t("log.write.reason_missing")))
    return made if made is not None and not mistakes else mistakes


WRITE = Action("log", WriteLogEntry, page=crises.crisis, back="#log", read=_entry)
CORRECT = Action("log/ret", CorrectLogEntry, page=entry_page, back="#log")
FILE = Action("log/journaliser", FileLogEntries, page=entry_page, back="#log")
PIN = Action("log/fastgoer", PinLogEntry, page=entry_page, back="#log")


async def write(visit: Visit) -> Response:
    """An entry by hand; the page one comes back to has its kind chosen for the next, but nobody cries wolf by habit."""
    response = await act(visit, WRITE)
    kind = visit.filled.value("log", "kind", "")
    if response.status_code == 303 and not wants_json(visit.request) and kind != "urgent":
        path, hash_, part = response.headers["location"].partition("#")
        more = urlencode({"slags": kind})
        response.headers["location"] = f"{path}{'&' if '?' in path else '?'}{more}{hash_}{part}"
    return response


PAGES = (
    Page("GET", f"{CRISIS}/log", log_page),
    Page("GET", f"{CRISIS}/log/nr/{{number}}", entry_page),
    Page("GET", f"{CRISIS}/log/{{page}}", log_page),
    Page("POST", f"{CRISIS}/log", write),
    CORRECT.door(),
    FILE.door(),
    PIN.door(),
)
