"""What the drill leader and the evaluators write down: observations on the way, with the drill's time, and the rest.

Rule kept: a note is never changed, only added to; the same form sent twice is one note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Statement

Kind = Literal["observation", "debriefing"]

_ADD = Statement(
    "INSERT INTO drill_notes (id, kind, text, clock, at, who) VALUES (:id, :kind, :text, :clock, :at, :who)"
    " ON CONFLICT (id) DO NOTHING"
)
_ALL = Statement("SELECT id, kind, text, clock, at, who FROM drill_notes ORDER BY coalesce(clock, at), at, id")


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `clock` is the drill's time, `at` the wall's."""

    id: str
    kind: Kind
    text: str
    clock: datetime | None
    at: datetime
    who: str


def add_note(conn: Conn, id_: str, kind: Kind, text: str, who: str, *, clock: datetime | None = None) -> None:
    """Write it down; again with the same id changes nothing."""
    at = None if clock is None else to_micros(clock)
    conn.run(_ADD, id=id_, kind=kind, text=text, clock=at, at=wall_micros(), who=who)


def notes(conn: Conn, kind: Kind | None = None) -> list[Note]:
    """All notes (of one kind), in the drill's order."""
    found = [
        Note(str(i), cast("Kind", k), str(text), None if clock is None else from_micros(int(clock)),
             from_micros(int(at)), str(who))
        for i, k, text, clock, at, who in conn.all(_ALL)
    ]  # fmt: skip
    return [each for each in found if kind is None or each.kind == kind]
