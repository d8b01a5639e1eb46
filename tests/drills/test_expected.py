"""Expected actions: done, late, missed or still open, after an inject and where the recorded person acted."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from ddh_beredskab.drills.injects import Held, Verdict
from ddh_beredskab.drills.plan import Expected, Inject
from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.drills.scoring.expected import expected_in
from ddh_beredskab.drills.scoring.reading import Reading
from ddh_beredskab.drills.scoring.scores import done_in_time
from schemas.base import Actor, CommandRefused
from schemas.crisis_staff import RoleAssumed
from schemas.drill_evaluation import ExpectedAction
from schemas.guides import ConfirmGuide, GuideConfirmed
from tests.drills.timelines import Story, at, targets

CONFIRMED = GuideConfirmed(version=1, confirmed_by="tobias-havrimmel")
CONFIRM = ConfirmGuide(version=1)


def inject(
    verdict: Verdict | None = None, evidence: tuple[int, ...] = (), *, done_by: tuple[str, ...] = ("guide_confirmed",)
) -> Held:
    expect = Expected(text="Guiden er bekræftet", owner="local_information_lead", within_minutes=10, done_by=done_by)
    made = Inject(key="rygte", title="Rygte", text="...", to=("local_information_lead",), expect=expect)
    by = "evaluator-1" if verdict else ""
    return Held(made, "delivered", at(0), at(0), False, verdict, evidence, by, "")


def crisis_of(number: int) -> str:
    return f"strandby-{number}"


def after(held: Held, story: Story, now: float, *, ended: bool = False) -> ExpectedAction:
    (found,) = expected_in(
        [story.told(now, ended=ended)], [held], (), targets(), crisis_of=crisis_of, now=at(now), ended=ended
    )  # fmt: skip
    return found


@pytest.mark.parametrize(("minute", "outcome"), [(10, "done"), (11, "late")])
def test_done_or_late_with_the_entry_that_shows_it(minute: float, outcome: str) -> None:
    story = Story()
    number = story.did(minute, CONFIRMED, "local_information_lead")
    found = after(inject(), story, 30)
    assert (found.outcome, found.entries, found.done_at) == (outcome, (number,), at(minute))


def test_only_the_owner_of_the_role_counts_or_somebody_who_types_for_him() -> None:
    story = Story()
    story.wrote(2)
    story.did(5, CONFIRMED, "communications_lead")
    found = after(inject(), story, 30)
    assert (found.outcome, found.entries, found.looked_at) == ("missed", (), (1, 2))
    story.did(6, RoleAssumed(role="local_information_lead", person="tobias-havrimmel", deputy=False))
    _typed_for(story, 8)
    assert after(inject(), story, 30).outcome == "done"


def _typed_for(story: Story, minute: float) -> None:
    story.did(minute, CONFIRMED, "secretariat")
    row = story.rows[-2]
    by = row.actor.model_copy(update={"on_behalf_of": "tobias-havrimmel"})
    story.rows[-2] = replace(row, actor=by)


def test_a_line_counts_only_when_somebody_wrote_it() -> None:
    """The log tells of everything a role does, in lines that carry the role's name."""
    expect = Expected(text="Det står i loggen", owner="log_keeper", within_minutes=10, done_by=("log_entry_recorded",))
    made = Inject(key="rygte", title="Rygte", text="...", to=("log_keeper",), expect=expect)
    held = Held(made, "delivered", at(0), at(0), False, None, (), "", "")
    story = Story()
    story.did(2, RoleAssumed(role="log_keeper", person="en-person", deputy=False), "log_keeper")
    assert after(held, story, 5).outcome == "open"
    number = story.wrote(6)
    assert (after(held, story, 9).outcome, after(held, story, 9).entries) == ("done", (number,))


def test_it_is_open_while_there_is_time_and_missed_when_the_drill_is_over() -> None:
    story = Story()
    assert after(inject(), story, 9).outcome == "open"
    assert after(inject(), story, 11).outcome == "missed"
    assert after(inject(), story, 9, ended=True).outcome == "missed"


def test_without_events_an_evaluator_says_it_and_points_at_the_log() -> None:
    story = Story()
    number = story.wrote(5)
    assert after(inject(done_by=()), story, 60, ended=True).outcome == "open"
    found = after(inject("done", (number,), done_by=()), story, 60)
    assert (found.outcome, found.entries, found.judged_by) == ("done", (number,), "evaluator-1")
    assert after(inject("done", (), done_by=()), story, 60).outcome == "open", "nothing is done without an entry"


def withheld(minute: float, index: int = 0) -> RecordedInput:
    actor = Actor(person="tobias-havrimmel", role="local_information_lead")
    return RecordedInput(index, _id(index), at(minute), 1, "strandby-1", "command", actor, CONFIRM)


def _id(index: int) -> UUID:
    return UUID(int=index + 1)


def recorded(given: list[RecordedInput], story: Story, now: float, *, ended: bool = False) -> list[ExpectedAction]:
    return expected_in(
        [story.told(now, ended=ended)], (), given, targets(), crisis_of=crisis_of, now=at(now), ended=ended
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minute", "outcome"), [(50, "done"), (75, "done"), (76, "late"), (90, "late"), (91, "missed")]
)
def test_what_the_recorded_person_did_is_met_by_the_participant(minute: float, outcome: str) -> None:
    story = Story()
    command = story.asked(minute, CONFIRM, "local_information_lead", "tobias-havrimmel")
    number = story.did(minute, CONFIRMED, "local_information_lead", caused=command)
    (found,) = recorded([withheld(60)], story, 120)
    assert found.outcome == outcome
    assert found.entries == (() if outcome == "missed" else (number,))


def test_one_doing_answers_one_recorded_doing() -> None:
    story = Story()
    command = story.asked(62, CONFIRM, "local_information_lead", "tobias-havrimmel")
    story.did(62, CONFIRMED, "local_information_lead", caused=command)
    assert [each.outcome for each in recorded([withheld(60), withheld(64, 1)], story, 120)] == ["done", "missed"]


def test_a_refused_command_has_done_nothing_and_what_lies_ahead_is_not_asked() -> None:
    story = Story()
    command = story.asked(60, CONFIRM, "local_information_lead", "tobias-havrimmel")
    refused = CommandRefused(concern="guides", command_id=command, command_type=CONFIRM.type_name(), code="x", facts={})
    story.did(60, refused, "local_information_lead", caused=command)
    (found,) = recorded([withheld(60), withheld(300, 1)], story, 120)
    assert found.outcome == "missed"


def test_the_score_of_them_has_the_stretches_looked_through_behind_it() -> None:
    story = Story()
    story.wrote(1)
    missed = after(inject(), story, 30)
    found = done_in_time([missed])
    assert found == Reading(0, (1,), hit=0, of=1)
    assert done_in_time([]) == "did_not_happen"
    assert done_in_time([after(inject(), Story(), 5)]) == "not_due"


def test_of_two_crises_only_its_own_shows_that_something_was_done() -> None:
    one, two = Story(), Story(crisis="strandby-2")
    one.did(5, CONFIRMED, "local_information_lead")
    two.wrote(4)
    about_two = replace(inject(), inject=inject().inject.model_copy(update={"crisis": 2}))

    def found() -> ExpectedAction:
        told = [one.told(30, ended=False), two.told(30, ended=False)]
        (made,) = expected_in(told, [about_two], (), targets(), crisis_of=crisis_of, now=at(30), ended=False)
        return made

    assert (found().outcome, found().crisis_id, found().looked_at) == ("missed", "strandby-2", (1, 1))
    number = two.did(6, CONFIRMED, "local_information_lead")
    assert (found().outcome, found().entries, number) == ("done", (2,), 2)


def test_where_a_crisis_has_not_begun_nothing_of_another_is_counted_for_it() -> None:
    stories = [Story(), Story(crisis="strandby-3")]
    for story in stories:
        story.did(5, CONFIRMED, "local_information_lead")
    told = [story.told(30, ended=False) for story in stories]
    about_two = replace(inject(), inject=inject().inject.model_copy(update={"crisis": 2}))
    (found,) = expected_in(told, [about_two], (), targets(), crisis_of=crisis_of, now=at(30), ended=False)
    assert (found.outcome, found.crisis_id, found.looked_at) == ("missed", "strandby-2", None)
