"""Casting: participants stand where the recorded people stood, and what those did is left to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ddh_beredskab.drills.casting import cast_recording, parts, withheld
from ddh_beredskab.drills.plan import Plan
from ddh_beredskab.drills.recording_model import OnShift, Recording
from schemas import activation as a
from schemas import logbook as log
from schemas.base import Command
from schemas.feedback import FeedbackItem
from tests.chaos.stage import whole

CAST = {"asta-klitvang": "deltager-a", "henrik-brisager": "deltager-h"}


def plan_of(recording: Recording, **more: object) -> Plan:
    given: dict[str, object] = {
        "title": "Årets øvelse",
        "template": "crisis_management",
        "recording": recording.name,
        "recording_sha256": recording.sha256,
        "leader": "rikke-klitroe",
        "cast": CAST,
    }
    return Plan.model_validate(given | more)


def test_a_participant_stands_everywhere_the_recorded_person_stood() -> None:
    made = cast_recording(whole(), plan_of(whole())).recording
    told = [made.directory.model_dump_json()]
    told += [f"{each.actor.model_dump_json()} {each.payload}" for each in made.inputs]
    for person, participant in CAST.items():
        assert not any(f"'{person}'" in line or f'"{person}"' in line or f"@{person}" in line for line in told)
        assert any(participant in line for line in told)
    reported = next(each.payload for each in made.inputs if isinstance(each.payload, a.ReportIncident))
    assert reported.directory == made.directory
    assert "asta-klitvang" not in made.people


def test_ids_indices_and_times_stay_and_a_plan_without_a_cast_changes_nothing() -> None:
    made = cast_recording(whole(), plan_of(whole()))
    key = [(each.index, each.id, each.at, each.kind) for each in whole().inputs]
    assert [(each.index, each.id, each.at, each.kind) for each in made.recording.inputs] == key
    nobody = cast_recording(whole(), plan_of(whole(), cast={}))
    assert nobody.recording.inputs == whole().inputs
    assert (nobody.withheld, nobody.skipped) == ((), frozenset())


def test_what_cast_persons_did_is_withheld_from_where_the_participants_take_over_and_up_to_the_end() -> None:
    by_asta = [each for each in whole().inputs if each.actor.person == "asta-klitvang"]
    begin, end = by_asta[2].at, by_asta[-2].at
    cast = {"asta-klitvang": "deltager-a"}
    found = withheld(whole(), plan_of(whole(), cast=cast, starts_at=begin, ends_at=end))
    assert [each.id for each in found] == [each.id for each in by_asta if begin <= each.at <= end]
    assert {each.actor.person for each in found} == {"deltager-a"}
    assert [each.actor.role for each in found] == [each.actor.role for each in by_asta if begin <= each.at <= end]
    skipped = cast_recording(whole(), plan_of(whole(), cast=cast, starts_at=begin, ends_at=end)).skipped
    assert skipped == {each.index for each in by_asta if each.at >= begin}


def test_what_is_entered_for_a_participant_by_somebody_of_the_recording_is_played() -> None:
    for_birgit = [each for each in whole().inputs if each.actor.on_behalf_of == "birgit-vesterklit"]
    made = cast_recording(whole(), plan_of(whole(), cast={"birgit-vesterklit": "deltager-b"}))
    given = {each.index: each for each in made.recording.inputs}
    assert for_birgit
    assert all(given[each.index].actor.on_behalf_of == "deltager-b" for each in for_birgit)
    assert not made.skipped & {each.index for each in for_birgit}


def test_call_agents_who_take_part_are_taken_out_of_what_is_played_for_several() -> None:
    first = next(each for each in whole().inputs if isinstance(each.payload, OnShift))
    assert isinstance(first.payload, OnShift)
    agent, *others = first.payload.agents
    made = cast_recording(whole(), plan_of(whole(), cast={agent: "deltager-agent"}))
    played = made.recording.inputs[first.index].payload
    assert isinstance(played, OnShift)
    assert played.agents == tuple(others)
    left = next(each.payload for each in made.withheld if each.index == first.index)
    assert isinstance(left, OnShift)
    assert left.agents == ("deltager-agent",)
    assert first.index not in made.skipped
    asked = [e for e in whole().inputs if isinstance(e.payload, FeedbackItem) and e.payload.agent == agent]
    assert {each.index for each in asked} <= made.skipped
    assert made.recording.agents["deltager-agent"] == whole().agents[agent]
    later = plan_of(whole(), cast={agent: "deltager-agent"}, starts_at=first.at + timedelta(seconds=1))
    before = cast_recording(whole(), later).recording.inputs[first.index].payload
    assert isinstance(before, OnShift)
    assert before.agents == ("deltager-agent", *others), "before the participants take over all is played"


def test_one_who_plays_two_parts_stands_once_in_the_directory() -> None:
    cast = {"asta-klitvang": "deltager", "ulla-rimsoe": "deltager", "henrik-brisager": "deltager"}
    directory = cast_recording(whole(), plan_of(whole(), cast=cast)).recording.directory
    leaders = [each.person for each in directory.candidates if each.role == "crisis_leader"]
    assert leaders == ["deltager", "signe-havtorn"]
    assert sum(each.person == "deltager" for each in directory.steering_group) == 1


def test_a_participant_is_as_trained_as_the_register_says_and_the_others_as_recorded() -> None:
    recorded = {(each.person, each.role): each.trained for each in whole().directory.candidates}
    assert recorded["asta-klitvang", "crisis_leader"], "else this shows nothing"
    for cast, who in (
        ({"asta-klitvang": "deltager"}, "deltager"),
        ({"asta-klitvang": "asta-klitvang"}, "asta-klitvang"),
    ):
        for known in ((), ((who, "crisis_leader"),)):
            made = cast_recording(whole(), plan_of(whole(), cast=cast, trained=known)).recording
            reported = next(each.payload for each in made.inputs if isinstance(each.payload, a.ReportIncident))
            for directory in (made.directory, reported.directory):
                found = {(each.person, each.role): each.trained for each in directory.candidates}
                assert found.pop((who, "crisis_leader")) is bool(known)
                assert found == {key: trained for key, trained in recorded.items() if key in found}


def test_a_participant_has_the_roles_of_the_parts() -> None:
    found = parts(whole(), plan_of(whole(), cast={**CAST, "birgit-vesterklit": "deltager-b"}))
    told = {(each.participant, each.role, each.municipality, each.position) for each in found}
    assert ("deltager-a", "crisis_leader", "9002", "holder") in told
    assert ("deltager-h", "steering_group", "9002", "holder") in told
    assert ("deltager-h", "strategic_leadership", "9002", "holder") in told
    assert ("deltager-b", "local_leader", "9001", "holder") in told
    assert not {each.role for each in found if each.participant == "deltager-a"} & {"steering_group"}


def test_mentions_in_texts_name_the_participant() -> None:
    spoken = next(each for each in whole().inputs if isinstance(each.payload, log.WriteLogEntry))
    assert isinstance(spoken.payload, Command)
    payload = spoken.payload.model_copy(update={"to": "@asta-klitvang", "text": "Spørg @asta-klitvang. Tak."})
    recording = replace(whole(), inputs=(replace(spoken, payload=payload),))
    given = cast_recording(recording, plan_of(recording)).recording.inputs[0].payload
    assert isinstance(given, log.WriteLogEntry)
    assert (given.to, given.text) == ("@deltager-a", "Spørg @deltager-a. Tak.")
