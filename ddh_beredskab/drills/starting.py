"""A planned drill made ready: its environment, its plan, its people and its injects, so that `up` finds and runs it.

Rules kept: a plan that cannot be run is refused with everything that is wrong in it, before anything is made; what is
made is made in one transaction; nobody of the register is in the drill by chance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills import controls, environment, injects
from ddh_beredskab.drills.casting import Part, cast_recording, parts
from ddh_beredskab.drills.plan import Inject, Plan, planned, save
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.clock_row import set_clock
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people.register import Person, give, persons
from ddh_beredskab.people.training import trained_now
from schemas.base import Role
from schemas.catalog import events

LONGEST_AFTER = timedelta(hours=12)
"""A drill may go on so long after the recording's last input: the participants may still be working."""

EVENTS = frozenset(each.short_name() for each in events())


@dataclass(frozen=True)
class Stage:
    """What it takes to make a drill ready, from whoever knows the settings (`bootstrap.drill_stage`)."""

    names: Callable[[], Awaitable[Sequence[str]]]
    """The environments there are."""
    open: Callable[[str], Awaitable[Database]]
    """The journal of an environment, made and migrated when it is not there."""
    playbooks: Playbooks
    recordings: tuple[Path, ...]
    """Folders in which recordings are looked for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that makes a plan impossible: the field of the plan, and a sentence."""

    place: str
    sentence: str


class PlanRefused(UserError):
    """The plan cannot be run; `problems` say why, all at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("drill_plan", sentence="\n".join(each.sentence for each in problems), place=problems[0].place)
        self.problems = tuple(problems)


async def start_drill(stage: Stage, plan: Plan, by: str, *, running: bool = False) -> str:
    """Make the drill ready and give its id (environment `oevelse.<id>`).

    It waits for its leader with the clock at `plan.starts_at`, or runs at once. `plan.name` and an empty
    `recording_sha256` are filled in. Raises `UnknownDrill`, `BrokenRecording`, `PlanRefused`.
    """
    recording = await asyncio.to_thread(load_recording, plan.recording, stage.recordings)
    plan = plan.model_copy(update={"recording_sha256": plan.recording_sha256 or recording.sha256})
    people, trained = await _register(stage)
    plan = plan.model_copy(update={"trained": tuple(each for each in trained if each[0] in plan.participants)})
    if found := problems(recording, plan, people, topics_of(stage.playbooks, recording)):
        raise PlanRefused(found)
    taken, number = set(await stage.names()), 1
    while True:
        while f"oevelse.{recording.name}-{number}" in taken:
            number += 1
        drill_id = f"{recording.name}-{number}"
        database = await stage.open(f"oevelse.{drill_id}")
        try:
            ready = plan.model_copy(update={"name": drill_id})
            if await database.write(lambda conn: _made(conn, recording, ready, people, by, running)):  # noqa: B023
                return drill_id
        finally:
            await database.close()
        number += 1  # somebody else took it between


def topics_of(playbooks: Playbooks, recording: Recording) -> frozenset[str]:
    """The topics citizens may ask about in this kind of crisis."""
    return frozenset(topic.key for topic in playbooks.kinds[recording.kind].topics)


def problems(recording: Recording, plan: Plan, people: Mapping[str, Person], topics: Collection[str]) -> list[Problem]:
    """Everything that makes the plan impossible; `people` is the register."""
    found: list[Problem] = []

    def wrong(place: str, key: str, **facts: object) -> None:
        found.append(Problem(place, say(f"drill_plan.{key}", **facts)))

    if plan.recording_sha256 != recording.sha256:
        wrong("recording_sha256", "other_recording", name=recording.name)
    begin, end = plan.starts_at or recording.starts_at, plan.ends_at or recording.ends_at
    if not recording.starts_at <= begin <= recording.ends_at:
        wrong("starts_at", "starts_outside", name=recording.name)
    if end <= begin:
        wrong("ends_at", "ends_before")
    elif end > recording.ends_at + LONGEST_AFTER:
        wrong("ends_at", "ends_outside", hours=LONGEST_AFTER // timedelta(hours=1))
    for ref in plan.cast:
        if ref not in recording.people and ref not in recording.agents:
            wrong("cast", "not_in_recording", ref=ref, name=recording.name)
    for place, refs in (("leader", [plan.leader]), ("cast", sorted(plan.participants)), ("watchers", plan.watchers)):
        for ref in refs:
            if ref not in people:
                wrong(place, "unknown_person", ref=ref)
    for ref in sorted(plan.participants):
        if (ref in recording.people or ref in recording.agents) and ref not in plan.cast:
            wrong("cast", "plays_itself", name=people[ref].name if ref in people else ref)
    seen: set[str] = set()
    for each in plan.injects:
        for key, facts in inject_problems(each, topics):
            wrong("injects", key, title=each.title, **facts)
        if each.crisis > recording.crises:
            wrong("injects", "inject_crisis", title=each.title, crises=recording.crises)
        if each.at is not None and not begin <= each.at <= end:
            wrong("injects", "inject_outside", title=each.title)
        if each.key in seen:
            wrong("injects", "inject_twice", name=each.key)
        seen.add(each.key)
    return found


def inject_problems(each: Inject, topics: Collection[str]) -> Iterable[tuple[str, dict[str, object]]]:
    """What makes one inject impossible (keys of `drill_plan.*`), also one that is made up on the way."""
    if each.at is not None and each.after is not None:
        yield "inject_at_and_after", {}
    named = [each.after.event] if each.after else []
    for event in [*named, *(each.expect.done_by if each.expect else ())]:
        if event not in EVENTS:
            yield "unknown_event", {"event": event}
    if each.questions is not None and each.questions.topic not in topics:
        yield "unknown_topic", {"topic": each.questions.topic, "known": ", ".join(sorted(topics))}


async def _register(stage: Stage) -> tuple[dict[str, Person], list[tuple[str, str]]]:
    """Everybody of the operation's register, and who is trained in what there."""
    if "drift" not in await stage.names():
        return {}, []
    database = await stage.open("drift")
    try:
        people = {each.ref: each for each in await database.read(persons)}
        days = stage.playbooks.limits.training_valid_days
        return people, sorted(await database.read(lambda conn: trained_now(conn, days)))
    finally:
        await database.close()


def _made(conn: Conn, recording: Recording, plan: Plan, people: Mapping[str, Person], by: str, running: bool) -> bool:
    """All of the environment's rows; false when another drill has the environment."""
    if planned(conn) is not None or environment.progress(conn) is not None:
        return False
    cast_ = cast_recording(recording, plan).recording
    environment.begin(conn, plan.name, f"oevelse.{plan.name}", cast_)
    taking_part = dict.fromkeys([plan.leader, *sorted(plan.participants), *plan.watchers])
    environment.name(conn, [(ref, people[ref].name, people[ref].municipality) for ref in taking_part])
    save(conn, plan, by)
    injects.add(conn, plan.injects)
    controls.set_control(conn, "running" if running else "waiting", plan.speed, by)
    for part in parts(recording, plan):
        _give(conn, part, by)
    _given(conn, plan.leader, "drill_leader", by)
    for ref in plan.watchers:
        _given(conn, ref, "evaluator", by)
    set_clock(conn, "fast", recording.starts_at)
    return True


def _give(conn: Conn, part: Part, by: str) -> None:
    """The part's role, in this drill alone: it stands in the drill's own journal."""
    give(
        conn, part.participant, part.role, by=by, municipality=part.municipality, position=part.position,
        call_order=part.order,
    )  # fmt: skip


def _given(conn: Conn, person: str, role: Role, by: str) -> None:
    give(conn, person, role, by=by)
