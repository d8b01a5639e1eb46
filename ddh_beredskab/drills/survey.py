"""The participants' short survey: what went well, what less well, how prepared one was - and no name.

Rules kept: an answer knows the kind of part that was played, not who played it, and not when to the minute; texts are
struck through like other free text; counts that could point at one person are not told, and texts come in no order
that says when they were written.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.core.redaction import strike_feedback
from ddh_beredskab.journal.connection import Conn, Statement
from schemas.base import Role
from schemas.drill_evaluation import Said

Part = Literal["staff", "authority", "deciders", "call_agent", "other"]
PARTS: tuple[Part, ...] = get_args(Part)
LONGEST = 1_000
DAY_MICROS = 86_400_000_000

_OF_ROLE: dict[Role, Part] = {
    "crisis_leader": "staff", "log_keeper": "staff", "process_lead": "staff", "personnel_lead": "staff",
    "communications_lead": "staff", "local_leader": "authority", "local_information_lead": "authority",
    "municipal_leader": "authority", "steering_group": "deciders", "project_leader": "deciders",
    "strategic_leadership": "deciders", "call_agent": "call_agent",
}  # fmt: skip

_ADD = Statement(
    "INSERT INTO drill_survey (id, part, went_well, went_less_well, prepared, at)"
    " VALUES (:id, :part, :well, :less, :prepared, :at) ON CONFLICT (id) DO NOTHING"
)
_ALL = Statement("SELECT part, went_well, went_less_well, prepared FROM drill_survey ORDER BY id")


def part_of(role: Role) -> Part:
    """The kind of part a role is."""
    return _OF_ROLE.get(role, "other")


def answer(conn: Conn, id_: str, part: Part, well: str, less: str, prepared: int | None) -> None:
    """Keep an answer; the same form sent twice is one answer. Only the day is kept of when."""
    struck = [strike_feedback(text.strip()[:LONGEST])[0] for text in (well, less)]
    day = wall_micros() // DAY_MICROS * DAY_MICROS
    conn.run(_ADD, id=id_, part=part, well=struck[0], less=struck[1], prepared=prepared, at=day)


def said(conn: Conn, least: int) -> Said:
    """What was answered, without what could point at one person: counts under `least` are not told."""
    rows = [(str(part), str(well), str(less), prepared) for part, well, less, prepared in conn.all(_ALL)]
    given = [int(prepared) for *_, prepared in rows if prepared is not None]
    enough = len(given) >= least
    tally = Counter(given)
    return Said(
        answers=len(rows) if len(rows) >= least or not rows else None,
        prepared=(tally[1], tally[2], tally[3], tally[4], tally[5]) if enough else None,
        average=round(sum(given) / len(given), 1) if enough else None,
        parts=_told(Counter(row[0] for row in rows), least),
        went_well=tuple(sorted(row[1] for row in rows if row[1])),
        went_less_well=tuple(sorted(row[2] for row in rows if row[2])),
    )


def _told(counts: Counter[str], least: int) -> dict[str, int]:
    """Parts with enough answers, and the rest together; a part goes with the rest where the sum would tell the rest."""
    told = {part: n for part, n in sorted(counts.items()) if n >= least and part != "other"}
    while told and 0 < counts.total() - sum(told.values()) < least:
        del told[min(told, key=lambda part: told[part])]
    rest = counts.total() - sum(told.values())
    return told | ({"other": rest} if rest >= least else {})
