"""What a drill for people is planned as: which stretch of which recording, who plays which part, what comes in.

Rules kept: the plan is made before the drill runs and never changed by it (what is added while it runs are injects,
`drills/injects.py`); a part nobody takes is played by the recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.drills.recording_model import crisis_id
from ddh_beredskab.journal.connection import Conn, Statement
from schemas.base import Instant, Model, Ref
from schemas.drill_files import After, Expected, Inject, Questions
from schemas.drill_files import InjectChannel as Channel

__all__ = ["After", "Channel", "Expected", "Inject", "Plan", "Questions", "Template", "planned", "save"]

Template = Literal["procedure", "dilemma", "crisis_management", "full_scale"]
"""Procedureøvelse, dilemmaøvelse, krisestyringsøvelse, fuldskalaøvelse."""

_GET = Statement("SELECT plan FROM drill_plans")
_PUT = Statement("INSERT INTO drill_plans (id, plan, made_at, made_by) VALUES (:id, :plan, :at, :by)")


class Plan(Model):
    """A drill for people, as planned."""

    title: str
    template: Template
    recording: str
    """Name of the recording it replays."""
    recording_sha256: str
    starts_at: Instant | None = None
    """Drill time the participants take over; what lies before is played fast by the recording. Null: its beginning."""
    ends_at: Instant | None = None
    """Drill time the drill ends; null: with the recording."""
    speed: Annotated[float, Field(ge=1, le=60)] = 1.0
    skip_quiet: bool = True
    """Stretches in which nothing comes are skipped."""
    leader: Ref
    cast: Mapping[Ref, Ref] = {}
    """Person of the recording -> participant who plays that part."""
    trained: tuple[tuple[Ref, str], ...] | None = None
    """(participant, role) pairs the register knew as trained when the drill was made ready (`drills/starting.py` fills
    it in); null: nobody looked, and the recording's own word stands."""
    watchers: tuple[Ref, ...] = ()
    """Evaluators and observers."""
    injects: tuple[Inject, ...] = ()
    name: str = ""
    """Id of the drill (`oevelse.<name>`)."""

    @property
    def participants(self) -> frozenset[str]:
        """Everybody who plays a part."""
        return frozenset(self.cast.values())

    def crisis_id(self, number: int) -> str:
        """The id of the recording's crisis 1, 2, ..."""
        return crisis_id(self.recording, self.recording_sha256, number)

    def is_watched_by(self, person: str) -> bool:
        """Whether somebody leads the drill, evaluates or observes."""
        return person == self.leader or person in self.watchers


def save(conn: Conn, plan: Plan, by: str) -> None:
    """Store the plan of this environment's drill."""
    conn.run(_PUT, id=plan.name, plan=plan.model_dump_json(), at=wall_micros(), by=by)


def planned(conn: Conn) -> Plan | None:
    """The plan of this environment's drill; null where a recording is only replayed, and in the operation."""
    row = conn.one(_GET)
    return Plan.model_validate_json(row[0]) if row else None
