"""What `drill run --json` says when a drill has ended: all keys always there, null where nothing happened.

The first crisis's keys also stand at the top, since most drills have one. Minutes are the drill's clock, `seconds` is
wall time. `lost` and `doubled` are counted from business data and are 0 when the engine kept its promises.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.activation import Outcome, Recommendation
from schemas.base import CrisisId, Model, Ref, StaffRole

Phase = Literal["reported", "warned", "provisional", "active", "sustained", "stepping_down", "deactivated", "declined"]
Sha256 = Field(pattern=r"^[0-9a-f]{64}$")


class ScoreSummary(Model):
    """Points on the three criteria (0-4), and what they advised."""

    acute: int | None = Field(ge=0, le=4)
    citizens: int | None = Field(ge=0, le=4)
    functions: int | None = Field(ge=0, le=4)
    recommendation: Recommendation | None


class VoteSummary(Model):
    """One member's vote."""

    person: Ref
    vote: Literal["for", "against"]


class DecisionSummary(Model):
    """The steering group's decision; `minutes` from the report to it."""

    outcome: Outcome | None
    votes: tuple[VoteSummary, ...]
    minutes: float | None = Field(ge=0)


class StaffSummary(Model):
    """Who held which role last, and how long it took until the staff was established."""

    roles: dict[StaffRole, Ref]
    minutes_to_established: float | None = Field(ge=0)
    escalations: int = Field(ge=0)


class GuideSummary(Model):
    """Guide versions, their broadcasts, and the longest time between two updates over staffed time."""

    versions: int = Field(ge=0)
    broadcasts: int = Field(ge=0)
    longest_gap_minutes: float | None = Field(ge=0)
    interval_minutes: int | None = Field(ge=0)


class FeedbackSummary(Model):
    """Citizens' questions: as received, without repeats, how many texts had something struck out, and by topic."""

    received: int = Field(ge=0)
    unique: int = Field(ge=0)
    redacted: int = Field(ge=0)
    by_topic: dict[str, int]


class ReportsSummary(Model):
    """Reports to the authority."""

    issued: int = Field(ge=0)
    acknowledged: int = Field(ge=0)


class LogSummary(Model):
    """The crisis log: `head` is the last hash of its chain."""

    entries: int = Field(ge=0)
    chain_ok: bool
    head: str | None = Sha256


class CrisisSummary(Model):
    """One crisis of a drill."""

    crisis_id: CrisisId | None
    phase: Phase | None
    score: ScoreSummary
    decision: DecisionSummary
    staff: StaffSummary
    guide: GuideSummary
    feedback: FeedbackSummary
    reports: ReportsSummary
    log: LogSummary


class DrillSummary(CrisisSummary):
    """A whole drill. Without any crisis the top keys are null, 0 or empty."""

    crises: tuple[CrisisSummary, ...]
    timers_fired: int = Field(ge=0)
    quarantined: int = Field(ge=0)
    lost: int = Field(ge=0)
    """Inputs without exactly one outcome, and timers due that neither fired nor were cancelled."""
    doubled: int = Field(ge=0)
    """Inputs whose effect is there twice."""
    decisions_sha256: str = Sha256
    """Over the deciding concerns' events in clear, sorted; the same recording gives the same value."""
    seconds: float = Field(ge=0)

    @classmethod
    def of(
        cls,
        crises: tuple[CrisisSummary, ...],
        *,
        timers_fired: int,
        quarantined: int,
        lost: int,
        doubled: int,
        decisions_sha256: str,
        seconds: float,
    ) -> DrillSummary:
        """The summary with the first crisis's keys at the top."""
        first = crises[0] if crises else NO_CRISIS
        return cls(
            **{name: getattr(first, name) for name in CrisisSummary.model_fields},
            crises=crises,
            timers_fired=timers_fired,
            quarantined=quarantined,
            lost=lost,
            doubled=doubled,
            decisions_sha256=decisions_sha256,
            seconds=seconds,
        )


NO_CRISIS = CrisisSummary(
    crisis_id=None,
    phase=None,
    score=ScoreSummary(acute=None, citizens=None, functions=None, recommendation=None),
    decision=DecisionSummary(outcome=None, votes=(), minutes=None),
    staff=StaffSummary(roles={}, minutes_to_established=None, escalations=0),
    guide=GuideSummary(versions=0, broadcasts=0, longest_gap_minutes=None, interval_minutes=None),
    feedback=FeedbackSummary(received=0, unique=0, redacted=0, by_topic={}),
    reports=ReportsSummary(issued=0, acknowledged=0),
    log=LogSummary(entries=0, chain_ok=True, head=None),
)
"""What stands at the top of a drill that had no crisis."""
