"""The fictional people of the deciders' tests, and the events by which they get their roles."""

from __future__ import annotations

from schemas.activation import (
    Authority,
    CrisisActivated,
    CrisisDeactivated,
    CrisisProvisionallyActivated,
    CrisisReopened,
    CrisisWarned,
    DecisionTerms,
    OpeningOutsideHours,
)
from schemas.base import Actor, StaffRole
from schemas.crisis_staff import RoleAssumed
from tests.core.gwt import T0

STRANDBY = Authority(code="9001", name="Strandby Kommune", affected=("9001",), fictional=True)

CRISIS_LEADER = Actor(person="asta-klitvang", role="crisis_leader", municipality="9002")
LOG_KEEPER = Actor(person="jonas-tangmark", role="log_keeper")
COMMUNICATIONS = Actor(person="frederik-maagevang", role="communications_lead")
LOCAL_LEADER = Actor(person="birgit-vesterklit", role="local_leader", municipality="9001")
INFORMATION_LEAD = Actor(person="tobias-havrimmel", role="local_information_lead", municipality="9001")
SECRETARIAT = Actor(person="rikke-klitroe", role="secretariat")
CALL_AGENT = Actor(person="agent-17", role="call_agent")

HOLDERS = (CRISIS_LEADER, LOG_KEEPER, COMMUNICATIONS, LOCAL_LEADER, INFORMATION_LEAD)


def assumed(actor: Actor, role: StaffRole | None = None) -> RoleAssumed:
    """The actor holds the role (his own one, if none is named) from now on."""
    taken: StaffRole = role or actor.role  # type: ignore[assignment]  # only staff roles are asked for
    return RoleAssumed(role=taken, person=actor.person, deputy=False)


def on_behalf(actor: Actor, other: Actor = INFORMATION_LEAD) -> Actor:
    """The actor on the phone, for the other."""
    return actor.model_copy(update={"on_behalf_of": other.person})


def warned() -> CrisisWarned:
    return CrisisWarned(kind="stormflod", authority=STRANDBY, terms=DecisionTerms(), ballots=(), minutes=5)


def provisional(*opening: OpeningOutsideHours) -> CrisisProvisionallyActivated:
    return CrisisProvisionallyActivated(
        kind="stormflod",
        authority=STRANDBY,
        decided_by="henrik-brisager",
        by_delegation=False,
        terms=DecisionTerms(opening=opening),
        grounds="Vandet stiger.",
        confirm_before=T0,
        minutes=9,
    )


def activated(*opening: OpeningOutsideHours, confirms: bool = False) -> CrisisActivated:
    return CrisisActivated(
        kind="stormflod",
        authority=STRANDBY,
        terms=DecisionTerms(opening=opening),
        ballots=(),
        confirms_provisional=confirms,
        minutes=9,
    )


def deactivated() -> CrisisDeactivated:
    return CrisisDeactivated(debriefing="I morgen.", summary="Slut.", evaluation_before=T0, hours_active=30)


def reopened() -> CrisisReopened:
    return CrisisReopened(kind="stormflod", authority=STRANDBY, terms=DecisionTerms(), grounds="Vandet er tilbage.")
