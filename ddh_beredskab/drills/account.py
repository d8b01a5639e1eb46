"""The account of a drill: was every input taken to effect exactly once? Counted from business data, not from ids.

lost: inputs without an outcome, timers due that neither fired nor were cancelled, window sums below the recording's own
count. doubled: sums above it, two holders of one role, two log entries with one cause and index, a report, a guide
version or a vote that is there twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddh_beredskab.clock import to_micros
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Seen
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import StoredMessage, read_after
from ddh_beredskab.journal.timers import timer_counts
from schemas import activation as a
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas import guides as g
from schemas import logbook as log
from schemas.base import Command
from schemas.feedback import FeedbackItem

_OUTCOMES = Statement(
    "SELECT m.id, count(d.outcome) FROM messages m LEFT JOIN deliveries d ON d.position = m.position"
    " AND d.done_at IS NOT NULL WHERE m.id IN {list:ids} GROUP BY m.id"
)
_UNDONE = Statement("SELECT count(*) FROM deliveries WHERE done_at IS NULL")
_COUNTED = Statement("SELECT id FROM feedback_items WHERE counted_at IS NOT NULL")
_ITEMS = Statement("SELECT id, crisis, time, topic, municipality FROM feedback_items")
_WINDOWS = Statement("SELECT crisis, window_start, topic, municipality, total FROM feedback_windows")
_SHIFTS = Statement("SELECT agent, since, until FROM agents_on_shift")
_RECEIPTS = Statement("SELECT crisis, version, agent FROM guide_receipts")


@dataclass(frozen=True, slots=True)
class Account:
    """What does not add up, a sentence each, for people who must find out why."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]


def account(
    conn: Conn,
    played: Sequence[RecordedInput],
    window_minutes: int,
    messages: Iterable[StoredMessage] | None = None,
    *,
    by_people: bool = False,
) -> Account:
    """Hold the journal against the inputs that were played. `messages`: the whole journal, for whoever has read it.

    `by_people`: others have registered questions too; the windows must hold these as well.
    """
    lost = [*_lost_commands(conn, played), *_lost_intake(conn, played), *_lost_timers(conn)]
    doubled: list[str] = []
    others = _others(conn, played) if by_people else {}
    for key, difference in _window_differences(conn, played, window_minutes, others):
        place = doubled if difference > 0 else lost
        place += [f"window {key}: {difference:+d}"] * abs(difference)
    doubled += doubled_effects(all_messages(conn) if messages is None else messages)
    return Account(tuple(lost), tuple(doubled))


def all_messages(conn: Conn) -> Iterator[StoredMessage]:
    """The whole journal, in order."""
    position = 0
    while batch := read_after(conn, position, 500):
        yield from batch
        position = batch[-1].position


# -- lost -----------------------------------------------------------------------------------------


def _lost_commands(conn: Conn, played: Sequence[RecordedInput]) -> list[str]:
    wanted = [str(each.id) for each in played if isinstance(each.payload, Command)]
    found = {str(row[0]): int(row[1]) for row in conn.all(_OUTCOMES, ids=json.dumps(wanted))}
    without = [f"command {id_}: {found.get(id_, 0)} outcomes" for id_ in wanted if found.get(id_, 0) != 1]
    undone = conn.one(_UNDONE)
    waiting = int(undone[0]) if undone else 0
    return without + ([f"{waiting} deliveries undone"] if waiting and not without else [])


def _lost_intake(conn: Conn, played: Sequence[RecordedInput]) -> list[str]:
    counted = {str(row[0]) for row in conn.all(_COUNTED)}
    stood = [(str(row[0]), int(row[1]), None if row[2] is None else int(row[2])) for row in conn.all(_SHIFTS)]
    shifts = {(who, since) for who, since, _ in stood}
    ended = {(who, until) for who, _, until in stood}
    receipts = {(str(row[0]), int(row[1]), str(row[2])) for row in conn.all(_RECEIPTS)}
    lost: dict[str, None] = {}
    for each in played:
        at = to_micros(each.at)
        match each.payload:
            case FeedbackItem() as item if str(item.id) not in counted:
                lost[f"question {item.id}"] = None
            case OnShift() as shift:
                lost |= {f"on shift {who}": None for who in shift.agents if (who, at) not in shifts}
            case OffShift() as shift:
                on = {who for who, since, until in stood if since <= at and (until is None or until >= at)}
                lost |= {f"off shift {who}": None for who in shift.agents if who in on and (who, at) not in ended}
            case Seen() as seen:
                missing = (who for who in seen.agents if (each.crisis_id, seen.version, who) not in receipts)
                lost |= {f"receipt {who} version {seen.version}": None for who in missing}
            case _:
                pass
    return list(lost)


def _lost_timers(conn: Conn) -> list[str]:
    _, _, late = timer_counts(conn, clock_now(conn))
    return [f"timer {number}" for number in range(1, late + 1)]


# -- sums against an independent count ---------------------------------------------------------------


def _window_differences(
    conn: Conn, played: Sequence[RecordedInput], minutes: int, others: Mapping[str, tuple[str, int, str, str]]
) -> list[tuple[tuple[str, int, str, str], int]]:
    unique = {each.payload.id: each.payload for each in played if isinstance(each.payload, FeedbackItem)}
    size = minutes * 60_000_000
    expected = Counter(
        (item.crisis_id, to_micros(item.time) // size * size, item.topic, item.municipality) for item in unique.values()
    )
    expected.update((crisis, at // size * size, topic, home) for crisis, at, topic, home in others.values())
    found = {(str(r[0]), int(r[1]), str(r[2]), str(r[3])): int(r[4]) for r in conn.all(_WINDOWS)}
    return [
        (key, found.get(key, 0) - expected.get(key, 0))
        for key in sorted({*expected, *found})
        if found.get(key, 0) != expected.get(key, 0)
    ]


def _others(conn: Conn, played: Sequence[RecordedInput]) -> dict[str, tuple[str, int, str, str]]:
    """Questions nobody recorded, as they stand in the journal: id -> (crisis, time, topic, municipality)."""
    recorded = {str(each.payload.id) for each in played if isinstance(each.payload, FeedbackItem)}
    rows = conn.all(_ITEMS)
    return {str(r[0]): (str(r[1]), int(r[2]), str(r[3]), str(r[4])) for r in rows if str(r[0]) not in recorded}


# -- doubled ----------------------------------------------------------------------------------------


def doubled_effects(messages: Iterable[StoredMessage]) -> list[str]:
    """Effects that stand twice, from the facts themselves."""
    once: Counter[tuple[Any, ...]] = Counter()
    holders: dict[tuple[str, str], str] = {}
    doubled: list[str] = []
    for each in messages:
        crisis = each.subject
        for key_of in _ONCE:
            if (key := key_of(each)) is not None:
                once[(crisis, *key)] += 1
        match each.message:
            case s.RoleAssumed(role=role, person=person):
                if (other := holders.get((crisis, role))) is not None:
                    doubled.append(f"{crisis}: {role} is held by both {other} and {person}")
                holders[crisis, role] = person
            case s.RoleHandedOver(role=role, to_person=person):
                holders[crisis, role] = person
            case s.StaffStoodDown():
                holders = {key: person for key, person in holders.items() if key[0] != crisis}
            case _:
                pass
    for key, count in sorted(once.items(), key=repr):
        doubled += [f"{key} is there {count} times"] * (count - 1)
    return doubled


def _log_entry(each: StoredMessage) -> tuple[Any, ...] | None:
    entry = each.message
    return ("log entry", entry.caused_by, entry.index) if isinstance(entry, log.LogEntryRecorded) else None


def _log_number(each: StoredMessage) -> tuple[Any, ...] | None:
    return ("log number", each.message.number) if isinstance(each.message, log.LogEntryRecorded) else None


def _numbered(each: StoredMessage) -> tuple[Any, ...] | None:
    match each.message:
        case f.ReportIssued(number=number):
            return ("report", number)
        case g.GuideReleased(version=version):
            return ("guide version", version)
        case g.GuideDrafted(draft=draft):
            return ("guide draft", draft)
        case s.StaffMeetingHeld(number=number):
            return ("meeting", number)
        case s.ActionAdded(number=number):
            return ("action", number)
        case s.SituationPictureReceived(number=number):
            return ("situation picture", number)
        case s.DdhStatusWritten(version=version):
            return ("DDH-status", version)
        case s.ExternalContactAdded(number=number):
            return ("external contact", number)
        case s.ReliefPlanned(number=number):
            return ("planned relief", number)
        case a.StepDownProposed(number=number):
            return ("step down", number)
        case f.UrgentNoticeRaised(topic=topic, window_start=start):
            return ("urgent notice", topic, start)
        case _:
            return None


def _answer(each: StoredMessage) -> tuple[Any, ...] | None:
    """One command has one effect of a kind in a stream, whatever its ids say."""
    return None if each.causation_id is None or each.stream is None else _per_cause(each)


def _per_cause(each: StoredMessage) -> tuple[Any, ...] | None:
    match each.message:
        case a.VoteCast() | g.GuideConfirmed() | f.ReportAcknowledged() | a.ContactAttemptRecorded():
            return (each.type, each.causation_id)
        case _:
            return None


_ONCE: tuple[Callable[[StoredMessage], tuple[Any, ...] | None], ...] = (_log_entry, _log_number, _numbered, _answer)
