"""I1: every accepted message has exactly one outcome for each concern that hears it, and the effect that belongs to it.

An outcome is a word in `deliveries`; what makes it true is the event derived from the message, whose id follows from
cause, concern and index. So a delivery that was skipped and an effect that came twice both stand out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from uuid import UUID

from ddh_beredskab.core.decider import derived_id
from ddh_beredskab.core.subscriptions import CONCERNS, SUBSCRIPTIONS
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import CHUNK, Line, as_json, lines_at, short
from ddh_beredskab.invariants.since import Since
from ddh_beredskab.journal.connection import Conn, Statement

_HEARS: dict[str, tuple[str, ...]] = {cls.short_name(): concerns for cls, concerns in SUBSCRIPTIONS.items()}
_WITH_EFFECT = frozenset({"decided", "refused"})
_OUTCOMES = frozenset({"decided", "refused", "nothing", "quarantined"})

_DELIVERIES = Statement(
    "SELECT position, concern, done_at IS NOT NULL, outcome FROM deliveries WHERE position >= :first AND"
    " position <= :last ORDER BY position"
)
_DELIVERIES_AT = Statement(
    "SELECT position, concern, done_at IS NOT NULL, outcome FROM deliveries WHERE position IN {ints:positions}"
)
_ONE = Statement("SELECT done_at IS NOT NULL, outcome FROM deliveries WHERE position = :position AND concern = :c")
_PRESENT = Statement("SELECT id, type FROM messages WHERE id IN {list:ids}")
_KNOWN = Statement(
    "SELECT id FROM messages WHERE id IN {list:ids} UNION ALL SELECT id FROM feedback_items WHERE id IN {list:ids}"
)
_CAUSES = Statement("SELECT id, position FROM messages WHERE id IN {list:ids}")

Outcomes = dict[tuple[int, str], tuple[bool, str | None]]


def check_lines(conn: Conn, lines: Sequence[Line], since: Since, found: Findings) -> None:
    """The next rows of the journal, in order."""
    rows = conn.all(_DELIVERIES, first=lines[0].position, last=lines[-1].position)
    _check_deliveries(conn, lines, _outcomes(rows), since, found)
    for line in lines:
        if line.stream is not None:
            _check_cause(line, since, found)


def check_undone(since: Since, found: Findings) -> Generator[None, Conn, None]:
    """Look again at those that had no outcome last time."""
    waiting = sorted(since.undone)
    since.undone = set()
    for start in range(0, len(waiting), CHUNK):
        part = waiting[start : start + CHUNK]
        conn = yield
        rows = conn.all(_DELIVERIES_AT, positions=as_json(part))
        _check_deliveries(conn, lines_at(conn, part), _outcomes(rows), since, found)


def check_accepted(accepted: Iterable[UUID], found: Findings) -> Generator[None, Conn, None]:
    """What a door said "received" to stands in the journal or among the citizens' questions."""
    ids = [str(each) for each in accepted]
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        conn = yield
        known = {str(row[0]) for row in conn.all(_KNOWN, ids=as_json(part))}
        found.checked["I1"] += len(part)
        for id_ in part:
            if id_ not in known:
                found.breach("I1", id_, "accepted_missing")


def _outcomes(rows: Sequence[tuple[object, ...]]) -> Outcomes:
    return {(int(str(r[0])), str(r[1])): (bool(r[2]), None if r[3] is None else str(r[3])) for r in rows}


def _check_deliveries(conn: Conn, lines: Sequence[Line], outcomes: Outcomes, since: Since, found: Findings) -> None:
    first: dict[str, tuple[Line, str, bool, str | None]] = {}
    by_position: dict[int, dict[str, tuple[bool, str | None]]] = {}
    for (position, concern), state in outcomes.items():
        by_position.setdefault(position, {})[concern] = state
    for line in lines:
        hears = (str(line.data.get("concern")),) if line.kind == "timer_fired" else _HEARS.get(line.kind, ())
        there = by_position.get(line.position, {})
        if not hears and not there:
            continue
        cause = UUID(line.id)
        for concern in hears:
            if concern not in there:
                found.breach("I1", f"{concern}/{line.position}", "delivery_missing", type=line.kind)
        for concern, (done, outcome) in there.items():
            found.checked["I1"] += 1
            place = f"{concern}/{line.position}"
            if concern not in hears:
                found.breach("I1", place, "delivery_surplus", type=line.kind)
            if done is not (outcome is not None) or (done and outcome not in _OUTCOMES):
                found.breach("I1", place, "no_such_outcome", outcome=outcome or "-")
            elif not done:
                since.undone.add(line.position)
            first[str(derived_id(cause, concern, 0))] = (line, concern, done, outcome)
    if first:
        _check_effects(conn, first, found)


def _check_effects(conn: Conn, first: dict[str, tuple[Line, str, bool, str | None]], found: Findings) -> None:
    present = {str(row[0]): short(str(row[1])) for row in conn.all(_PRESENT, ids=as_json(list(first)))}
    for id_, (line, concern, done, outcome) in first.items():
        place, effect = f"{concern}/{line.position}", present.get(id_)
        if outcome in _WITH_EFFECT and effect is None:
            found.breach("I1", place, "effect_missing", outcome=outcome)
        elif outcome == "refused" and effect != "command_refused":
            found.breach("I1", place, "refusal_missing")
        elif outcome not in _WITH_EFFECT and effect is not None and _still(conn, line.position, concern, done, outcome):
            found.breach("I1", place, "effect_without_outcome", outcome=outcome or "-")


def _still(conn: Conn, position: int, concern: str, done: bool, outcome: str | None) -> bool:
    """On PostgreSQL a delivery may have been handled between two of our reads."""
    row = conn.one(_ONE, position=position, c=concern)
    return row is not None and (bool(row[0]), row[1]) == (done, outcome)


def _check_cause(line: Line, since: Since, found: Findings) -> None:
    """An event's id follows from its cause, its concern and its number among the effects of that cause."""
    found.checked["I1"] += 1
    if line.cause is None:
        found.breach("I1", place_of(line), "no_cause")
        return
    concern, index = concern_of(line), 0
    if since.cause is not None and since.cause[0] == line.cause and concern in (None, since.cause[1]):
        concern, index = since.cause[1], since.cause[2] + 1
    cause = UUID(line.cause)
    for candidate in (concern,) if concern else CONCERNS:
        if str(derived_id(cause, candidate, index)) == line.id:
            since.cause = (line.cause, candidate, index)
            return
    since.cause = None
    found.breach("I1", place_of(line), "effect_unaccounted")


def concern_of(line: Line) -> str | None:
    """Whose own stream the event stands in; null for a stream that crises share."""
    if line.stream is None or not line.stream.endswith(f"-{line.subject}"):
        return None
    concern = line.stream[: -len(line.subject) - 1]
    return concern if concern in CONCERNS else None


def place_of(line: Line) -> str:
    """Stream and version, for a report."""
    return f"{line.stream} version {line.version}" if line.stream else f"message {line.position}"


def check_causes(conn: Conn, lines: Sequence[Line], found: Findings) -> None:
    """The cause of every event is a message of the journal that was stored before it."""
    events = [line for line in lines if line.stream is not None and line.cause is not None]
    if not events:
        return
    ids = list({str(line.cause): None for line in events})
    known = {str(row[0]): int(row[1]) for row in conn.all(_CAUSES, ids=as_json(ids))}
    for line in events:
        if known.get(str(line.cause), line.position) >= line.position:
            found.breach("I1", place_of(line), "cause_missing")
