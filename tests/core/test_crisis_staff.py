"""Who comes: call-out in order, answers, escalation, assigning, and nobody in two crises."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.crisis_staff.states import StoodDown, Waiting, Working
from ddh_beredskab.core.persons import PersonState
from ddh_beredskab.core.wording import log_sentence
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import Actor, Command, DeadlineCancelled, DeadlineSet, Event, StaffRole
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    DAY,
    LEADER,
    LOCAL,
    SECRETARY,
    STRATEGIC,
    actor,
    candidate,
    hours,
    minutes,
)
from tests.core.staff_story import (
    ACTIVATED,
    CONFIRMED,
    DEACTIVATED,
    INCIDENT,
    PROVISIONAL,
    REOPENED,
    REVERSED,
    Staff,
    called_out,
    established,
    says,
)


def of(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def offered(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.role, event.person) for event in events if isinstance(event, s.RoleOffered)]


def passed(events: list[Event]) -> list[tuple[str, str, str | None]]:
    return [(e.person, e.because, e.next_person) for e in events if isinstance(e, s.RoleEscalated)]


# -- call-out -------------------------------------------------------------------------------------


def test_an_incident_calls_nobody_but_is_remembered() -> None:
    staff = Staff()
    [noted] = staff.tell(INCIDENT)
    assert isinstance(noted, s.StaffPoolNoted)
    assert noted.steering_group[:2] == ("dan", "eva")
    assert isinstance(staff.state, Waiting)
    assert staff.tell(INCIDENT) == []


def test_a_planned_peak_needs_no_staff() -> None:
    assert Staff().tell(INCIDENT.model_copy(update={"planned": True})) == []


@pytest.mark.parametrize("event", [ACTIVATED, PROVISIONAL])
def test_activation_offers_all_roles_leader_log_and_communications_first(event: Event) -> None:
    staff = Staff()
    staff.tell(INCIDENT)
    events = staff.tell(event)
    assert isinstance(events[0], s.StaffCallOutStarted)
    assert offered(events) == [
        ("crisis_leader", "asta"),
        ("log_keeper", "jonas"),
        ("communications_lead", "line"),
        ("process_lead", "kasper"),
        ("personnel_lead", "dorte"),
        ("local_leader", "birgit"),
        ("local_information_lead", "tobias"),
    ]
    deadlines = {e.name: e.due_at - DAY for e in events if isinstance(e, DeadlineSet)}
    assert deadlines["role_answer:crisis_leader"] == minutes(10)
    assert deadlines["first_meeting"] == minutes(45)
    assert deadlines["situation_picture_ask"] == minutes(30)
    assert deadlines["situation_picture_due"] == minutes(60)
    assert deadlines["round_the_clock"] == hours(24)
    assert staff.foreign == [], "an offer takes nobody"


def test_a_confirmation_calls_nobody_out_again() -> None:
    staff = Staff()
    staff.tell(INCIDENT)
    staff.tell(PROVISIONAL)
    assert staff.tell(CONFIRMED) == []


def test_a_person_may_be_asked_for_two_roles_but_not_for_leader_and_log() -> None:
    staff = called_out(
        candidate("asta", "crisis_leader"),
        candidate("asta", "log_keeper"),
        candidate("jonas", "log_keeper", "deputy"),
        candidate("asta", "process_lead"),
    )
    events = [kept.message for kept in staff.events]
    assert ("process_lead", "asta") in offered(events)
    assert ("log_keeper", "jonas") in offered(events)
    assert ("asta", "kept_apart", "jonas") in passed(events)


def test_deputies_come_in_order_then_the_pool_least_used_first_and_in_each_the_trained() -> None:
    staff = called_out(
        candidate("p9", "process_lead", "pool", 9),
        candidate("p2", "process_lead", "pool", 2),
        candidate("p0", "process_lead", "pool", 0, trained=False),
        candidate("d0", "process_lead", "deputy", 0, trained=False),
        candidate("d2", "process_lead", "deputy", 2),
        candidate("d1", "process_lead", "deputy", 1),
        candidate("h", "process_lead", trained=False),
        candidate("h", "process_lead", "pool", 0),
    )
    asked: list[str] = []
    while True:
        assert isinstance(staff.state, Working)
        offer = staff.state.work.search("process_lead").open_offer
        if offer is None:
            break
        asked.append(offer.person)
        staff.tell(says("process_lead", "cannot"), DAY, actor(offer.person, "process_lead"))
    assert asked == ["h", "d1", "d2", "d0", "p2", "p9", "p0"], "a holder by position is never passed over"
    last = staff.events[-1].message
    assert last == s.RoleUncovered(role="process_lead", tried=tuple(asked))
    offers = [kept.message for kept in staff.events if isinstance(kept.message, s.RoleOffered)]
    assert [each.person for each in offers if not each.trained] == ["h", "d0", "p0"]
    told = [log_sentence(BOOKS.texts, each) for each in offers]
    assert ["Ikke øvet i rollen" in each.text for each in told if each] == [not each.trained for each in offers]
    assert ["trained" in each.model_dump(mode="json") for each in offers] == [not each.trained for each in offers]


def test_who_cannot_be_reached_or_rests_is_passed_over() -> None:
    town = {"d1": PersonState(rest_until=DAY + hours(1)), "d2": PersonState(rest_until=DAY)}
    staff = called_out(
        candidate("h", "process_lead", reachable=False),
        candidate("d1", "process_lead", "deputy", 1),
        candidate("d2", "process_lead", "deputy", 2),
        town=town,
    )
    events = [kept.message for kept in staff.events]
    assert passed(events) == [("h", "unreachable", "d1"), ("d1", "resting", "d2")]
    assert ("process_lead", "d2") in offered(events)


def test_a_role_nobody_is_named_for_is_uncovered_at_once() -> None:
    staff = called_out(candidate("asta", "crisis_leader"))
    assert s.RoleUncovered(role="log_keeper", tried=()) in [kept.message for kept in staff.events]


# -- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["coming", "late"])
def test_who_comes_takes_the_role(answer: str) -> None:
    staff = called_out()
    events = staff.tell(says("crisis_leader", answer), DAY + minutes(3), LEADER)
    assert isinstance(events[0], s.RoleOfferAnswered)
    assert events[1] == s.RoleAssumed(role="crisis_leader", person="asta", deputy=False)
    assert [e.name for e in events if isinstance(e, DeadlineCancelled)] == ["role_answer:crisis_leader"]
    relief = {e.name: e.due_at - DAY - minutes(3) for e in events if isinstance(e, DeadlineSet)}
    assert relief == {"relief_due:crisis_leader": hours(10), "relief_overdue:crisis_leader": hours(12)}
    assert staff.foreign == [("person-asta", s.PersonTaken(person="asta", crisis_id="k1", role="crisis_leader"))]


def test_who_cannot_is_followed_by_the_next() -> None:
    staff = called_out()
    events = staff.tell(says("crisis_leader", "cannot"), DAY, LEADER)
    assert passed(events) == [("asta", "cannot", "signe")]
    assert offered(events) == [("crisis_leader", "signe")]
    [assumed] = of(staff.tell(says("crisis_leader"), DAY, actor("signe", "crisis_leader")), s.RoleAssumed)
    assert isinstance(assumed, s.RoleAssumed)
    assert assumed.deputy


def test_no_answer_in_time_is_noted_and_the_next_is_asked() -> None:
    events = called_out().fire("role_answer:crisis_leader")
    assert events[0] == s.RoleOfferAnswered(role="crisis_leader", person="asta", answer="no_answer")
    assert passed(events) == [("asta", "no_answer", "signe")]
    [offer] = of(events, s.RoleOffered)
    assert isinstance(offer, s.RoleOffered)
    assert (offer.person, offer.attempt) == ("signe", 2)


def test_a_firing_for_a_covered_role_is_ignored() -> None:
    staff = called_out()
    firing = staff.firing("role_answer:crisis_leader")
    staff.tell(says("crisis_leader"), firing.due_at, LEADER)
    assert staff.tell(firing, firing.due_at) == [], "not cancelled, since it was due at that very instant"


def test_a_late_yes_counts_while_the_role_is_open() -> None:
    staff = called_out()
    staff.fire("role_answer:crisis_leader")
    events = staff.tell(says("crisis_leader"), DAY + minutes(12), LEADER)
    assert of(events, s.RoleAssumed)
    assert staff.holders["crisis_leader"] == "asta"
    assert staff.no(says("crisis_leader"), DAY, actor("signe", "crisis_leader")) == "role_is_covered"
    assert staff.tell(says("crisis_leader", "cannot"), DAY, actor("signe", "crisis_leader")) == [
        s.RoleOfferAnswered(role="crisis_leader", person="signe", answer="cannot")
    ], "his answer is noted, and silences nobody"


def test_a_late_yes_counts_when_nobody_else_was_left() -> None:
    staff = called_out(candidate("jonas", "log_keeper"))
    staff.fire("role_answer:log_keeper")
    staff.tell(says("log_keeper"), DAY + minutes(30), actor("jonas", "log_keeper"))
    assert staff.holders == {"log_keeper": "jonas"}


def test_the_holder_may_say_again_when_he_comes_but_does_not_leave_by_it() -> None:
    staff = called_out()
    staff.tell(says("crisis_leader", "late"), DAY, LEADER)
    assert len(staff.tell(says("crisis_leader"), DAY, LEADER)) == 1
    assert staff.no(says("crisis_leader", "cannot"), DAY, LEADER) == "holder_hands_over"


def test_only_those_who_were_asked_answer() -> None:
    assert called_out().no(says("crisis_leader"), by=actor("ulla", "crisis_leader")) == "role_not_offered"


def test_what_somebody_says_on_the_phone_is_entered_for_him() -> None:
    staff = called_out()
    staff.tell(says("crisis_leader"), DAY, actor("rikke", "secretariat", on_behalf_of="asta"))
    assert staff.holders == {"crisis_leader": "asta"}
    nobody = actor("rikke", "secretariat", on_behalf_of="line", deputy=True)
    assert staff.no(says("communications_lead"), by=nobody) == "role_not_offered"


def test_leader_and_log_keeper_stay_two_people() -> None:
    staff = called_out()
    staff.tell(says("crisis_leader", "cannot"), DAY, LEADER)
    staff.tell(says("crisis_leader", "cannot"), DAY, actor("signe", "crisis_leader"))
    events = staff.tell(says("log_keeper", "cannot"), DAY, actor("jonas", "log_keeper"))
    assert passed(events) == [("jonas", "cannot", "ulla"), ("ulla", "kept_apart", None)]


def test_who_took_one_role_is_passed_over_for_the_one_kept_apart() -> None:
    staff = called_out(
        candidate("ulla", "crisis_leader"), candidate("jonas", "log_keeper"), candidate("ulla", "log_keeper", "deputy")
    )
    staff.fire("role_answer:crisis_leader")
    assert ("ulla", "no_answer", None) in passed([kept.message for kept in staff.events])
    staff.tell(says("log_keeper", "cannot"), DAY, actor("jonas", "log_keeper"))
    staff.tell(says("crisis_leader"), DAY, actor("ulla", "crisis_leader"))
    events = staff.tell(says("log_keeper"), DAY, actor("ulla", "log_keeper"))
    assert passed(events) == [("ulla", "kept_apart", None)]
    assert staff.no(says("log_keeper"), by=actor("ulla", "log_keeper")) == "roles_kept_apart"


# -- two crises -----------------------------------------------------------------------------------


def test_who_works_in_another_crisis_is_passed_over_and_the_log_says_where() -> None:
    town: dict[str, PersonState] = {}
    first = called_out(subject="k1", town=town)
    first.tell(says("crisis_leader"), DAY, LEADER)
    second = called_out(subject="k2", town=town)
    escalated = of([kept.message for kept in second.events], s.RoleEscalated)
    assert escalated == [
        s.RoleEscalated(
            role="crisis_leader", person="asta", because="busy_elsewhere", other_crisis="k1", next_person="signe"
        )
    ]


def test_two_crises_that_want_the_same_person_one_gets_him() -> None:
    town: dict[str, PersonState] = {}
    first, second = called_out(subject="k1", town=town), called_out(subject="k2", town=town)
    first.tell(says("crisis_leader"), DAY, LEADER)
    events = second.tell(says("crisis_leader"), DAY, LEADER)
    assert passed(events) == [("asta", "busy_elsewhere", "signe")]
    assert offered(events) == [("crisis_leader", "signe")]
    assert second.no(says("crisis_leader"), by=LEADER) == "person_busy_elsewhere"
    assert town["asta"].holding == (("k1", "crisis_leader"),)


# -- established ----------------------------------------------------------------------------------


def test_the_staff_is_established_once_all_five_are_covered() -> None:
    staff = established()
    [event] = of([kept.message for kept in staff.events], s.StaffEstablished)
    assert isinstance(event, s.StaffEstablished)
    assert event.minutes == 6
    assert list(event.holders) == [
        "crisis_leader",
        "log_keeper",
        "communications_lead",
        "process_lead",
        "personnel_lead",
    ]
    late = staff.tell(says("local_information_lead"), DAY, actor("tobias", "local_information_lead"))
    assert not of(late, s.StaffEstablished)


# -- assigning ------------------------------------------------------------------------------------


def assign(role: StaffRole = "process_lead", person: str = "nina", **more: object) -> s.AssignRole:
    return s.AssignRole.model_validate({"role": role, "person": person, "reason": "Ingen andre.", **more})


def test_the_leader_puts_somebody_in_an_open_role() -> None:
    staff = called_out()
    staff.tell(says("crisis_leader"), DAY, LEADER)
    events = staff.tell(assign(), DAY, LEADER)
    assert events[0] == s.RoleAssumed(role="process_lead", person="nina", deputy=False, reason="Ingen andre.")
    assert staff.no(says("process_lead"), by=actor("kasper", "process_lead")) == "role_is_covered"
    assert staff.no(assign(), by=LEADER) == "already_holds_role"


def test_somebody_is_put_in_the_place_of_a_holder_who_stays_away() -> None:
    staff = established()
    staff.tell(assign(), DAY + hours(1), LEADER)
    assert staff.holders["process_lead"] == "nina"
    assert staff.person("kasper").holding == ()
    assert staff.person("nina").holding == (("k1", "process_lead"),)


@pytest.mark.parametrize("who", [BO, STRATEGIC, DAN])
def test_before_there_is_a_leader_the_bodies_above_assign(who: Actor) -> None:
    staff = called_out()
    assert staff.tell(assign("crisis_leader", "signe"), DAY, who)
    assert staff.holders == {"crisis_leader": "signe"}


def test_with_a_leader_the_steering_group_replaces_only_him() -> None:
    staff = established()
    assert staff.no(assign(), by=DAN) == "crisis_leader_assigns"
    staff.tell(assign("crisis_leader", "signe"), DAY, DAN)
    assert staff.holders["crisis_leader"] == "signe"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (SECRETARY, "role_may_not"),
        (actor("signe", "crisis_leader"), "not_the_role_holder"),
        (actor("dan", "strategic_leadership"), "not_the_role_holder"),
        (actor("kurt", "steering_group"), "not_the_role_holder"),
        (LOCAL, "role_may_not"),
    ],
)
def test_nobody_else_assigns(who: Actor, code: str) -> None:
    assert established().no(assign(), by=who) == code


def test_a_deputy_assigns_for_the_leader() -> None:
    deputy = actor("signe", "crisis_leader", deputy=True, on_behalf_of="asta")
    assert established().tell(assign(), DAY, deputy)


def test_the_authority_fills_its_own_roles() -> None:
    staff = established()
    assert staff.tell(assign("local_information_lead", "mona"), DAY, LOCAL)
    assert staff.no(assign("local_information_lead", "lis"), by=actor("poul", "local_leader")) == (
        "not_the_role_holder"
    )


def test_assigning_has_a_reason() -> None:
    assert established().no(assign(reason=" "), by=LEADER) == "reason_missing"


def test_a_person_in_two_crises_needs_a_reason_that_is_logged() -> None:
    staff = established(called_out(town={"nina": PersonState(holding=(("k2", "log_keeper"),))}))
    assert staff.no(assign(), by=LEADER) == "person_busy_elsewhere"
    assumed = staff.tell(assign(although_busy=True), DAY, LEADER)[0]
    assert isinstance(assumed, s.RoleAssumed)
    assert (assumed.also_in, assumed.reason) == ("k2", "Ingen andre.")


def test_a_resting_person_needs_a_reason_too() -> None:
    town = {"nina": PersonState(rest_until=DAY + hours(5))}
    staff = established(called_out(town=town))
    assert staff.no(assign(although_busy=True), by=LEADER) == "person_rests"
    assert staff.tell(assign(although_resting=True), DAY, LEADER)


def test_no_reason_makes_leader_and_log_keeper_one() -> None:
    staff = established()
    command = assign("log_keeper", "asta", although_busy=True, although_resting=True)
    assert staff.no(command, by=LEADER) == "roles_kept_apart"


# -- the end and the beginning --------------------------------------------------------------------


COMMANDS: list[Command] = [
    says("crisis_leader"),
    assign(),
    s.HandOverRole(role="log_keeper", to="ulla", note="x"),
    s.HoldStaffMeeting(number=1, attendance=("asta",), points=()),
    s.ApproveMinutes(number=1),
    s.ReceiveSituationPicture(sender="lis", received_by="asta", by="phone", headings={"a": "b"}),
    s.AddAction(text="x", owner="asta"),
    s.ChangeActionStatus(number=1, status="done"),
    s.CompleteActivationStep(step=7),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_before_the_call_out_there_is_no_staff(command: Command) -> None:
    staff = Staff()
    assert staff.no(command, by=LEADER) == "staff_not_called_out"
    staff.tell(INCIDENT)
    assert staff.no(command, by=LEADER) == "staff_not_called_out"


@pytest.mark.parametrize("command", [each for each in COMMANDS if not isinstance(each, s.ApproveMinutes)])
def test_after_stand_down_there_is_none_either(command: Command) -> None:
    staff = established()
    staff.tell(DEACTIVATED, DAY + hours(8))
    assert staff.no(command, DAY + hours(9), LEADER) == "staff_has_stood_down"


@pytest.mark.parametrize("end", [DEACTIVATED, REVERSED])
def test_at_the_end_all_are_released_and_no_deadline_is_waited_for(end: Event) -> None:
    staff = established()
    events = staff.tell(end, DAY + hours(2))
    stood_down = events[0]
    assert isinstance(stood_down, s.StaffStoodDown)
    assert len(stood_down.holders) == 6
    assert all(state.holding == () for state in staff.town.values())
    assert {e.name for e in events if isinstance(e, DeadlineCancelled)} >= {
        "round_the_clock",
        "relief_due:crisis_leader",
        "relief_overdue:crisis_leader",
    }
    assert isinstance(staff.state, StoodDown)
    assert staff.tell(end, DAY + hours(2)) == []
    assert staff.tell(INCIDENT) == []
    assert staff.tell(staff.firing("round_the_clock"), DAY + hours(24)) == []


def test_a_crisis_that_never_called_anybody_stands_nobody_down() -> None:
    staff = Staff()
    staff.tell(INCIDENT)
    assert staff.tell(REVERSED) == []


def test_reopening_calls_out_anew_and_numbers_go_on() -> None:
    staff = established()
    staff.tell(s.AddAction(text="Sandsække", owner="kasper"), DAY, LEADER)
    staff.tell(s.HoldStaffMeeting(number=1, attendance=("asta",), points=()), DAY, LEADER)
    staff.tell(DEACTIVATED, DAY + hours(8))
    events = staff.tell(REOPENED, DAY + hours(9))
    assert ("crisis_leader", "asta") in offered(events)
    assert staff.holders == {}
    staff.tell(says("crisis_leader"), DAY + hours(9), LEADER)
    [action] = staff.tell(s.AddAction(text="Pumper", owner="kasper"), DAY + hours(9), LEADER)
    assert isinstance(action, s.ActionAdded)
    assert action.number == 2
    assert staff.fire("first_meeting") == [s.StaffMeetingDue(target_minutes=45)]


def test_an_activation_heard_before_its_incident_leaves_roles_open_until_people_are_known() -> None:
    """A message may have been in quarantine; its late retry must still find people."""
    staff = Staff()
    events = staff.tell(ACTIVATED)
    assert len(of(events, s.RoleUncovered)) == 7
    events = staff.tell(INCIDENT, DAY + minutes(20))
    assert isinstance(events[0], s.StaffPoolNoted)
    assert ("crisis_leader", "asta") in offered(events)
    staff.tell(says("crisis_leader"), DAY + minutes(21), LEADER)
    assert staff.holders == {"crisis_leader": "asta"}
    assert staff.tell(INCIDENT) == []


def test_messages_of_no_concern_change_nothing() -> None:
    staff = established()
    assert staff.tell(a.ForewarningLapsed()) == []
    assert staff.needs(a.ForewarningLapsed()) == ()
    stray = staff.firing("first_meeting").model_copy(update={"name": "nothing-known"})
    assert staff.tell(stray) == []


def test_persons_are_asked_for_in_a_fixed_order() -> None:
    staff = Staff()
    staff.tell(INCIDENT)
    needed = staff.needs(ACTIVATED)
    assert needed == staff.needs(ACTIVATED)
    assert len(needed) == len(set(needed)) == 10


def test_an_event_that_does_not_fit_the_phase_leaves_the_state_alone() -> None:
    staff = Staff()
    decider = staff.decider
    kept = established().events[3]
    assert decider.evolve(decider.initial, kept) == decider.initial
