"""The drill leader's view: the clock and who turns it, how far it is, the injects, what was expected, who is there.

Rules kept: somebody who takes part does not see what is to come; the page says what it has seen and the driver does
the rest, so that a wish is one row; evaluators read, note and judge, and turn nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from ddh_beredskab.clock import to_micros
from ddh_beredskab.core.wording import refusal_sentence
from ddh_beredskab.drills.casting import Casting
from ddh_beredskab.drills.notes import notes
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import read_at
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.web.exercise_injects import lines, names_of, next_due, outcomes, withheld_in
from ddh_beredskab.web.exercise_reading import Exercise, exercise_in, seen_since
from ddh_beredskab.web.exercise_shelf import following, left_in, shelf_of
from ddh_beredskab.web.guard import refused
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.topics import NoSuchCrisis
from ddh_beredskab.web.visit import Visit, crisis_people
from schemas.base import CommandRefused

BASE = "/oevelse/{environment}"
LEAD = f"GET {BASE}/leder"
CONTROL = f"POST {BASE}/styr"
JUDGE = f"POST {BASE}/dom"
SPEEDS = (1, 2, 5, 10, 30, 60)
THERE = timedelta(minutes=2)
"""Somebody whose browser was heard of so lately is there."""
MOST_REFUSED = 30

_REFUSED = Statement(
    "SELECT position FROM messages WHERE type = 'dk.ddh.beredskab.command_refused.v1' ORDER BY position DESC LIMIT 200"
)


async def leading(visit: Visit) -> Exercise | Response:
    """The exercise of the path, for whoever may lead or watch it."""
    exercise = await exercise_in(visit.environment)
    if exercise is None:
        raise NoSuchCrisis(visit.environment.name)
    who = visit.who
    assert who is not None
    if exercise.is_in_it(who.person) and exercise.phase != "ended" and who.person != exercise.plan.leader:
        return refused(visit, 403, "exercise.takes_part")
    return exercise


async def lead(visit: Visit) -> Response:
    """The page."""
    exercise = await leading(visit)
    if isinstance(exercise, Response):
        return exercise
    plan, shelf = exercise.plan, shelf_of(visit.site.drills) if visit.site.drills else None
    recording = await shelf.recording(plan.recording) if shelf else None
    casting = await shelf.casting(plan) if shelf else None
    known = recording is not None and casting is not None
    done = await outcomes(
        visit, visit.environment, exercise, withheld_in(plan, casting.withheld) if casting else ()
    )  # fmt: skip
    by_key = {each.key: each for each in done if each.source == "inject"}
    all_lines = lines(visit, exercise.injects, by_key)
    environment = visit.environment
    return visit.page(
        "exercise/lead.html",
        visit.words.t("exercise.lead.title", title=plan.title),
        exercise=exercise,
        plan=plan,
        base_=f"/oevelse/{environment.name}",
        progress=left_in(recording, casting, exercise.next_input, plan.ends_at) if recording and casting else None,
        following=_following(visit, recording, casting, exercise) if known else None,
        next_inject=next_due(exercise),
        coming=[line for line in all_lines if line["state"] == "planned"],
        came=[line for line in reversed(all_lines) if line["state"] == "delivered"],
        skipped=[line for line in all_lines if line["state"] == "skipped"],
        recorded=[each for each in done if each.source != "inject"],
        crises=_crises(visit, exercise, recording),
        owner_of=lambda role: names_of(visit.site.playbooks, [role]),  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
        people=await _people(visit, exercise),
        notes=list(reversed(await environment.read(lambda conn: notes(conn, "observation")))),
        refused=await _refused(visit, casting) if casting else [],
        speeds=SPEEDS,
        roles=[(key, card.name) for key, card in visit.site.playbooks.roles.roles.items() if key not in ("system",)],
        controls=visit.may(CONTROL),
        judges=visit.may(JUDGE),
        done=visit.words.t(f"exercise.done.{visit.query['gjort']}")
        if visit.words.has(f"exercise.done.{visit.query.get('gjort', '')}")
        else "",
    )


def _crises(visit: Visit, exercise: Exercise, recording: Recording | None) -> list[tuple[int, str, str]]:
    """Number, id and title of the crises, where the recording has several; a title nobody has given yet is a number."""
    if recording is None or recording.crises < 2:
        return []
    titles = {str(line["crisis"]): str(line["title"] or "") for line in exercise.crises}
    found: list[tuple[int, str, str]] = []
    for number in range(1, recording.crises + 1):
        id_ = exercise.plan.crisis_id(number)
        found.append((number, id_, titles.get(id_) or visit.words.t("exercise.inject.crisis_number", n=number)))
    return found


def _following(visit: Visit, recording: Any, casting: Any, exercise: Exercise) -> dict[str, Any] | None:
    found = following(recording, casting, exercise.next_input, exercise.plan.ends_at)
    if found is None:
        return None
    return {"at": found.at, "what": did(visit, type(found.payload).short_name()), "person": found.actor.person}  # type: ignore[union-attr]


def did(visit: Visit, command: str) -> str:
    """What somebody does with a command, in two words."""
    key = f"exercise.did.{command}"
    return visit.words.t(key if visit.words.has(key) else "exercise.did.other")


async def _people(visit: Visit, exercise: Exercise) -> list[dict[str, Any]]:
    """Each participant: part, roles held now in the drill's crises, and whether the browser is there."""
    since = exercise.begun_at
    seen = await visit.site.people.read(lambda conn: seen_since(conn, to_micros(since) if since else 0))
    crises = [line["crisis"] for line in exercise.crises]
    wall = datetime.now(UTC)

    def holders(conn: Conn) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for crisis in crises:
            roster = document(conn, ROSTER, crisis)
            for role, person in crisis_people({}, roster).holders.items() if roster else ():
                found.setdefault(person, []).append(role)
        return found

    held = await visit.environment.read(holders)
    parts: dict[str, list[str]] = {}
    for part, person in exercise.plan.cast.items():
        parts.setdefault(person, []).append(part)
    return [
        {
            "person": person,
            "parts": parts[person],
            "roles": names_of(visit.site.playbooks, exercise.roles.get(person, ())),
            "held": names_of(visit.site.playbooks, list(dict.fromkeys(held.get(person, ())))),
            "seen_at": seen.get(person),
            "there": bool(seen.get(person) and wall - seen[person] < THERE),
        }
        for person in sorted(exercise.plan.participants, key=visit.setting.names.person)
    ]


async def _refused(visit: Visit, casting: Casting) -> list[dict[str, Any]]:
    """What the recording wanted and could not have any more, since the participants did otherwise. Newest first."""
    played = {each.id: each for each in casting.recording.inputs if each.kind == "command"}
    texts = visit.site.playbooks.texts

    def job(conn: Conn) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for each in reversed(read_at(conn, sorted(int(row[0]) for row in conn.all(_REFUSED)))):
            if not isinstance(each.message, CommandRefused):
                continue
            given = played.get(each.message.command_id)
            if given is None or given.expect_refused is not None:
                continue
            found.append({
                "at": given.at,
                "person": given.actor.person,
                "what": did(visit, type(given.payload).short_name()),  # type: ignore[union-attr]
                "why": visit.setting.names.plain(refusal_sentence(texts, each.message.code, each.message.facts)),
            })  # fmt: skip
        return found[:MOST_REFUSED]

    return await visit.environment.read(job)


PAGES = (Page("GET", f"{BASE}/leder", lead),)
