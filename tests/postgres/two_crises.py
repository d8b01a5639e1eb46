"""Two crises that want the same person: calls for help, the provisional activations, and then both offers are out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.doors import accept
from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.journal.clock_row import set_clock
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import Journal, StoredMessage, read_stream
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import Actor, Command, Event
from schemas.logbook import LogEntryRecorded
from tests.chaos.stage import whole

ROLE = "process_lead"


def _input(kind: type[Command]) -> RecordedInput:
    return next(each for each in whole().inputs if isinstance(each.payload, kind))


def wanted(number: int) -> str:
    """Whom both crises of that round ask first for the role."""
    report = _input(a.ReportIncident).payload
    assert isinstance(report, a.ReportIncident)
    asked = [each for each in report.directory.candidates if each.role == ROLE and each.position == "holder"]
    return f"{min(asked, key=lambda each: each.order).person}-{number}"


def call_for_help(conn: Conn, journal: Journal, crises: Sequence[str], number: int) -> None:
    """Both go the surge's way to the provisional activation; the staff of each round are people of their own."""
    given = _input(a.GiveProvisionalActivation)
    set_clock(conn, "fast", given.at)
    for each in whole().inputs[: given.index + 1]:
        for crisis in crises:
            match each.payload:
                case a.ReportIncident() as report:
                    accept(conn, journal, _with_people_of(report, number), crisis, each.actor, time=each.at)
                case Command() as command if "log" not in command.short_name():
                    accept(conn, journal, command, crisis, each.actor, time=each.at)
                case _:
                    pass


def _with_people_of(report: a.ReportIncident, number: int) -> a.ReportIncident:
    data = report.model_dump(mode="json")
    for each in data["directory"]["candidates"]:
        each["person"] = f"{each['person']}-{number}"
    return a.ReportIncident.model_validate_json(json.dumps(data))


def say_yes(conn: Conn, journal: Journal, crisis: str, number: int) -> None:
    """The wanted person says yes to this crisis."""
    person = wanted(number)
    answer = s.AnswerRoleOffer(role=ROLE, answer="coming")
    accept(conn, journal, answer, crisis, Actor(person=person, role=ROLE), time=_input(a.GiveProvisionalActivation).at)


def facts(conn: Conn, crisis: str) -> list[Event]:
    """What the crisis staff's stream of that crisis says."""
    return [_event(each) for each in read_stream(conn, own_stream("crisis_staff", crisis))]


def log_lines(conn: Conn, crisis: str) -> list[str]:
    """The texts of its log."""
    events = (_event(each) for each in read_stream(conn, own_stream("logbook", crisis)))
    return [each.text for each in events if isinstance(each, LogEntryRecorded)]


def must_have_gone_to_one(conn: Conn, crises: Sequence[str], number: int) -> str:
    """One crisis has the person; the other has asked the next one, because he is busy elsewhere; both logs say so."""
    person = wanted(number)
    has = [
        crisis
        for crisis in crises
        if any(isinstance(each, s.RoleAssumed) and each.person == person for each in facts(conn, crisis))
    ]
    assert len(has) == 1, f"{person} works in {has}"
    (other,) = set(crises) - set(has)
    passed = [each for each in facts(conn, other) if isinstance(each, s.RoleEscalated) and each.person == person]
    assert [(each.because, each.other_crisis) for each in passed] == [("busy_elsewhere", has[0])]
    assert any(each.role == ROLE and each.person == passed[0].next_person for each in _offers(conn, other))
    taken = [_event(each) for each in read_stream(conn, f"person-{person}")]
    assert taken == [s.PersonTaken(person=person, crisis_id=has[0], role=ROLE)]
    assert any(f"@{person}" in line for line in log_lines(conn, has[0])), "the log of the one that has him"
    assert any(f"@{person}" in line and "optaget" in line for line in log_lines(conn, other)), "the other's log"
    return has[0]


def _offers(conn: Conn, crisis: str) -> list[s.RoleOffered]:
    return [each for each in facts(conn, crisis) if isinstance(each, s.RoleOffered)]


def _event(each: StoredMessage) -> Event:
    assert isinstance(each.message, Event)
    return each.message
