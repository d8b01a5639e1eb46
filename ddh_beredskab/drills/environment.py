"""A drill's environment: its journal, its clock and the row that says how far the recording has been played.

An unfinished run of the same recording goes on; a finished one starts another, with the next number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.clock_row import read_clock, set_clock
from ddh_beredskab.journal.connection import Conn, Statement

_GET = Statement(
    "SELECT id, recording, recording_sha256, next_input, inputs, started_at, finished_at, summary, withheld FROM drills"
)
_PUT = Statement(
    "INSERT INTO drills (id, recording, recording_sha256, next_input, inputs, started_at)"
    " VALUES (:id, :recording, :sha256, 0, :inputs, :started_at) ON CONFLICT DO NOTHING"
)
_MOVE = Statement(
    "UPDATE drills SET next_input = :next_input, withheld = withheld + :withheld"
    " WHERE id = :id AND next_input = :expected"
)
_FINISH = Statement("UPDATE drills SET finished_at = :at, summary = :summary WHERE id = :id")
_PERSON = Statement(
    "INSERT INTO persons (ref, name, municipality, fictional) VALUES (:ref, :name, :municipality, 1)"
    " ON CONFLICT (ref) DO UPDATE SET name = excluded.name, municipality = excluded.municipality"
)
_META = Statement("INSERT INTO meta (key, value) VALUES ('environment', :value) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a drill is: of `inputs`, the first `next_input` are past, and of these `withheld` were left to people.

    Times are wall time in microseconds.
    """

    id: str
    recording: str
    recording_sha256: str
    next_input: int
    inputs: int
    started_at: int
    finished_at: int | None
    summary: str | None
    withheld: int = 0

    @property
    def played(self) -> int:
        """Inputs the recording has played so far."""
        return self.next_input - self.withheld


def progress(conn: Conn) -> Progress | None:
    """The drill of this environment, or null."""
    row = conn.one(_GET)
    return Progress(*row) if row else None


def begin(conn: Conn, drill_id: str, environment: str, recording: Recording) -> Progress:
    """Prepare the environment, or find it as an interrupted run left it."""
    conn.run(_META, value=environment)
    conn.run(
        _PUT,
        id=drill_id,
        recording=recording.name,
        sha256=recording.sha256,
        inputs=len(recording.inputs),
        started_at=wall_micros(),
    )
    name(conn, [(each.ref, each.name, each.municipality) for each in recording.people.values()])
    if read_clock(conn) is None:
        set_clock(conn, "fast", recording.starts_at)
    found = progress(conn)
    assert found is not None
    return found


def name(conn: Conn, people: Iterable[tuple[str, str, str]]) -> None:
    """Who is who here: (ref, name, municipality); again changes nothing."""
    conn.many(_PERSON, [{"ref": ref, "name": name, "municipality": home} for ref, name, home in people])


def advance(conn: Conn, drill_id: str, expected: int, next_input: int, withheld: int = 0) -> None:
    """Move on past inputs, in the transaction that stored them; `withheld` of them were not.

    Raises RuntimeError if somebody else has.
    """
    if conn.run(_MOVE, id=drill_id, expected=expected, next_input=next_input, withheld=withheld) != 1:
        raise RuntimeError(f"another driver plays the drill {drill_id}")


def finish(conn: Conn, drill_id: str, summary: str) -> None:
    """The recording has been played to its end."""
    conn.run(_FINISH, id=drill_id, at=wall_micros(), summary=summary)
