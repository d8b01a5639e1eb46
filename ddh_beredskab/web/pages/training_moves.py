"""What is written in the register of training: by hand, from a file, and from a drill that is over.

Rules kept: a drill counts only when somebody has said so here; a file's bad rows are told by line and the rest is
taken; the same again changes nothing; what was wrong is taken back with a reason that stays.
"""

from __future__ import annotations

from datetime import date
from typing import cast, get_args

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.core.redaction import strike_cpr
from ddh_beredskab.drills.trained import write_down
from ddh_beredskab.errors import UserError
from ddh_beredskab.imports.courses import Courses, Stored, known_people, read_courses, store
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.register import persons, positions
from ddh_beredskab.people.training import Done, note_training, take_back
from ddh_beredskab.playbooks.training import What
from ddh_beredskab.web.pages.people_moves import me
from ddh_beredskab.web.pages.training import AREA, training, training_page, unnoted
from ddh_beredskab.web.plain_forms import done, fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.training_view import today
from ddh_beredskab.web.visit import Mistake, Visit

LONGEST = 80
LONGEST_WHY = 200
LISTED = 100


async def note(visit: Visit) -> Response:
    """A drill in a role, or something a shift takes."""
    fields, words = await fields_of(visit), visit.words
    ref, what, role = (text_of(fields, name) for name in ("person", "what", "role"))
    day = _day(text_of(fields, "day"))
    known = {each.ref: each.municipality for each in await visit.site.people.read(persons)}
    mistakes: list[Mistake] = []
    if ref not in known:
        mistakes.append(Mistake("person", words.t("training.person_missing")))
    if what not in get_args(What):
        mistakes.append(Mistake("what", words.t("training.what_missing")))
    elif what == "drill" and role not in visit.site.training.roles:
        mistakes.append(Mistake("role", words.t("training.role_missing")))
    if day is None or day > today():
        mistakes.append(Mistake("day", words.t("training.day_wrong")))
    if mistakes or day is None:
        return await again(visit, "note", fields, mistakes, training)
    drill, by = what == "drill", me(visit)
    reference = text_of(fields, "reference").strip()[:LONGEST]

    def job(conn: Conn) -> bool:
        held = [each.municipality for each in positions(conn) if (each.person, each.role) == (ref, role)]
        where = (held[0] if held else "") or known[ref]
        new = Done(ref, cast("What", what), day, role if drill else "", where if drill else "", reference)
        return note_training(conn, new, "by_hand", by=by)

    return done(visit, AREA, "noted" if await visit.site.people.write(job) else "known")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def from_drill(visit: Visit) -> Response:
    """Write a finished drill's participants in the register. Raises 404 when there is no such drill to write."""
    environment = text_of(await fields_of(visit), "environment")
    drill = next((each for each in await unnoted(visit) if each.environment == environment), None)
    if drill is None or not drill.taken:
        raise HTTPException(404)
    by = me(visit)
    await visit.site.people.write(lambda conn: write_down(conn, drill, by=by))
    return done(visit, AREA, "drill")


async def from_file(visit: Visit) -> Response:
    """Completed courses of a learning system."""
    fields = await fields_of(visit)
    file = fields.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await again(visit, "file", fields, [Mistake("file", visit.words.t("training.no_file"))], training)
    raw, name, rules, by = await file.read(), file.filename, visit.site.training, me(visit)

    def job(conn: Conn) -> tuple[Courses, Stored]:
        found = read_courses(raw, name, known_people(conn), rules, today())
        return found, store(conn, found, by=by)

    try:
        found, stored = await visit.site.people.write(job)
    except UserError as error:
        return await again(visit, "file", fields, [Mistake("file", error.sentence)], training)
    told = {"new": stored.new, "known": stored.known, "not_passed": found.not_passed}
    return await training_page(visit, {**told, "bad": found.bad[:LISTED], "more": max(0, len(found.bad) - LISTED)})


async def undo(visit: Visit) -> Response:
    """A line that was wrong, taken back with a reason."""
    fields, words, by = await fields_of(visit), visit.words, me(visit)
    id_, why = text_of(fields, "line"), strike_cpr(text_of(fields, "why").strip()[:LONGEST_WHY])[0]
    if not why:
        return await again(visit, f"undo-{id_}", fields, [Mistake("why", words.t("training.why_missing"))], training)
    gone = await visit.site.people.write(lambda conn: take_back(conn, id_, why, by=by))
    return done(visit, AREA, "undone" if gone else "gone")


PAGES = (
    Page("POST", AREA, note),
    Page("POST", f"{AREA}/oevelse", from_drill),
    Page("POST", f"{AREA}/fil", from_file),
    Page("POST", f"{AREA}/fortryd", undo),
)
