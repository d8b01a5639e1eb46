"""I4 and I6: nothing takes effect twice. Counted from what the facts say, not from their ids.

A number is given once, a role has one holder (the one taken for it), nobody has two open offers of one role or is taken
twice for it, a log entry has one cause and index, and the citizens' questions add up to the windows they were counted
into. There are no outward effects (mail, text message, webhook) yet, so I4 has nothing to look at.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from ddh_beredskab.invariants.outcomes import place_of
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import Line
from ddh_beredskab.invariants.since import MOST_KEYS, Key, Since
from ddh_beredskab.journal.connection import Conn, Statement

_NUMBERED: Mapping[str, str] = {
    "log_entry_recorded": "number",
    "report_issued": "number",
    "guide_released": "version",
    "guide_drafted": "draft",
    "staff_meeting_held": "number",
    "action_added": "number",
    "situation_picture_received": "number",
    "ddh_status_written": "version",
    "external_contact_added": "number",
    "relief_planned": "number",
    "step_down_proposed": "number",
}
_ONCE_PER_CAUSE = frozenset({"vote_cast", "guide_confirmed", "report_acknowledged", "contact_attempt_recorded"})

ITEMS = 2_000
_FIRST_UNCOUNTED = Statement("SELECT min(position) FROM feedback_items WHERE counted_at IS NULL AND position > :after")
_ITEMS_UPTO = Statement(
    "SELECT crisis, topic, municipality, answered, resolution, count(*) FROM feedback_items"
    " WHERE position > :after AND position <= :upto AND counted_at IS NOT NULL"
    " GROUP BY crisis, topic, municipality, answered, resolution"
)
_LAST_ITEM = Statement("SELECT coalesce(max(position), 0) FROM feedback_items")
_SUMS_AND_REST = Statement(
    "SELECT 'w', crisis, topic, municipality, '', '', sum(total), sum(answered_yes), sum(answered_partly),"
    " sum(answered_no), sum(transferred), sum(urgent) FROM feedback_windows GROUP BY crisis, topic, municipality"
    " UNION ALL SELECT 'i', crisis, topic, municipality, answered, resolution, count(*), 0, 0, 0, 0, 0"
    " FROM feedback_items WHERE position > :after AND counted_at IS NOT NULL"
    " GROUP BY crisis, topic, municipality, answered, resolution"
)


def check_lines(lines: Sequence[Line], since: Since, found: Findings) -> None:
    """The next rows of the journal, in order."""
    for line in lines:
        if line.stream is None:
            continue
        if (name := _NUMBERED.get(line.kind)) is not None:
            _numbered(line, line.data.get(name), since, found)
        if (key := _key(line)) is not None:
            found.checked["I6"] += 1
            if key in since.once:
                found.breach("I6", place_of(line), "twice", type=line.kind)
            since.once[key] = None
        if (staff := _STAFF.get(line.kind)) is not None:
            found.checked["I6"] += 1
            staff(line, line.data, since, found)
        elif line.kind == "crisis_reopened":
            since.numbers.pop((line.subject, "step_down_proposed"), None)
    while len(since.once) > MOST_KEYS:
        since.once.pop(next(iter(since.once)))


def _numbered(line: Line, number: Any, since: Since, found: Findings) -> None:
    found.checked["I6"] += 1
    key = (line.subject, line.kind)
    if not isinstance(number, int) or number <= since.numbers.get(key, 0):
        found.breach("I6", place_of(line), "number_again", type=line.kind, number=number)
    else:
        since.numbers[key] = number


def _key(line: Line) -> Key | None:
    if line.kind == "log_entry_recorded":
        return (line.subject, line.kind, line.data.get("caused_by"), line.data.get("index"))
    if line.kind in _ONCE_PER_CAUSE:
        return (line.subject, line.kind, line.cause)
    if line.kind == "urgent_notice_raised":
        return (line.subject, line.kind, line.data.get("topic"), line.data.get("window_start"))
    return None


# -- who is asked, who holds, who is taken ----------------------------------------------------------


def _offered(line: Line, data: Mapping[str, Any], since: Since, found: Findings) -> None:
    key = (line.subject, str(data.get("role")), str(data.get("person")))
    if key in since.asked:
        found.breach("I6", place_of(line), "asked_twice", role=key[1], person=key[2])
    since.asked.add(key)


def _answered(line: Line, data: Mapping[str, Any], since: Since, _found: Findings) -> None:
    since.asked.discard((line.subject, str(data.get("role")), str(data.get("person"))))


def _assumed(line: Line, data: Mapping[str, Any], since: Since, _found: Findings) -> None:
    """Somebody may be put in a holder's place; that the other was released shows when the new one is taken."""
    role = str(data.get("role"))
    since.holders[line.subject, role] = str(data.get("person"))
    since.asked = {key for key in since.asked if key[:2] != (line.subject, role)}


def _handed_over(line: Line, data: Mapping[str, Any], since: Since, found: Findings) -> None:
    role, giver = str(data.get("role")), str(data.get("from_person"))
    holder = since.holders.get((line.subject, role))
    if holder != giver:
        found.breach("I6", place_of(line), "not_the_holder", role=role, person=giver, other=holder or "-")
    since.holders[line.subject, role] = str(data.get("to_person"))


def _stood_down(line: Line, _data: Mapping[str, Any], since: Since, _found: Findings) -> None:
    since.holders = {key: who for key, who in since.holders.items() if key[0] != line.subject}
    since.asked = {key for key in since.asked if key[0] != line.subject}


def _taken(line: Line, data: Mapping[str, Any], since: Since, found: Findings) -> None:
    person, crisis, role = str(data.get("person")), str(data.get("crisis_id")), str(data.get("role"))
    if (person, crisis, role) in since.taken:
        found.breach("I6", place_of(line), "taken_twice", role=role, person=person)
    others = sorted(who for who, where, what in since.taken if (where, what) == (crisis, role) and who != person)
    holder = since.holders.get((crisis, role))
    if others or holder != person:
        other = others[0] if others else holder or "-"
        found.breach("I6", place_of(line), "two_holders", role=role, person=person, other=other)
    since.taken.add((person, crisis, role))


def _released(line: Line, data: Mapping[str, Any], since: Since, found: Findings) -> None:
    key = (str(data.get("person")), str(data.get("crisis_id")), str(data.get("role")))
    if key not in since.taken:
        found.breach("I6", place_of(line), "released_twice", role=key[2], person=key[0])
    since.taken.discard(key)


_STAFF = {
    "role_offered": _offered,
    "role_offer_answered": _answered,
    "role_assumed": _assumed,
    "role_handed_over": _handed_over,
    "staff_stood_down": _stood_down,
    "person_taken": _taken,
    "person_released": _released,
}


# -- the citizens' questions --------------------------------------------------------------------------


def check_feedback(since: Since, found: Findings) -> Generator[None, Conn, None]:
    """Every question counted once: the windows' sums against the questions themselves, by topic and municipality."""
    while True:
        conn = yield
        first = conn.one(_FIRST_UNCOUNTED, after=since.feedback)
        last = conn.one(_LAST_ITEM)
        end = int(first[0]) - 1 if first and first[0] is not None else int(last[0]) if last else 0
        if end <= since.feedback:
            break
        end = min(end, since.feedback + ITEMS)
        for row in conn.all(_ITEMS_UPTO, after=since.feedback, upto=end):
            found.checked["I6"] += int(row[5])
            _add(since.tally, row)
        since.feedback = end
    conn = yield
    last = conn.one(_LAST_ITEM)
    if last is not None and int(last[0]) - since.feedback > ITEMS:
        return  # a backlog is being counted: next time
    sums: dict[tuple[str, str, str], list[int]] = {}
    counted = {key: list(tally) for key, tally in since.tally.items()}
    for row in conn.all(_SUMS_AND_REST, after=since.feedback):
        if row[0] == "w":
            sums[str(row[1]), str(row[2]), str(row[3])] = [int(each) for each in row[6:12]]
        else:
            _add(counted, row[1:])
    for key in sorted({*sums, *counted}):
        is_, should = sums.get(key, [0] * 6), counted.get(key, [0] * 6)
        if is_ != should:
            found.breach("I6", "/".join(key), "questions", windows=is_[0], items=should[0])


def _add(tally: dict[tuple[str, str, str], list[int]], row: Sequence[Any]) -> None:
    crisis, topic, municipality, answered, resolution, count = row[:6]
    sums = tally.setdefault((str(crisis), str(topic), str(municipality)), [0] * 6)
    n = int(count)
    sums[0] += n
    sums[1 + ("yes", "partly", "no").index(answered)] += n
    sums[4] += n if resolution != "resolved" else 0
    sums[5] += n if resolution == "urgent_transfer" else 0
