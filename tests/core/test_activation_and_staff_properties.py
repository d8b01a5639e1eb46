"""What holds whatever people do: random stories of two crises that share their people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ddh_beredskab.core.crisis_staff.states import StoodDown, Working
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import Actor, Command
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    EVA,
    FIE,
    GERT,
    LEADER,
    LIS,
    LOCAL,
    PROJECT_LEADER,
    REPORT,
    SECRETARY,
    SERIOUS,
    SLIGHT,
    STRATEGIC,
    TERMS,
    actor,
    hours,
    propose,
    reported,
    tried,
    vote,
)
from tests.core.town import DECIDERS, Town

JONAS, LINE, KASPER = (
    actor("jonas", "log_keeper"),
    actor("line", "communications_lead"),
    actor("kasper", "process_lead"),
)
DORTE, SIGNE, ULLA = actor("dorte", "personnel_lead"), actor("signe", "crisis_leader"), actor("ulla", "log_keeper")
DEPUTY = actor("signe", "crisis_leader", deputy=True, on_behalf_of="asta")

ACTORS: list[Actor] = [
    *(BO, DAN, FIE, GERT, EVA, LIS, SECRETARY, PROJECT_LEADER, STRATEGIC),
    *(LEADER, LOCAL, JONAS, LINE, KASPER, DORTE, SIGNE, ULLA, DEPUTY),
]
ROLES: list[s.StaffRole] = ["crisis_leader", "log_keeper", "communications_lead", "process_lead", "personnel_lead"]
VOTERS, LEADERS, SIDES = (BO, DAN, FIE, GERT), (LEADER, SIGNE, STRATEGIC), (LEADER, SIGNE, LOCAL, STRATEGIC)
HOLDERS = (LEADER, JONAS, LINE, KASPER, DORTE, LOCAL)
PEOPLE = ("asta", "ulla", "signe", "eva-m")


class Act(NamedTuple):
    """A command, made when its time comes, and who would plausibly give it."""

    name: str
    make: Callable[[datetime], Command]
    by: tuple[Actor, ...]


def always(command: Command, *by: Actor) -> Act:
    def make(_now: datetime) -> Command:
        return command

    return Act(type(command).__name__, make, by)


def step(now: datetime, *, final: bool) -> a.ProposeStepDown:
    return a.ProposeStepDown(step="x", facts="x", effective_at=now + timedelta(minutes=5), final=final)


def opening(now: datetime) -> a.DecideOpening:
    hours_open = a.OpeningOutsideHours(opens_at=now, closes_at=now + hours(4), channels=("sms",), staffed_by="x")
    return a.DecideOpening(opening=hours_open, grounds="x")


def meeting(now: datetime, number: int) -> s.HoldStaffMeeting:
    return s.HoldStaffMeeting(number=number, attendance=("asta",), points=(), next_meeting_at=now + hours(1))


def amended(now: datetime, number: int) -> s.AmendMinutes:
    return s.AmendMinutes(number=number, attendance=("asta",), points=(), next_meeting_at=now + hours(2))


def relief(now: datetime, person: str, begins: int, *, although: bool) -> s.PlanRelief:
    begins_at = now + hours(begins)
    return s.PlanRelief(
        role="process_lead",
        person=person,
        begins_at=begins_at,
        ends_at=begins_at + hours(10),
        note="x",
        although_busy=although,
        although_resting=although,
    )


def answer(role: str, which: str) -> s.AnswerRoleOffer:
    return s.AnswerRoleOffer.model_validate({"role": role, "answer": which})


def assign(role: str, person: str, *, although: bool) -> s.AssignRole:
    more = {"although_busy": although, "although_resting": although}
    return s.AssignRole.model_validate({"role": role, "person": person, "reason": "x", **more})


def close_with_dates(now: datetime) -> a.CloseCrisis:
    return a.CloseCrisis(
        debriefing="x",
        summary="x",
        debriefing_offered_to=("staff", "agents"),
        debriefing_at=now + hours(20),
        evaluation_at=now + hours(90),
    )


OPEN_REPORT = reported(entry="open_form", entered_by="lis")
CONFIRM = a.ConfirmIncident(reached="x", number_called="x")
TYPED = tuple(
    who.model_copy(update={"on_behalf_of": member}) for who in (SECRETARY, FIE) for member in ("dan", "gert", "eva")
)

STEERING: list[Act] = [
    always(OPEN_REPORT, LIS),
    always(CONFIRM, SECRETARY, BO),
    always(a.RejectIncident(reason="x"), SECRETARY),
    always(a.AskAgain(), SECRETARY, PROJECT_LEADER),
    *(always(a.LinkCrises(other="k2", relation=relation), SECRETARY) for relation in ("related", "duplicate_of")),
    always(a.ExtendScope(affected=("9002",), scope="municipalities", grounds="x"), DAN, LEADER),
    *(always(vote(which), *TYPED) for which in ("for", "for", "against")),
    always(propose(), *TYPED),
    always(a.SetServiceTarget(target="x", grounds="x"), *LEADERS),
    always(a.ChangeChannels(channels=("sms",), grounds="x"), *LEADERS),
    Act("close with dates", close_with_dates, LEADERS),
]
"""What happens around the decision; drawn more often, or it would drown among the staff's many moves."""

ACTS: list[Act] = [
    always(REPORT, SECRETARY, LIS),
    always(reported(answers=SLIGHT, asked_by="dan", entered_by="bo"), BO),
    always(reported(planned=True), LIS),
    always(a.SupplementIncident(answers=SERIOUS), LIS),
    always(a.SupplementIncident(answers=SLIGHT), LIS),
    *(always(tried(p, reached=r), SECRETARY) for p in ("bo", "dan", "eva", "fie", "gert") for r in (True, False)),
    *(always(propose(outcome), *VOTERS) for outcome in ("activate", "warn", "decline") for _ in range(2)),
    *(always(vote(which), *VOTERS) for which in ("for", "for", "for", "against") for _ in range(3)),
    always(a.GiveProvisionalActivation(terms=TERMS, grounds="x"), *VOTERS, PROJECT_LEADER),
    always(a.ChangeLevel(level="operation", grounds="x"), *LEADERS),
    always(a.ChangeLevel(level="staff", grounds="x"), *LEADERS),
    Act("opening", opening, LEADERS),
    always(a.PrioritiseCapacity(decision="x", grounds="x"), STRATEGIC),
    Act("step", partial(step, final=False), SIDES),
    *(Act("final step", partial(step, final=True), SIDES) for _ in range(2)),
    *(always(a.AgreeStepDown(), *SIDES) for _ in range(4)),
    always(a.ReverseStepDown(grounds="x"), *SIDES),
    *(always(a.CloseCrisis(debriefing="x", summary="x"), *LEADERS) for _ in range(3)),
    always(a.ReopenCrisis(grounds="x"), *LEADERS, BO),
    always(a.MarkSustained(grounds="x"), *LEADERS),
    always(a.RecordEvaluation(findings="x"), SECRETARY),
    *(
        always(answer(who.role, which), who)
        for who in (*HOLDERS, SIGNE, ULLA, actor("ulla", "crisis_leader"))
        for which in ("coming", "late", "cannot")
    ),
    *(
        always(assign(role, person, although=although), LEADER, STRATEGIC, BO)
        for role in ROLES
        for person in PEOPLE
        for although in (False, True)
    ),
    *(
        always(s.HandOverRole(role=role, to=to, note="x"), LEADER, next(h for h in HOLDERS if h.role == role))
        for role in ROLES
        for to in PEOPLE
    ),
    *(Act("meeting", partial(meeting, number=n), (JONAS, LEADER)) for n in (1, 2, 3)),
    *(Act("amended", partial(amended, number=n), (JONAS, LEADER)) for n in (1, 2)),
    always(s.ApproveMinutes(number=1), LEADER),
    always(s.SetMeetingLinks(teams_url="https://teams.example/l"), SECRETARY, JONAS),
    always(s.SetMeetingLinks(teams_url="http://teams.example/l"), JONAS),
    *(always(s.AgreeAuthorityStatus(hours=count), JONAS, LOCAL, SECRETARY) for count in (0, 3, 3)),
    *(always(s.WriteDdhStatus(sections={"calls": "x"}, based_on=n), JONAS, LINE) for n in (0, 1, 2)),
    *(always(s.ApproveDdhStatus(version=n), LEADER, DEPUTY) for n in (1, 2)),
    *(always(s.AddExternalContact(organisation="x", held_by="line"), JONAS, SECRETARY) for _ in range(2)),
    always(s.ChangeExternalContact(number=1, organisation="y", held_by="line"), JONAS),
    always(s.CloseExternalContact(number=1), JONAS),
    *(
        Act("relief", partial(relief, person=person, begins=begins, although=although), (DORTE, LEADER))
        for person in ("kasper", "eva-m")
        for begins in (1, 9, 30)
        for although in (False, True)
    ),
    *(always(s.CancelPlannedRelief(number=n), DORTE) for n in (1, 2)),
    always(s.ReceiveSituationPicture(sender="b", received_by="j", by="phone", headings={"a": "b"}), JONAS, LOCAL),
    always(s.AddAction(text="x", owner="line"), LEADER),
    always(s.ChangeActionStatus(number=1, status="done"), LINE),
    always(s.ReassignAction(number=1, owner="kasper"), LINE, JONAS),
    *(always(s.TickActionCard(role="log_keeper", point=n, done=done), JONAS) for n in (1, 2) for done in (True, False)),
    always(s.CompleteActivationStep(step=7), SECRETARY),
]


class Move(NamedTuple):
    """Somebody does something in one of the crises, some minutes later."""

    crisis: str
    act: Act
    by: Actor
    minutes: int


@st.composite
def moves(draw: st.DrawFn) -> Move:
    act = draw(st.sampled_from(STEERING if draw(st.integers(0, 3)) == 0 else ACTS))
    anybody = draw(st.integers(0, 9)) == 0
    by = draw(st.sampled_from(ACTORS if anybody else list(act.by)))
    return Move(draw(st.sampled_from(["k1", "k2"])), act, by, draw(st.sampled_from([0, 0, 1, 3, 10, 60, 700])))


def both(command: Command, *by: Actor) -> list[Move]:
    """The same in both crises."""
    return [Move(crisis, always(command, who), who, 0) for crisis in ("k1", "k2") for who in by]


REPORTED = both(REPORT, SECRETARY)
WARNED = [*REPORTED, *both(propose("warn"), BO), *both(vote(), BO, DAN, FIE)]
ACTIVE = [*REPORTED, *both(propose(), BO), *both(vote(), BO, DAN, FIE)]
COME = [Move(crisis, always(answer(who.role, "coming"), who), who, 0) for crisis in ("k1", "k2") for who in HOLDERS]
STAFFED = [*ACTIVE, *COME]
OPEN = both(OPEN_REPORT, LIS)
ALONE = Move("k1", always(a.GiveProvisionalActivation(terms=TERMS, grounds="x"), GERT), GERT, 40)
ENDING = [
    Move("k1", Act("final step", partial(step, final=True), (LEADER,)), LEADER, 1),
    Move("k1", always(a.AgreeStepDown(), LOCAL), LOCAL, 1),
]
CLOSED = [*ENDING, Move("k1", always(a.CloseCrisis(debriefing="x", summary="x"), LEADER), LEADER, 10)]
OPENINGS: list[list[Move]] = [
    [],
    REPORTED,
    OPEN,
    [*OPEN, *both(CONFIRM, SECRETARY)],
    [*REPORTED, Move("k1", always(a.AskAgain(), SECRETARY), SECRETARY, 40)],
    WARNED,
    ACTIVE,
    STAFFED,
    [*REPORTED, ALONE, *COME],
    [*STAFFED, *ENDING],
    [*STAFFED, *CLOSED],
]


def _joined(begun: list[Move], then: list[Move]) -> list[Move]:
    return [*begun, *then]


STORIES = st.builds(_joined, st.sampled_from(OPENINGS), st.lists(moves(), max_size=40))


def play(story: list[Move]) -> Town:
    town = Town()
    for move in story:
        town.advance(town.now + timedelta(minutes=move.minutes))
        town.send(move.crisis, move.act.make(town.now), move.by)
        nobody_is_in_two_places(town)
    town.advance(town.now + hours(1000))
    nobody_is_in_two_places(town)
    return town


def nobody_is_in_two_places(town: Town) -> None:
    """What crises say of who holds what, and what people's own streams say, is one and the same."""
    held: dict[str, set[tuple[str, str]]] = {}
    for crisis in ("k1", "k2"):
        state = town.state("crisis_staff", crisis)
        if isinstance(state, Working):
            holders = state.work.holders()
            for role, person in holders.items():
                held.setdefault(person, set()).add((crisis, role))
            leader = holders.get("crisis_leader")
            assert leader is None or leader != holders.get("log_keeper"), "kept apart"
    for person, state in town.persons.items():
        assert len(set(state.holding)) == len(state.holding)
        assert set(state.holding) == held.pop(person, set())
    assert held == {}
    agreed = {
        (w.event.person, w.event.also_in)
        for w in town.written
        if isinstance(w.event, s.RoleAssumed) and w.event.also_in is not None
    }
    for person, state in town.persons.items():
        if len({crisis for crisis, _ in state.holding}) > 1:
            assert any(each == person for each, _ in agreed), "two crises only with a logged reason"


@settings(max_examples=80, deadline=None)
@given(STORIES)
def test_whatever_people_do_the_rules_hold(story: list[Move]) -> None:
    town = play(story)
    votes_are_clean(town)
    each_crisis_ends_once_and_only_after_both_agreed(town)
    staffs_are_established_once_per_call_out(town)
    nothing_is_waited_for_without_need(town)
    assert set(town.refusals) <= set(BOOKS.texts.refusals)
    streams_fold_to_the_states(town)
    assert [w.event for w in play(story).written] == [w.event for w in town.written], "the same story, told again"


def votes_are_clean(town: Town) -> None:
    """The asker and the affected never vote, nobody votes twice on a proposal, an unconfirmed report is not active."""
    for crisis in ("k1", "k2"):
        asker = ""
        unconfirmed = False
        barred = {"eva"}
        voted: set[str] = set()
        for written in (w for w in town.written if w.stream == f"activation-{crisis}"):
            match written.event:
                case a.IncidentReported() as event:
                    asker, unconfirmed = event.asked_by, event.entry == "open_form"
                case a.IncidentConfirmed():
                    unconfirmed = False
                case a.AuthorityScopeChanged() as event:
                    assert event.authority.affected == ("9001", "9002")
                    barred.add("bo")
                case a.DecisionProposed():
                    voted.clear()
                case a.VoteCast() as event:
                    assert event.person not in (asker, *barred)
                    assert event.person not in voted
                    voted.add(event.person)
                case a.CrisisActivated() | a.ActivationDeclined() | a.CrisisWarned() as event:
                    assert len(event.ballots) >= 3
                    assert not (unconfirmed and isinstance(event, a.CrisisActivated))
                case a.CrisisProvisionallyActivated() as event:
                    assert not unconfirmed
                    assert event.decided_by not in (asker, *barred)
                case _:
                    pass


def each_crisis_ends_once_and_only_after_both_agreed(town: Town) -> None:
    for crisis in ("k1", "k2"):
        final, running = False, False
        for written in (w for w in town.written if w.stream == f"activation-{crisis}"):
            match written.event:
                case a.CrisisActivated() as event:
                    assert running == event.confirms_provisional
                    running = True
                case a.CrisisProvisionallyActivated() | a.CrisisReopened():
                    assert not running
                    running, final = True, False
                case a.StepDownAgreed() as event:
                    assert running
                    assert len(set(event.agreed_by)) == 2
                    final = final or event.final
                case a.StepDownReversed():
                    final = False
                case a.CrisisDeactivated():
                    assert running
                    assert final
                    running = False
                case a.ActivationReversed():
                    assert running
                    running = False
                case _:
                    pass


def staffs_are_established_once_per_call_out(town: Town) -> None:
    for crisis in ("k1", "k2"):
        established = True
        for written in (w for w in town.written if w.stream == f"crisis_staff-{crisis}"):
            match written.event:
                case s.StaffCallOutStarted():
                    established = False
                case s.StaffEstablished() as event:
                    assert not established
                    assert set(ROLES) <= set(event.holders)
                    established = True
                case _:
                    pass


def nothing_is_waited_for_without_need(town: Town) -> None:
    """After six weeks of silence no deadline runs on for ever, and a staff that stood down waits for nothing."""
    assert town.timers == {}
    for crisis in ("k1", "k2"):
        state = town.state("crisis_staff", crisis)
        if isinstance(state, StoodDown):
            assert all(deadline.due_at <= town.now for deadline in state.work.deadlines.values())


def streams_fold_to_the_states(town: Town) -> None:
    for (concern, crisis), state in town.states.items():
        folded = DECIDERS[concern].initial
        for written in town.written:
            if written.stream == f"{concern}-{crisis}":
                folded = DECIDERS[concern].evolve(folded, written.kept)
        assert folded == state
