"""What the drill leader and the evaluators do: turn the clock, move injects, make one up, judge, and note.

Rules kept: a wish is written down and the driver obeys it; an exercise that is over is not begun again; a verdict of
done or late names the log entries that show it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import get_args

from starlette.responses import Response

from ddh_beredskab.core.redaction import strike_cpr
from ddh_beredskab.drills import controls, injects
from ddh_beredskab.drills.injects import Verdict
from ddh_beredskab.drills.notes import add_note
from ddh_beredskab.drills.plan import Inject
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.web.acting import id_of
from ddh_beredskab.web.exercise_injects import forget, next_due
from ddh_beredskab.web.exercise_reading import Exercise
from ddh_beredskab.web.exercise_shelf import shelf_of
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages.exercise_lead import BASE, SPEEDS, lead, leading
from ddh_beredskab.web.pages.shift import write
from ddh_beredskab.web.plain_forms import done, fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

LATER = timedelta(minutes=10)
LONGEST = 2_000

Move = Callable[[Visit, Exercise, Fields], Awaitable[Response]]


def _door(path: str, move: Move) -> Page:
    async def handle(visit: Visit) -> Response:
        exercise = await leading(visit)
        if isinstance(exercise, Response):
            return exercise
        fields = await fields_of(visit)
        return await move(visit, exercise, fields)

    return Page("POST", f"{BASE}/{path}", handle)


def _back(visit: Visit, what: str) -> Response:
    return done(visit, f"/oevelse/{visit.environment.name}/leder", what)


async def _wrong(visit: Visit, form: str, fields: Fields, *mistakes: tuple[str, str]) -> Response:
    told = [Mistake(field, visit.words.t(key)) for field, key in mistakes]
    return await again(visit, form, fields, told, _page)


async def _page(visit: Visit) -> Response:
    return await lead(visit)


# -- the clock -------------------------------------------------------------------------------------


async def control(visit: Visit, exercise: Exercise, fields: Fields) -> Response:
    """Start, pause, go on, faster or slower, jump, end."""
    if exercise.phase == "ended" or exercise.control is None:
        return await _wrong(visit, "control", fields, ("", "exercise.wrong.over"))
    state, speed, jump_to = exercise.control.state, exercise.control.speed, exercise.control.jump_to
    match text_of(fields, "do"):
        case "go":
            state = "running"
        case "pause":
            state = "paused"
        case "speed":
            wanted = text_of(fields, "speed")
            if not wanted.isdecimal() or int(wanted) not in SPEEDS:
                return await _wrong(visit, "control", fields, ("speed", "exercise.wrong.speed"))
            speed = float(wanted)
        case "jump":
            coming = next_due(exercise)
            if coming is None or coming.due_at is None:
                return await _wrong(visit, "control", fields, ("", "exercise.wrong.no_inject"))
            # Paused it stays paused, so that people can talk before they go on.
            state, jump_to = "running" if state == "waiting" else state, coming.due_at
        case "end":
            if "sure" not in fields:
                return await _wrong(visit, "end", fields, ("sure", "exercise.wrong.sure"))
            state, jump_to = "ended", None
        case _:
            return _back(visit, "")
    by = _me(visit)
    now = (state, speed, jump_to)
    await write(visit.environment, lambda conn: controls.set_control(conn, now[0], now[1], by, now[2]))
    return _back(visit, text_of(fields, "do"))


# -- injects ----------------------------------------------------------------------------------------


async def move_inject(visit: Visit, exercise: Exercise, fields: Fields) -> Response:
    """Send now, skip, put off, repeat."""
    key, now = text_of(fields, "key"), exercise.clock.now
    held = next((each for each in exercise.injects if each.inject.key == key), None)
    if held is None:
        return await _wrong(visit, "inject", fields, ("", "exercise.wrong.no_such_inject"))
    if exercise.phase == "ended":
        return await _wrong(visit, "inject", fields, ("", "exercise.wrong.over"))
    what = text_of(fields, "do")

    def job(conn: Conn) -> bool:
        match what:
            case "send":
                return injects.put_off(conn, key, now)
            case "skip":
                return injects.skip(conn, key)
            case "later":
                return injects.put_off(conn, key, max(held.due_at or now, now) + LATER)
            case "repeat":
                return injects.repeat(conn, key, now) is not None
            case _:
                return True

    if not await write(visit.environment, job):
        return await _wrong(visit, "inject", fields, ("", "exercise.wrong.too_late"))
    return _back(visit, what)


async def new_inject(visit: Visit, exercise: Exercise, fields: Fields) -> Response:
    """An inject made up on the way; it comes at once, or after so many minutes."""
    if exercise.phase == "ended":
        return await _wrong(visit, "new_inject", fields, ("", "exercise.wrong.over"))
    minutes = text_of(fields, "minutes") or "0"
    if not minutes.isdecimal() or int(minutes) > 24 * 60:
        return await _wrong(visit, "new_inject", fields, ("minutes", "exercise.wrong.minutes"))
    text = text_of(fields, "text")
    given = fields
    if not text_of(fields, "expect.text"):  # nothing is expected then, whatever else is chosen
        given = Fields([(name, value) for name, value in fields.multi_items() if not name.startswith("expect.")])
    key = _key(str(id_of(fields)))
    made, mistakes = filled_in(
        Inject,
        given,
        visit.words,
        key=key,
        title=text_of(fields, "title") or _short(text),
        at=exercise.clock.now + timedelta(minutes=int(minutes)),
    )
    mistakes = [each for each in mistakes if each.field != "title"]
    if not text and not any(each.field == "text" for each in mistakes):
        mistakes.append(Mistake("text", visit.words.t("form.missing")))
    if made is not None and made.crisis > (crises := await _crises(visit, exercise)):
        mistakes.append(Mistake("crisis", visit.words.t("exercise.wrong.no_such_crisis", n=crises)))
    if made is None or mistakes:
        return await again(visit, "new_inject", fields, mistakes, _page)
    if all(each.inject.key != key for each in exercise.injects):  # the same form twice is one inject
        await write(visit.environment, lambda conn: injects.add(conn, [made], improvised=True))
    return _back(visit, "new")


async def _crises(visit: Visit, exercise: Exercise) -> int:
    """How many crises the drill has; one, when its recording cannot be found any more."""
    shelf = shelf_of(visit.site.drills) if visit.site.drills else None
    recording = await shelf.recording(exercise.plan.recording) if shelf else None
    return recording.crises if recording else 1


def _key(id_: str) -> str:
    """From the form's id, so that the same form is the same inject."""
    return f"nyt-{id_.replace('-', '')[-12:]}"


def _short(text: str) -> str:
    first = text.split("\n", 1)[0].removesuffix(".")
    return first if len(first) <= 60 else first[:57].rsplit(" ", 1)[0] + " ..."


# -- judging and noting -----------------------------------------------------------------------------


async def judge(visit: Visit, exercise: Exercise, fields: Fields) -> Response:
    """An evaluator's word on one inject, with the log entries that show it."""
    key, verdict = text_of(fields, "key"), text_of(fields, "verdict")
    numbers = re.findall(r"\d+", text_of(fields, "entries"))
    held = next((each for each in exercise.injects if each.inject.key == key), None)
    if held is None or held.state != "delivered":
        return await _wrong(visit, f"judge-{key}", fields, ("", "exercise.wrong.no_such_inject"))
    if verdict not in get_args(Verdict):
        return await _wrong(visit, f"judge-{key}", fields, ("verdict", "form.choose"))
    if verdict != "missed" and not numbers:
        return await _wrong(visit, f"judge-{key}", fields, ("entries", "exercise.wrong.evidence"))
    by, note = _me(visit), strike_cpr(text_of(fields, "note")[:LONGEST])[0]
    evidence = sorted({int(each) for each in numbers})

    def job(conn: Conn) -> None:
        injects.judge(conn, key, verdict, evidence, by, note)  # type: ignore[arg-type]

    await write(visit.environment, job)
    forget(visit.environment.name)
    return _back(visit, "judged")


async def write_note(visit: Visit, exercise: Exercise, fields: Fields) -> Response:
    """An observation, with the drill's time."""
    text = text_of(fields, "text")
    if not text:
        return await _wrong(visit, "note", fields, ("text", "form.missing"))
    by, id_, said = _me(visit), str(id_of(fields)), strike_cpr(text[:LONGEST])[0]
    now = exercise.clock.now
    await write(visit.environment, lambda conn: add_note(conn, id_, "observation", said, by, clock=now))
    return _back(visit, "noted")


def _me(visit: Visit) -> str:
    assert visit.who is not None
    return visit.who.person


_MOVES: tuple[tuple[str, Move], ...] = (
    ("styr", control),
    ("indspil", move_inject),
    ("indspil/nyt", new_inject),
    ("dom", judge),
    ("noter", write_note),
)
PAGES = tuple(_door(path, move) for path, move in _MOVES)
