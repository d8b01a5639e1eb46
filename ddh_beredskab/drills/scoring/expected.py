"""What was expected of the participants, and how it went: after each inject, and where the recorded person acted.

Rules kept: done and late have log entries that show it; what nobody has done is missed only when its time is over; an
evaluator's word counts before what the journal shows, and says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.injects import Held, all_injects
from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline, numbers, timelines_of
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.playbooks.targets import Targets
from schemas.base import Command, CommandRefused, Event, Role
from schemas.crisis_staff import RoleAssumed, RoleHandedOver
from schemas.drill_evaluation import ExpectedAction, Outcome
from schemas.guides import WriteGuideDraft
from schemas.logbook import FileLogEntries, LogEntryRecorded, PinLogEntry

EARLY = timedelta(minutes=30)
"""So long before the recorded person did it, it counts as that: somebody who is quicker is not late."""

CrisisOf = Callable[[int], str]
"""The id of the recording's crisis 1, 2, ..."""

UNTOLD = (WriteGuideDraft, FileLogEntries, PinLogEntry)
"""The log has no entry of these, so nobody could show that they were done: what comes of them is expected instead."""
_ABOUT = ("number", "channel", "step", "role", "person", "kind", "topic")


def expected_actions(
    conn: Conn,
    playbooks: Playbooks,
    targets: Targets,
    *,
    crisis_of: CrisisOf,
    withheld: Sequence[RecordedInput] = (),
    begins: datetime | None = None,
    ended: bool = False,
) -> list[ExpectedAction]:
    """Everything expected so far, in the order of its time; `withheld` as `drills/casting.withheld` gives it."""
    now = clock_now(conn)
    timelines = timelines_of(conn, playbooks, begins=begins, until=now, ended=ended)
    return expected_in(timelines, all_injects(conn), withheld, targets, crisis_of=crisis_of, now=now, ended=ended)


def expected_in(
    timelines: Sequence[Timeline],
    injects: Iterable[Held],
    withheld: Sequence[RecordedInput],
    targets: Targets,
    *,
    crisis_of: CrisisOf,
    now: datetime,
    ended: bool,
) -> list[ExpectedAction]:
    """The same of what has been read."""
    found = [
        _after_inject(each, crisis_of(each.inject.crisis), timelines, now, ended)
        for each in injects
        if each.state == "delivered" and each.inject.expect is not None
    ]
    found += _recorded(timelines, withheld, timedelta(minutes=targets.recorded_action_minutes), now, ended)
    return sorted(found, key=lambda each: (each.asked_at, each.key))


# -- injects --------------------------------------------------------------------------------------


def of_crisis(timelines: Sequence[Timeline], crisis: str) -> Timeline | None:
    """The timeline of that crisis; where there is but one it is that one, whatever id the participants gave it."""
    if len(timelines) == 1:
        return timelines[0]
    return next((each for each in timelines if each.crisis == crisis), None)


def _after_inject(held: Held, crisis: str, timelines: Sequence[Timeline], now: datetime, ended: bool) -> ExpectedAction:
    expect, asked_at = held.inject.expect, held.delivered_at
    assert expect is not None, "asked only of injects that expect something"
    assert asked_at is not None, "a delivered inject was delivered some time"
    due_at = asked_at + timedelta(minutes=expect.within_minutes)
    timeline = of_crisis(timelines, crisis)
    shown = _first_by(timeline, expect.done_by, expect.owner, asked_at) if timeline else None
    entries: tuple[int, ...] = numbers([shown])
    done_at = shown.at if shown is not None else None
    if held.verdict is not None:
        outcome: Outcome = held.verdict
        entries = held.evidence or entries
    elif done_at is not None and entries:
        outcome = "done" if done_at <= due_at else "late"
    else:
        outcome, done_at = ("missed" if expect.done_by and (ended or now > due_at) else "open"), None
    if outcome in ("done", "late") and not entries:
        outcome = "open"  # said without an entry: the report asks for one
    return ExpectedAction(
        key=held.inject.key,
        source="inject",
        crisis_id=timeline.crisis if timeline else crisis,
        title=held.inject.title,
        text=expect.text,
        owner=expect.owner,
        person=None,
        asked_at=asked_at,
        due_at=due_at,
        outcome=outcome,
        done_at=done_at,
        entries=entries if outcome in ("done", "late") else (),
        looked_at=timeline.looked_at(asked_at, min(now, due_at)) if timeline else None,
        judged_by=held.judged_by or None if held.verdict is not None else None,
        note=held.note,
    )


def _first_by(timeline: Timeline, names: Sequence[str], owner: Role, since: datetime) -> Happened[Event] | None:
    """The first event of these kinds that the owner of the role, or somebody who typed for him, set going."""
    found = [
        each
        for each in timeline.happened
        if each.at >= since
        and each.entry is not None
        and _is_one(timeline, each, names)
        and _acts(timeline, each, owner)
    ]
    return min(found, key=lambda each: (each.at, each.row.position), default=None)


def _is_one(timeline: Timeline, each: Happened[Event], names: Sequence[str]) -> bool:
    """A line of the log counts as such only when somebody wrote it: the log tells of everything by itself."""
    by_itself = isinstance(each.event, LogEntryRecorded) and each.event.number not in timeline.numbers_by_hand
    return each.event.short_name() in names and not by_itself


def _acts(timeline: Timeline, each: Happened[Event], owner: Role) -> bool:
    actor = each.row.actor
    return actor.role == owner or (
        actor.on_behalf_of is not None and _holder(timeline, owner, each.at) == actor.on_behalf_of
    )


def _holder(timeline: Timeline, role: Role, at: datetime) -> str | None:
    person: str | None = None
    for each in timeline.happened:
        if each.at > at:
            break
        match each.event:
            case RoleAssumed(role=taken, person=who) if taken == role:
                person = who
            case RoleHandedOver(role=given, to_person=who) if given == role:
                person = who
            case _:
                pass
    return person


# -- where the recorded person acted --------------------------------------------------------------


def _recorded(
    timelines: Sequence[Timeline],
    withheld: Sequence[RecordedInput],
    allowed: timedelta,
    now: datetime,
    ended: bool,
) -> list[ExpectedAction]:
    """Each recorded doing is met by at most one of the participants', of the same kind and nearest in order."""
    used: set[UUID] = set()
    found: list[ExpectedAction] = []
    for each in sorted(withheld, key=lambda given: (given.at, given.index)):
        if not isinstance(each.payload, Command) or each.expect_refused is not None or each.at > now:
            continue
        if isinstance(each.payload, UNTOLD):
            continue
        due_at, latest = each.at + allowed, each.at + 2 * allowed
        timeline = of_crisis(timelines, each.crisis_id)
        done = _done_like(timeline, each, used, latest) if timeline else None
        if done is not None:
            used.add(done[0])
        elif ended and now < due_at:
            continue  # the drill ended before its time was over: nobody can say
        at = done[1][0].at if done is not None else None
        outcome: Outcome = "open"
        if at is not None:
            outcome = "done" if at <= due_at else "late"
        elif ended or now > latest:
            outcome = "missed"
        name = type(each.payload).short_name()
        found.append(
            ExpectedAction(
                key=f"recording.{each.index}",
                source="recording",
                crisis_id=timeline.crisis if timeline else each.crisis_id,
                title="",
                text="",
                command=name,
                owner=each.actor.role,
                person=each.actor.person,
                asked_at=each.at,
                due_at=due_at,
                outcome=outcome,
                done_at=at,
                entries=numbers(done[1]) if done is not None else (),
                looked_at=timeline.looked_at(each.at - EARLY, min(now, latest)) if timeline else None,
                judged_by=None,
                note="",
            )
        )
    return found


def _done_like(
    timeline: Timeline, each: RecordedInput, used: set[UUID], latest: datetime
) -> tuple[UUID, list[Happened[Event]]] | None:
    """The participant's command of the same kind that was taken, with the events that tell of it."""
    actor = each.actor
    found: list[tuple[int, StoredMessage, list[Happened[Event]]]] = [
        (_alike(row.message, each.payload), row, told)
        for row in timeline.rows
        if row.id not in used
        and type(row.message) is type(each.payload)
        and row.id != each.id
        and each.at - EARLY <= row.time <= latest
        and actor.person in (row.actor.person, row.actor.on_behalf_of)
        and (told := _told(timeline.effects.get(row.id, [])))
    ]
    if not found:
        return None
    _, row, told = max(found, key=lambda x: (x[0], -x[1].position))
    return row.id, told


def _alike(one: object, other: object) -> int:
    """How many of the fields that say what it is about are the same: report 3 is met by a receipt of report 3."""
    return sum(hasattr(one, name) and getattr(one, name) == getattr(other, name, None) for name in _ABOUT)


def _told(events: list[Happened[Event]]) -> list[Happened[Event]]:
    """What came of a command, its refusal left out: a refused command has done nothing."""
    if any(isinstance(each.event, CommandRefused) for each in events):
        return []
    first = [each for each in events if not isinstance(each.event, LogEntryRecorded)]
    return first[:1] or events[:1]
