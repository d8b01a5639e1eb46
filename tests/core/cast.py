"""The people of the decider tests, all fictional, and the incident they meet.

Voters: bo (on duty), dan, fie, gert and the absent hans. eva is of the affected municipality, lis asked for help.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas import activation as a
from schemas.base import Actor, Ref, Role, StaffRole, TimerFired
from tests.core.gwt import T0, S, Story

DAY = datetime(2023, 10, 19, 8, 0, tzinfo=UTC)
"""Ten in the morning in Denmark."""
NIGHT = T0
"""Six minutes past midnight in Denmark."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def actor(person: Ref, role: Role, *, on_behalf_of: Ref | None = None, deputy: bool = False) -> Actor:
    return Actor(person=person, role=role, on_behalf_of=on_behalf_of, deputy=deputy)


BO, DAN, FIE, GERT, HANS, EVA = (actor(p, "steering_group") for p in ("bo", "dan", "fie", "gert", "hans", "eva"))
LIS = actor("lis", "municipal_leader")
SECRETARY = actor("rikke", "secretariat")
PROJECT_LEADER = actor("pia", "project_leader")
STRATEGIC = actor("bo", "strategic_leadership")
LEADER = actor("asta", "crisis_leader")
LOCAL = actor("birgit", "local_leader")

STEERING = (
    a.SteeringMember(person="dan", municipality="9003"),
    a.SteeringMember(person="eva", municipality="9001"),
    a.SteeringMember(person="bo", municipality="9002", on_duty=True),
    a.SteeringMember(person="fie", municipality="9004"),
    a.SteeringMember(person="gert", municipality="9005"),
    a.SteeringMember(person="hans", municipality="9006", absent=True),
)


def candidate(
    person: Ref,
    role: StaffRole,
    position: a.Position = "holder",
    order: int = 0,
    *,
    reachable: bool = True,
    trained: bool = True,
) -> a.StaffCandidate:
    return a.StaffCandidate(
        person=person,
        municipality="9002",
        role=role,
        position=position,
        order=order,
        reachable=reachable,
        trained=trained,
    )


CANDIDATES = (
    candidate("asta", "crisis_leader"),
    candidate("signe", "crisis_leader", "deputy", 1),
    candidate("ulla", "crisis_leader", "pool", 2),
    candidate("jonas", "log_keeper"),
    candidate("ulla", "log_keeper", "deputy", 1),
    candidate("line", "communications_lead"),
    candidate("kasper", "process_lead"),
    candidate("dorte", "personnel_lead"),
    candidate("birgit", "local_leader"),
    candidate("poul", "local_leader", "deputy", 1),
    candidate("tobias", "local_information_lead"),
)

DIRECTORY = a.Directory(
    steering_group=STEERING,
    project_leader="pia",
    strategic_leadership=("bo", "fie"),
    candidates=CANDIDATES,
)

AUTHORITY = a.Authority(code="9001", name="Strandby Kommune", affected=("9001",), fictional=True)

SERIOUS = {
    "onset": "now",
    "danger": "life",
    "affected": "over_5000",
    "need": "act_now",
    "own_channels": "overloaded",
    "critical": "several",
}
SLIGHT = {
    "onset": "later",
    "danger": "inconvenience",
    "affected": "under_500",
    "need": "little",
    "own_channels": "coping",
    "critical": "none",
}

TERMS = a.DecisionTerms(channels=("contact_centre",), level="staff")

REPORT = a.ReportIncident(
    kind="stormflod",
    title="Stormflod ved Strandby",
    authority=AUTHORITY,
    asked_by="lis",
    entered_by="rikke",
    entry="phone",
    what_happened="Vandet stiger.",
    where="Havnen",
    situation="Mange ringer.",
    started="Sandsække",
    answers=SERIOUS,
    grounds="Vi kan ikke følge med.",
    directory=DIRECTORY,
)


def reported(**changes: object) -> a.ReportIncident:
    """The incident with something changed; a dict for `directory` or `authority` changes them inside."""
    for name in ("directory", "authority"):
        if isinstance(inner := changes.get(name), dict):
            changes[name] = getattr(REPORT, name).model_copy(update=inner)
    return REPORT.model_copy(update=changes)


def propose(outcome: a.Outcome = "activate", **changes: object) -> a.ProposeDecision:
    put = a.ProposeDecision(
        outcome=outcome, terms=TERMS, grounds="Der er fare for liv.", instead="Brug jeres egne folk."
    )
    return put.model_copy(update=changes)


def vote(which: str = "for") -> a.CastVote:
    return a.CastVote(vote="for" if which == "for" else "against", grounds="Jeg har set tallene.")


def tried(person: Ref, *, reached: bool = False) -> a.RecordContactAttempt:
    return a.RecordContactAttempt(person=person, channel="phone", reached=reached)


def fired(story: Story[S], name: str, at: datetime | None = None) -> TimerFired:
    """The firing of the story's latest deadline of that name."""
    from schemas.base import DeadlineSet

    kept = story.deadline(name)
    assert isinstance(kept.message, DeadlineSet)
    due_at = kept.message.due_at
    return TimerFired(
        concern=story.decider.concern, name=name, deadline_id=kept.id, due_at=due_at, fired_at=at or due_at
    )


def fire(story: Story[S], name: str) -> list[object]:
    """The deadline comes when it is due."""
    timer = fired(story, name)
    return list(story.do(timer, at=timer.due_at))
