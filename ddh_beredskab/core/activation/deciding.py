"""The steering group decides: proposal, votes with grounds, quorum - or one reached member alone, for the time being.

Rules where the plan is silent (ours):
- A new proposal replaces the one that stands, and its votes fall: the group always votes on what is in front of it.
- A vote cannot be taken back, and the proposer votes like everybody else. The majority of the votes cast decides as
  soon as a quorum has voted; a tie goes to the higher level (handlingsprincippet), so a tie never declines. Who votes
  after that has the vote and its grounds kept beside the decision: it changes nothing, but dissent is not lost.
- A proposal that is voted down leaves the case open for another one. A provisional activation knows only two answers:
  whatever the proposal, the quorum's vote either confirms or reverses it.
- Whoever gives a provisional activation is reached by doing so. Given at night, the quorum has until the morning
  hour, though never less time than by day.
- Ikke aktiveret is not the end: a member may propose again, and the group is called anew.
- What a member says on the phone another types for him: it is the member who proposes, votes and is reached.
- A report from the open form may be warned of at once, but activated only when somebody has rung back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import time as LocalTime

from ddh_beredskab.core.activation.calling import begin_round, call_next, heard_from
from ddh_beredskab.core.activation.members import entitled, member_behind, quorum
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.states import (
    CONFIRMATION,
    DECISION_TARGET,
    FOREWARNING_LAPSE,
    PHONE_LIST,
    ROUND,
    SUSTAINED,
    ActivationState,
    Active,
    Assessing,
    Case,
    NotActivated,
    Provisional,
    Round,
    VotingState,
    Warned,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.opening_hours import COPENHAGEN
from ddh_beredskab.core.playbook import Limits
from schemas import activation as a
from schemas.base import DeadlineSet, Event, Message


def propose(
    state: ActivationState, command: a.ProposeDecision, given: Recorded[Message], limits: Limits
) -> list[Event]:
    """ProposeDecision."""
    if not isinstance(state, (Assessing, Warned, Provisional, NotActivated)):
        raise wrong_phase(state)
    case, at = state.case, given.time
    person = member_behind(case, given.actor, limits)
    _needs_text(command.grounds, "grounds_missing")
    match command.outcome:
        case "activate":
            _confirmed(case)
            _needs_channels(command.terms)
        case "warn" if isinstance(state, Provisional):
            raise Refused("only_confirm_or_reverse")
        case "decline" if not isinstance(state, Provisional):
            _needs_text(command.instead, "instead_missing")
        case _:
            pass
    proposed = a.DecisionProposed(
        proposed_by=person,
        outcome=command.outcome,
        terms=command.terms,
        grounds=command.grounds,
        instead=command.instead,
    )
    current = None if isinstance(state, NotActivated) else state.round
    if current is not None:
        return [proposed, *heard_from(case, current, person, at, limits)]
    anew = Round(started_at=at).heard_from(person)
    return [*begin_round(at, limits), proposed, *call_next(case, anew, at, limits)]


def vote(state: ActivationState, command: a.CastVote, given: Recorded[Message], limits: Limits) -> list[Event]:
    """CastVote, and the decision when it was the last vote needed."""
    if not isinstance(state, (Assessing, Warned, Provisional, Active, NotActivated)):
        raise wrong_phase(state)
    case, person = state.case, member_behind(state.case, given.actor, limits)
    _needs_text(command.grounds, "grounds_missing")
    if isinstance(state, (Active, NotActivated)) or state.round is None:
        return _vote_after_decision(case, command, person)
    current = state.round
    if current.proposal is None:
        raise Refused("no_proposal")
    if any(ballot.person == person for ballot in current.ballots):
        raise Refused("already_voted", person=person)
    ballots = (*current.ballots, a.Ballot(person=person, vote=command.vote, grounds=command.grounds))
    cast = a.VoteCast(person=person, vote=command.vote, grounds=command.grounds)
    accepted = _tally(case, current.proposal.outcome, ballots, limits)
    if accepted is None:
        return [cast, *heard_from(case, current, person, given.time, limits)]
    after = current.heard_from(person).model_copy(update={"ballots": ballots})
    return [cast, *_outcome(state, after, accepted, given.time, limits)]


def _vote_after_decision(case: Case, command: a.CastVote, person: str) -> list[Event]:
    if not case.voted:
        raise Refused("no_proposal")
    if person in case.voted:
        raise Refused("already_voted", person=person)
    return [a.VoteCast(person=person, vote=command.vote, grounds=command.grounds)]


def give_provisionally(
    state: ActivationState, command: a.GiveProvisionalActivation, given: Recorded[Message], limits: Limits
) -> list[Event]:
    """GiveProvisionalActivation: by one member, or by the project leader by delegation."""
    if not isinstance(state, (Assessing, Warned)):
        raise wrong_phase(state)
    case, at, actor = state.case, given.time, given.actor
    delegated = actor.role == "project_leader" and actor.on_behalf_of in (None, actor.person)
    person = actor.person
    if delegated:
        if actor.person != case.directory.project_leader:
            raise Refused("not_the_role_holder", person=actor.person, role=actor.role)
        if actor.person == case.asked_by:
            raise Refused("asker_may_not_vote", person=actor.person)
    else:
        person = member_behind(case, actor, limits)
    _confirmed(case)
    if (current := state.round) is None or not current.exhausted:
        raise Refused("phone_list_not_exhausted")
    _needs_text(command.grounds, "grounds_missing")
    _needs_channels(command.terms)
    confirm_before = confirm_by(at, limits)
    given_event = a.CrisisProvisionallyActivated(
        kind=case.crisis_kind,
        authority=case.authority,
        decided_by=person,
        by_delegation=delegated,
        terms=command.terms,
        grounds=command.grounds,
        confirm_before=confirm_before,
        minutes=_minutes(current, at),
    )
    return [
        given_event,
        *cancelled("activation", case.deadlines, [DECISION_TARGET, PHONE_LIST, FOREWARNING_LAPSE], at),
        _deadline(CONFIRMATION, confirm_before),
        sustained_deadline(at, limits),
        *(call_next(case, current, at, limits) if delegated else heard_from(case, current, person, at, limits)),
    ]


def confirm_by(at: datetime, limits: Limits) -> datetime:
    """When the quorum's answer to a provisional activation is due: an hour by day, the morning at night."""
    by_day = at + timedelta(minutes=limits.quorum_day_minutes)
    local = at.astimezone(COPENHAGEN)
    night_from, night_to = LocalTime.fromisoformat(limits.night_from), LocalTime.fromisoformat(limits.night_to)
    clock = local.time().replace(tzinfo=None)
    late, early = clock >= night_from, clock < night_to
    at_night = (late or early) if night_from > night_to else (late and early)
    if not at_night:
        return by_day
    morning = LocalTime.fromisoformat(limits.quorum_night_until)
    day = local.date() + timedelta(days=1 if clock >= morning else 0)
    return max(by_day, datetime.combine(day, morning, COPENHAGEN).astimezone(at.tzinfo))


def sustained_deadline(at: datetime, limits: Limits) -> DeadlineSet:
    """When the crisis becomes vedvarende drift by the clock."""
    return _deadline(SUSTAINED, at + timedelta(hours=limits.round_the_clock_after_hours))


def lapse(state: Warned, at: datetime) -> list[Event]:
    """The forewarning ran out. A vote that had begun falls with it; a member may propose again at once."""
    return [a.ForewarningLapsed(), *cancelled("activation", state.case.deadlines, ROUND, at)]


# -- the count ------------------------------------------------------------------------------------


def _tally(case: Case, outcome: a.Outcome, ballots: tuple[a.Ballot, ...], limits: Limits) -> bool | None:
    """True: accepted, False: voted down, null: more votes are needed."""
    if len(ballots) < quorum(case, limits):
        return None
    in_favour = sum(ballot.vote == "for" for ballot in ballots)
    against = len(ballots) - in_favour
    if in_favour != against:
        return in_favour > against
    if limits.tie_goes_to_higher_level:
        return outcome != "decline"
    everybody = {ballot.person for ballot in ballots}.issuperset(entitled(case, limits))
    return False if everybody else None


def _outcome(state: VotingState, after: Round, accepted: bool, at: datetime, limits: Limits) -> list[Event]:
    case, put, ballots = state.case, after.proposal, after.ballots
    assert put is not None
    minutes = _minutes(after, at)
    stop = cancelled("activation", case.deadlines, [*ROUND, FOREWARNING_LAPSE, CONFIRMATION], at)
    if isinstance(state, Provisional):
        if (put.outcome == "activate") != accepted:
            sustained = cancelled("activation", case.deadlines, [SUSTAINED], at)
            return [a.ActivationReversed(ballots=ballots), *stop, *sustained]
        terms = put.terms if put.outcome == "activate" else state.running.terms
        return [_activated(case, terms, ballots, minutes, confirms=True), *stop]
    if not accepted:
        rejected = a.ProposalRejected(outcome=put.outcome, ballots=ballots)
        return [rejected, *call_next(case, after, at, limits)]
    if put.outcome == "activate":
        activated = _activated(case, put.terms, ballots, minutes, confirms=False)
        return [activated, *stop, sustained_deadline(at, limits)]
    if put.outcome == "warn":
        warned = a.CrisisWarned(
            kind=case.crisis_kind, authority=case.authority, terms=put.terms, ballots=ballots, minutes=minutes
        )
        return [warned, *stop, _deadline(FOREWARNING_LAPSE, _lapses_at(case, at, limits))]
    declined = a.ActivationDeclined(ballots=ballots, grounds=put.grounds, instead=put.instead, minutes=minutes)
    return [declined, *stop]


def _activated(
    case: Case, terms: a.DecisionTerms, ballots: tuple[a.Ballot, ...], minutes: float, *, confirms: bool
) -> a.CrisisActivated:
    return a.CrisisActivated(
        kind=case.crisis_kind,
        authority=case.authority,
        terms=terms,
        ballots=ballots,
        confirms_provisional=confirms,
        minutes=minutes,
    )


def _lapses_at(case: Case, at: datetime, limits: Limits) -> datetime:
    """Counted from when it is expected to hit, if that is later: a forewarning must outlive its storm."""
    return max(at, case.expected_at or at) + timedelta(hours=limits.forewarning_lapse_hours)


def _minutes(current: Round, at: datetime) -> float:
    return round((at - current.started_at).total_seconds() / 60, 2)


def _needs_text(text: str, code: str) -> None:
    if not text.strip():
        raise Refused(code)


def _confirmed(case: Case) -> None:
    if case.unconfirmed:
        raise Refused("incident_unconfirmed")


def _needs_channels(terms: a.DecisionTerms) -> None:
    if not terms.channels:
        raise Refused("channels_missing")


def _deadline(name: str, due_at: datetime) -> DeadlineSet:
    return DeadlineSet(concern="activation", name=name, due_at=due_at)
