"""Checklist: which of the fourteen steps are done, when, by whom, and which are late."""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.core.playbook import Steps
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections.checklist import CHECKLIST, StepDone, steps_done
from ddh_beredskab.projections.documents import document
from schemas.base import Message
from schemas.crisis_staff import ActivationStepCompleted, StaffEstablished
from tests.core.strandby import CRISIS_LEADER, activated
from tests.projections.stage import ROOT, Stage
from tests.projections.telling import CRISIS, T0, folded, told
from tests.projections.test_situation import reported

STEPS: Steps = load_playbooks(ROOT / "playbooks").steps
ESTABLISHED = StaffEstablished(holders={}, minutes=50)


def steps_at(minute: float, *messages: tuple[float, Message]) -> dict[int, StepDone]:
    rows = [told(message, at, position=i + 1, actor=CRISIS_LEADER) for i, (at, message) in enumerate(messages)]
    doc = folded(CHECKLIST, rows).get(CRISIS)
    return {line.step.no: line for line in steps_done(doc, STEPS.steps, T0 + timedelta(minutes=minute))}


def test_before_anything_has_happened_no_step_has_begun() -> None:
    assert {line.status for line in steps_at(0).values()} == {"not_started"}


def test_an_event_shows_its_step_done_with_time_and_person() -> None:
    first = steps_at(1, (0, reported()))[1]
    assert (first.status, first.by, first.manual) == ("done", "asta-klitvang", False)
    assert first.done_at == T0


def test_an_open_step_is_overdue_once_its_target_has_passed() -> None:
    story = ((0, reported()), (10, activated()))
    assert steps_at(54, *story)[3].status == "open"
    assert steps_at(55, *story)[3].status == "open"
    assert steps_at(56, *story)[3].status == "overdue"
    assert steps_at(500, *story)[14].status == "open", "no target, never overdue"


def test_done_after_the_target_says_so() -> None:
    assert steps_at(90, (0, reported()), (10, activated()), (60, ESTABLISHED))[3].status == "done_late"


def test_the_first_time_counts_by_hand_or_by_event() -> None:
    tick = ActivationStepCompleted(step=7, note="Prøvet af med et opkald")
    again = ActivationStepCompleted(step=7, note="En gang til")
    line = steps_at(90, (0, reported()), (10, activated()), (20, tick), (30, again))[7]
    assert (line.status, line.manual, line.note) == ("done", True, "Prøvet af med et opkald")
    assert line.done_at == T0 + timedelta(minutes=20)


def test_all_fourteen_are_done_at_the_end_of_the_surge(surge: Stage) -> None:
    doc = surge.read(lambda conn: document(conn, CHECKLIST, surge.crisis))
    lines = steps_done(doc, STEPS.steps, surge.now)
    assert [line.step.no for line in lines] == list(range(1, 15))
    assert {line.status for line in lines} <= {"done", "done_late"}
