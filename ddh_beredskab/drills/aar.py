"""Evalueringsrapport: everything a drill was and how it went, put together once for page, PDF, Excel and JSON.

Rules kept: it works for a drill with a plan and for a recording that was only replayed; what lay before the
participants took over is told and not judged; nothing in it is typed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.danish_time import local
from ddh_beredskab.drills import notes, survey
from ddh_beredskab.drills.controls import control
from ddh_beredskab.drills.core_replay import replay
from ddh_beredskab.drills.environment import Progress, progress
from ddh_beredskab.drills.findings import Finding
from ddh_beredskab.drills.injects import Held, all_injects
from ddh_beredskab.drills.moments import delivered, in_order, moments_of
from ddh_beredskab.drills.plan import Plan, planned
from ddh_beredskab.drills.recording_model import RecordedInput, Recording, crisis_id
from ddh_beredskab.drills.scoring.expected import expected_in, of_crisis
from ddh_beredskab.drills.scoring.scores import scores_of
from ddh_beredskab.drills.scoring.timeline import Timeline, timelines_of, timelines_replayed
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.register import PositionHeld, positions
from ddh_beredskab.playbooks.targets import Targets
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.situation import SITUATION
from schemas import drill_evaluation as r
from schemas.activation import IncidentReported
from schemas.base import Command, Role

MOST_COMPARED = 5


@dataclass(frozen=True, slots=True)
class DrillHead:
    """What a drill is, without going through its journal."""

    environment: str
    plan: Plan | None
    run: Progress | None
    ended: bool

    @property
    def recording(self) -> str:
        return self.plan.recording if self.plan else self.run.recording if self.run else ""

    @property
    def title(self) -> str:
        return self.plan.title if self.plan else ""

    @property
    def on(self) -> str:
        """The day it was run, as 2026-11-22; empty before it has begun."""
        return f"{local(from_micros(self.run.started_at)):%Y-%m-%d}" if self.run else ""

    def crisis_id(self, number: int) -> str:
        """The id of the recording's crisis 1, 2, ...; empty where nothing is played."""
        sha256 = self.plan.recording_sha256 if self.plan else self.run.recording_sha256 if self.run else ""
        return crisis_id(self.recording, sha256, number) if sha256 else ""


def drill_head(conn: Conn, environment: str) -> DrillHead:
    """Its plan, how far it is, whether it is over."""
    run, wanted = progress(conn), control(conn)
    ended = (run is not None and run.finished_at is not None) or (wanted is not None and wanted.state == "ended")
    return DrillHead(environment, planned(conn), run, ended)


def evaluate(
    conn: Conn,
    head: DrillHead,
    playbooks: Playbooks,
    targets: Targets,
    *,
    title: str = "",
    withheld: Sequence[RecordedInput] = (),
) -> r.DrillEvaluation | None:
    """The report, without findings and comparison, which are other journals'; null: nothing has happened yet."""
    plan = head.plan
    now = clock_now(conn)
    if plan is not None and plan.ends_at is not None:
        now = min(now, plan.ends_at)
    begins = plan.starts_at if plan is not None else None
    found = timelines_of(conn, playbooks, begins=begins, until=now, ended=head.ended)
    if not found:
        return None
    if head.ended:
        now = min(now, max(row.recorded_at for each in found for row in each.rows))
        found = [Timeline(x.crisis, x.rows, playbooks, begins, now, ended=True) for x in found]
    injects = all_injects(conn)
    people = bool(plan and plan.participants)
    expected = expected_in(
        found, injects, withheld, targets, crisis_of=head.crisis_id, now=now, ended=head.ended
    )  # fmt: skip
    marks: dict[str, list[Held]] = {}
    for each in injects:
        about = of_crisis(found, head.crisis_id(each.inject.crisis))
        marks.setdefault(about.crisis if about else found[0].crisis, []).append(each)
    least = playbooks.limits.hide_counts_under
    return r.DrillEvaluation(
        environment=head.environment,
        drill=head.environment != "drift",
        title=head.title or title or head.recording,
        recording=head.recording,
        template=plan.template if plan else None,
        on=head.on,
        begins_at=begins or found[0].rows[0].time,
        ends_at=now,
        ended=head.ended,
        leader=plan.leader if plan else None,
        parts=_parts(found, plan, positions(conn)),
        hidden_under=least,
        crises=tuple(
            _crisis(
                conn,
                each,
                targets,
                [action for action in expected if action.crisis_id == each.crisis] if people else None,
                delivered(marks.get(each.crisis, ())),
            )
            for each in found
        ),
        expected=tuple(expected),
        survey=survey.said(conn, least),
        notes=tuple(
            r.Note(id=each.id, kind=each.kind, text=each.text, clock=each.clock, by=each.who)
            for each in notes.notes(conn)
        ),
        findings=(),
        compared=(),
    )


def _crisis(
    conn: Conn,
    timeline: Timeline,
    targets: Targets,
    expected: Sequence[r.ExpectedAction] | None,
    marks: Sequence[r.Moment],
) -> r.CrisisEvaluation:
    situation = document(conn, SITUATION, timeline.crisis) or {}
    reported = timeline.first(IncidentReported)
    own = timeline.own(timeline.lines)
    return r.CrisisEvaluation(
        crisis_id=timeline.crisis,
        title=reported.event.title if reported else timeline.crisis,
        kind=reported.event.kind if reported else None,
        authority=reported.event.authority.name if reported else "",
        phase=situation.get("phase"),
        from_entry=own[0].event.number if own else None,
        entries=len(timeline.lines),
        scores=tuple(scores_of(timeline, targets, expected)),
        moments=in_order(moments_of(timeline), marks),
    )


def _parts(found: Sequence[Timeline], plan: Plan | None, given: Sequence[PositionHeld]) -> tuple[r.PlayedPart, ...]:
    """The parts that participants were given, also of those who did nothing, and who else acted, in which role."""
    players = plan.participants if plan else frozenset[str]()
    acted: dict[tuple[Role, str], None] = {(each.role, each.person): None for each in given if each.person in players}
    for timeline in found:
        for row in timeline.rows:
            if isinstance(row.message, Command) and row.actor.role != "system" and timeline.theirs(row.time):
                acted[row.actor.role, row.actor.person] = None
    made = [
        r.PlayedPart(role=role, person=person, by="participant" if person in players else "recording")
        for role, person in acted
    ]
    return tuple(sorted(made, key=lambda each: (each.by != "participant", each.role, each.person)))


# -- what other journals know -----------------------------------------------------------------------


def with_findings(told: r.DrillEvaluation, every: Sequence[Finding]) -> r.DrillEvaluation:
    """The findings this drill made, and those it closed."""
    ours = [each for each in every if told.environment in (each.drill, each.closed_in)]
    found = tuple(
        r.Finding(
            id=each.id,
            drill=each.drill,
            finding=each.finding,
            owner=each.owner,
            due_on=each.due_on.isoformat(),
            closed_in=each.closed_in or None,
            closing=each.closing,
        )
        for each in ours
    )
    return told.model_copy(update={"findings": found})


def compared_drill(told: r.DrillEvaluation) -> r.Compared:
    """An earlier drill as this one is held against it."""
    return r.Compared(
        name=told.environment, kind="drill", on=told.on, crises=tuple(each.scores for each in told.crises)
    )  # fmt: skip


def compared_recording(
    recording: Recording, playbooks: Playbooks, targets: Targets, begins: datetime | None
) -> r.Compared:
    """The recording as it was played out, from where the participants took over."""
    found = timelines_replayed(replay(recording, playbooks), playbooks, begins=begins)
    crises = tuple(tuple(scores_of(each, targets)) for each in found)
    return r.Compared(name=recording.name, kind="recording", on="", crises=crises)


def earlier(heads: Sequence[DrillHead], head: DrillHead) -> list[DrillHead]:
    """Drills of the same recording that were run before this one and are over, the latest first."""
    begun = head.run.started_at if head.run else wall_micros()
    before = [
        each
        for each in heads
        if each.recording == head.recording
        and each.environment != head.environment
        and each.ended
        and each.run is not None
        and each.run.started_at <= begun
    ]
    return sorted(before, key=lambda each: -(each.run.started_at if each.run else 0))[:MOST_COMPARED]
