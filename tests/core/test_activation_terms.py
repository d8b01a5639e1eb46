"""What a decision named and the crisis leader may change while it runs: the service target and the channels."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.activation.states import Active, Closed
from schemas import activation as a
from schemas.base import Actor, Command
from tests.core.cast import BO, DAY, FIE, LEADER, LOCAL, SECRETARY, STRATEGIC, TERMS, hours, minutes, propose, vote
from tests.core.test_activation_deciding import provisional
from tests.core.test_activation_running import CLOSE, DEPUTY, REOPEN, active, closed, holder, stepping_down

TARGET = a.SetServiceTarget(target=" 80 % inden for 2 minutter ", grounds="Ventetiden stiger.")
CHANNELS = a.ChangeChannels(channels=("contact_centre", "sms", "sms"), grounds="Sms'er aflaster telefonen.")


@pytest.mark.parametrize("who", [LEADER, DEPUTY, STRATEGIC])
def test_the_crisis_gets_a_service_target_of_its_own(who: Actor) -> None:
    told = active()
    assert told.do(TARGET, at=DAY, by=who) == [
        a.ServiceTargetSet(target="80 % inden for 2 minutter", previous=None, grounds="Ventetiden stiger.")
    ]
    refused = told.refused(TARGET, by=who)
    assert (refused.code, refused.facts) == ("service_target_unchanged", {"target": "80 % inden for 2 minutter"})
    [again] = told.do(TARGET.model_copy(update={"target": "90 %"}), at=DAY, by=who)
    assert isinstance(again, a.ServiceTargetSet)
    assert again.previous == "80 % inden for 2 minutter"


@pytest.mark.parametrize("who", [LEADER, DEPUTY, STRATEGIC])
def test_the_channels_are_named_as_they_are_to_be_each_once(who: Actor) -> None:
    told = active()
    assert told.do(CHANNELS, at=DAY, by=who) == [
        a.ChannelsChanged(
            channels=("contact_centre", "sms"), previous=("contact_centre",), grounds="Sms'er aflaster telefonen."
        )
    ]
    other_order = CHANNELS.model_copy(update={"channels": ("sms", "contact_centre")})
    assert told.refused(other_order, by=who).code == "channels_unchanged"


def test_both_stay_with_the_terms_also_when_the_crisis_is_reopened() -> None:
    told = stepping_down()
    told.do(TARGET, at=DAY + hours(9), by=LEADER)
    told.do(CHANNELS, at=DAY + hours(9), by=LEADER)
    told.do(CLOSE, at=DAY + hours(10), by=LEADER)
    assert isinstance(told.state, Closed)
    [reopened, *_] = told.do(REOPEN, at=DAY + hours(11), by=STRATEGIC)
    assert isinstance(reopened, a.CrisisReopened)
    assert (reopened.terms.service_target, reopened.terms.channels) == (
        "80 % inden for 2 minutter",
        ("contact_centre", "sms"),
    )


def test_a_provisional_activation_has_terms_to_change_and_a_reversal_voted_down_keeps_them() -> None:
    told = provisional()
    told.do(holder("crisis_leader", "asta"))
    told.do(TARGET, at=DAY + minutes(20), by=LEADER)
    told.do(propose("decline"), at=DAY + minutes(30), by=BO)
    for who in (BO, FIE, BO.model_copy(update={"person": "dan"})):
        told.do(vote("against"), at=DAY + minutes(31), by=who)
    assert isinstance(told.state, Active)
    assert told.state.running.terms == TERMS.model_copy(update={"service_target": "80 % inden for 2 minutter"})


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (TARGET.model_copy(update={"target": "  "}), "service_target_missing"),
        (TARGET.model_copy(update={"grounds": " "}), "grounds_missing"),
        (CHANNELS.model_copy(update={"channels": ()}), "channels_missing"),
        (CHANNELS.model_copy(update={"grounds": ""}), "grounds_missing"),
    ],
)
def test_a_change_says_what_and_why(command: Command, code: str) -> None:
    assert active().refused(command, by=LEADER).code == code


@pytest.mark.parametrize("command", [TARGET, CHANNELS])
def test_others_do_not_change_the_terms_and_nobody_does_when_it_is_over(command: Command) -> None:
    for who in (BO, SECRETARY, LOCAL):
        assert active().refused(command, by=who).code == "role_may_not"
    assert closed().refused(command, by=LEADER).code == "crisis_is_closed"
