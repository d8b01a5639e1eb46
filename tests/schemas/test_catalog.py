"""Messages are found by type name; old ones are lifted, newer ones stop the worker, unknown ones are poison."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.base import Command, Event, Message, TimerFired
from schemas.catalog import CATALOG, NewerVersion, UnknownType, Unreadable, commands, events, parse
from schemas.guides import ConfirmGuide
from schemas.upcasters import NoStep, lift


def test_every_message_is_a_command_an_event_or_a_fired_timer() -> None:
    assert {*commands(), *events(), TimerFired} == set(CATALOG.values())
    assert all(issubclass(cls, Message) for cls in CATALOG.values())
    assert not any(issubclass(cls, Command) and issubclass(cls, Event) for cls in CATALOG.values())


def test_type_names_say_what_and_which_version() -> None:
    assert ConfirmGuide.type_name() == "dk.ddh.beredskab.confirm_guide.v1"
    assert parse(ConfirmGuide.type_name(), {"version": 3}) == ConfirmGuide(version=3)


def test_a_newer_version_is_told_apart_from_poison() -> None:
    with pytest.raises(NewerVersion):
        parse("dk.ddh.beredskab.confirm_guide.v2", {"version": 3})


@pytest.mark.parametrize("name", ["confirm_guide", "dk.ddh.beredskab.no_such.v1", "dk.ddh.beredskab.confirm_guide.v0"])
def test_what_we_do_not_know_is_unknown(name: str) -> None:
    with pytest.raises(UnknownType):
        parse(name, {})


def test_unknown_fields_are_refused_with_their_place() -> None:
    with pytest.raises(Unreadable, match="surplus"):
        parse(ConfirmGuide.type_name(), {"version": 3, "surplus": 1})


def test_old_data_is_lifted_by_one_small_step_after_another() -> None:
    def named(data: dict[str, Any]) -> dict[str, Any]:
        return {"version": data["number"]}

    def by(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "by": "ukendt"}

    steps = {("guide_checked", 1): named, ("guide_checked", 2): by}
    assert lift("guide_checked", 1, 3, {"number": 4}, steps) == {"version": 4, "by": "ukendt"}
    assert lift("guide_checked", 2, 3, {"version": 4}, steps) == {"version": 4, "by": "ukendt"}
    assert lift("guide_checked", 3, 3, {"version": 4}, steps) == {"version": 4}


def test_a_missing_step_is_no_silent_pass() -> None:
    with pytest.raises(NoStep):
        lift("guide_checked", 1, 3, {}, {("guide_checked", 2): lambda data: data})
