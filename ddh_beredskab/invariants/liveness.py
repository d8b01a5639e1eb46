"""I9: with nothing in its way the work is done within 30 s. I10: no read model stands past the journal's head.

Age is measured from the commit, on the wall clock; who asks says for how long nothing has been in the way.
"""

from __future__ import annotations

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.deliveries import oldest_undone
from ddh_beredskab.journal.messages import head_position

DONE_WITHIN_SECONDS = 30.0

_NEXT_COMMIT = Statement("SELECT committed_at FROM deliveries WHERE position > :position ORDER BY position LIMIT 1")
_POSITIONS = Statement("SELECT model, position FROM read_positions ORDER BY model")


def check_backlog(conn: Conn, up_seconds: float, found: Findings) -> None:
    """The oldest undone delivery of each concern and crisis; nothing is said of a system that has just come up."""
    wall = wall_micros()
    for each in oldest_undone(conn):
        found.checked["I9"] += 1
        waited = min((wall - each.committed_at) / 1e6, up_seconds)
        if waited > DONE_WITHIN_SECONDS:
            found.breach(
                "I9", f"{each.concern}/{each.position}", "undone", concern=each.concern, crisis=each.crisis,
                seconds=int(waited),
            )  # fmt: skip
    found.checked["I9"] += 1


def check_positions(conn: Conn, names: tuple[str, ...], up_seconds: float | None, found: Findings) -> None:
    """Every read model's position: at most the head, and (while all is up) not far behind for long."""
    at = {str(name): int(position) for name, position in conn.all(_POSITIONS)}
    head, wall = head_position(conn), wall_micros()
    for name, position in at.items():
        found.checked["I10"] += 1
        if not 0 <= position <= head:
            found.breach("I10", name, "past_the_head", position=position, head=head)
    if up_seconds is None:
        return
    for name in names:
        position = at.get(name, 0)
        row = conn.one(_NEXT_COMMIT, position=position) if position < head else None
        if row is not None and min((wall - int(row[0])) / 1e6, up_seconds) > DONE_WITHIN_SECONDS:
            found.breach("I9", name, "model_behind", rows=head - position)
