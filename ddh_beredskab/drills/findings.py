"""Findings: what a drill showed that somebody must mend, by when; in the operation's journal, across all drills.

Rule kept: a finding stays open until it is closed in a later drill, and then says in which and how it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.core.redaction import strike_cpr
from ddh_beredskab.journal.connection import Conn, Statement

LONGEST = 2_000

_ADD = Statement(
    "INSERT INTO drill_findings (id, drill, finding, owner, due_on, made_at, made_by, closing)"
    " VALUES (:id, :drill, :finding, :owner, :due_on, :at, :by, '') ON CONFLICT (id) DO NOTHING"
)
_ALL = Statement(
    "SELECT id, drill, finding, owner, due_on, made_at, made_by, closed_at, closed_by, closed_in, closing"
    " FROM drill_findings ORDER BY due_on, made_at, id"
)
_CLOSE = Statement(
    "UPDATE drill_findings SET closed_at = :at, closed_by = :by, closed_in = :drill, closing = :closing"
    " WHERE id = :id AND closed_at IS NULL AND drill <> :drill"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `drill` and `closed_in` are environments (`oevelse.<id>`)."""

    id: str
    drill: str
    finding: str
    owner: str
    due_on: date
    made_at: datetime
    made_by: str
    closed_at: datetime | None
    closed_by: str
    closed_in: str
    closing: str

    @property
    def open(self) -> bool:
        return self.closed_at is None

    def overdue(self, today: date) -> bool:
        """Open, and its day is over."""
        return self.open and self.due_on < today


def add_finding(conn: Conn, id_: str, drill: str, finding: str, owner: str, due_on: date, by: str) -> None:
    """Keep a finding; the same form sent twice is one."""
    text, who = strike_cpr(finding.strip()[:LONGEST])[0], strike_cpr(owner.strip()[:200])[0]
    conn.run(_ADD, id=id_, drill=drill, finding=text, owner=who, due_on=due_on.isoformat(), at=wall_micros(), by=by)


def close_finding(conn: Conn, id_: str, drill: str, closing: str, by: str) -> bool:
    """Closed in that drill, shown so; false when it is closed already, unknown, or of that same drill."""
    text = strike_cpr(closing.strip()[:LONGEST])[0]
    return conn.run(_CLOSE, id=id_, drill=drill, closing=text, by=by, at=wall_micros()) == 1


def all_findings(conn: Conn) -> list[Finding]:
    """Every finding, the nearest day first."""
    return [
        Finding(
            str(row[0]), str(row[1]), str(row[2]), str(row[3]), date.fromisoformat(str(row[4])),
            from_micros(int(row[5])), str(row[6]), None if row[7] is None else from_micros(int(row[7])),
            str(row[8] or ""), str(row[9] or ""), str(row[10]),
        )
        for row in conn.all(_ALL)
    ]  # fmt: skip


def open_findings(conn: Conn) -> list[Finding]:
    """Those nobody has closed: what the next drill should show is mended."""
    return [each for each in all_findings(conn) if each.open]
