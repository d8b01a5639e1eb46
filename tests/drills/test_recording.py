"""Reading recordings: the surge keeps what it promises, and every mistake is told with file and line."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from ddh_beredskab.drills.recording import (
    BrokenRecording,
    Recording,
    UnknownDrill,
    known_recordings,
    load_recording,
)
from ddh_beredskab.drills.recording_model import OffShift, OnShift, Seen
from schemas.activation import CastVote, ReportIncident
from schemas.base import CrisisId, Model
from schemas.feedback import FeedbackItem
from tools.make_questions import SENTENCES, maker

DRILLS = Path(__file__).resolve().parents[2] / "playbooks" / "drills"
SURGE = DRILLS / "stormflod-2023"
SIREN = datetime.fromisoformat("2023-10-21T00:06:00+02:00")


@pytest.fixture(scope="module")
def surge() -> Recording:
    return load_recording("stormflod-2023", [DRILLS])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SURGE, tmp_path / "stormflod-2023"))


def _questions(recording: Recording) -> list[FeedbackItem]:
    return [each.payload for each in recording.inputs if isinstance(each.payload, FeedbackItem)]


# -- the surge keeps what it promises -------------------------------------------------------------


def test_inputs_stand_in_the_order_they_came(surge: Recording) -> None:
    times = [each.at for each in surge.inputs]
    assert times == sorted(times)
    assert [each.index for each in surge.inputs] == list(range(len(surge.inputs)))


def test_the_crisis_begins_with_a_phone_call_entered_by_the_one_who_took_it(surge: Recording) -> None:
    first = surge.inputs[0]
    assert isinstance(first.payload, ReportIncident)
    assert first.payload.entry == "phone"
    assert first.actor.role == "steering_group"
    assert first.actor.on_behalf_of == first.payload.asked_by != first.payload.entered_by


def test_the_authority_is_fictional(surge: Recording) -> None:
    assert surge.authority.fictional
    assert all(each.code.startswith("9") for each in surge.municipalities)


def test_the_recording_holds_at_least_1450_questions_in_1600_registrations(surge: Recording) -> None:
    questions = _questions(surge)
    assert len(questions) >= 1_600
    assert len({each.id for each in questions}) >= 1_450
    assert all(each.text.strip() for each in questions)


def test_some_questions_come_late_and_some_twice(surge: Recording) -> None:
    asked = [each for each in surge.inputs if isinstance(each.payload, FeedbackItem)]
    late = [each for each in asked if isinstance(each.payload, FeedbackItem) and each.at > each.payload.time]
    twice = [count for count in Counter(each.id for each in _questions(surge)).values() if count > 1]
    assert len(late) >= 100
    assert len(twice) >= 60


def test_questions_name_the_guide_version_in_force_and_an_agent_on_shift(surge: Recording) -> None:
    on_shift: set[str] = set()
    for each in surge.inputs:
        match each.payload:
            case OnShift() as shift:
                on_shift |= set(shift.agents)
            case OffShift() as shift:
                on_shift -= set(shift.agents)
            case Seen() as seen:
                assert set(seen.agents) <= on_shift, each.place
            case FeedbackItem() as item if item.time == each.at:
                assert item.agent in on_shift, each.place
            case _:
                pass
    versions = [each.guide_version for each in _questions(surge) if each.time > SIREN + timedelta(minutes=20)]
    assert None not in versions
    assert max(version for version in versions if version is not None) >= 12


def test_three_urgent_transfers_on_one_topic_fall_within_ten_minutes(surge: Recording) -> None:
    urgent = sorted(
        each.time
        for each in _questions(surge)
        if each.resolution == "urgent_transfer" and each.topic == "medicinsk-udstyr"
    )
    assert any(third - first < timedelta(minutes=10) for first, third in zip(urgent, urgent[2:], strict=False))


def test_the_demo_reaches_the_siren_in_three_minutes_and_the_end_in_fifteen(surge: Recording) -> None:
    """At 60x, stretches without an input over ten drill minutes are skipped and count as one minute here."""
    times = [each.at for each in surge.inputs]
    minutes = [(later - earlier) / timedelta(minutes=1) for earlier, later in pairwise(times)]
    played = [each if each <= 10 else 1.0 for each in minutes]
    before = sum(length for length, at in zip(played, times[1:], strict=True) if at <= SIREN)
    assert before <= 150
    assert sum(played) <= 800


def test_nobody_on_the_phones_works_more_than_twelve_hours(surge: Recording) -> None:
    since: dict[str, datetime] = {}
    for each in surge.inputs:
        match each.payload:
            case OnShift() as shift:
                since |= dict.fromkeys(shift.agents, each.at)
            case OffShift() as shift:
                for agent in shift.agents:
                    assert each.at - since.pop(agent) <= timedelta(hours=12), (agent, each.place)
            case _:
                pass
    assert not since


def test_every_time_has_a_source_or_is_marked_as_chosen(surge: Recording) -> None:
    sources = {each.id for each in surge.sources}
    people = [each for each in surge.inputs if each.kind != "feedback"]
    assert all(each.chosen or each.source in sources for each in people)
    assert any(not each.chosen for each in people)
    assert {each.source for each in people if each.source} == sources


@pytest.mark.parametrize("name", sorted(each.stem for each in SENTENCES.glob("*.yaml")))
def test_the_committed_questions_are_what_the_generator_makes(name: str) -> None:
    """The seeded generator and the file in the checkout belong together."""
    with (DRILLS / name / "questions.csv").open(encoding="utf-8", newline="") as file:
        kept = [tuple(row) for row in csv.reader(file)]
    assert kept[1:] == maker(name).rows()


# -- ids ------------------------------------------------------------------------------------------


def test_ids_follow_from_the_recordings_content(surge: Recording, copy: Path) -> None:
    again = load_recording(copy)
    assert again.sha256 == surge.sha256
    assert [each.id for each in again.inputs] == [each.id for each in surge.inputs]
    namespace = UUID(bytes=bytes.fromhex(surge.sha256)[:16])
    assert surge.inputs[7].id == surge.input_id(7) == uuid5(namespace, "7")
    assert len({each.id for each in surge.inputs}) == len(surge.inputs)


def test_the_crisis_id_is_readable_and_fits_the_schema(surge: Recording) -> None:
    class Holder(Model):
        id: CrisisId

    crisis = surge.crisis_id(1)
    assert Holder(id=crisis).id == crisis
    assert crisis.startswith("stormflod-2023-")
    assert crisis != surge.crisis_id(2)
    assert {each.crisis_id for each in surge.inputs} == {crisis}


def test_comments_and_line_endings_do_not_change_the_recording(surge: Recording, copy: Path) -> None:
    path = copy / "recording.yaml"
    path.write_bytes(b"# en kommentar\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_recording(copy).sha256 == surge.sha256


def test_another_word_makes_another_recording(surge: Recording, copy: Path) -> None:
    _replace(copy, "Hellere en dag for længe.", "Hellere en time for længe.")
    assert load_recording(copy).sha256 != surge.sha256


# -- mistakes ---------------------------------------------------------------------------------------


def _replace(folder: Path, old: str, new: str, file: str = "recording.yaml") -> int:
    """Put a mistake in; returns its line."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def _told(folder: Path, **known: list[str]) -> list[str]:
    with pytest.raises(BrokenRecording) as caught:
        load_recording(folder, **known)  # type: ignore[arg-type]
    assert caught.value.code == "broken_recording"
    return str(caught.value).splitlines()


def test_an_unknown_drill_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownDrill) as caught:
        load_recording("stormfold", [DRILLS])
    assert "stormflod-2023" in str(caught.value)
    with pytest.raises(UnknownDrill):
        load_recording("noget", [tmp_path])


def test_recordings_are_found_by_name_and_by_folder(surge: Recording) -> None:
    assert known_recordings([DRILLS])["stormflod-2023"] == SURGE
    assert load_recording(SURGE).sha256 == surge.sha256
    assert load_recording(SURGE / "recording.yaml").sha256 == surge.sha256


def test_an_unknown_command_is_told_with_its_line_and_the_nearest_name(copy: Path) -> None:
    line = _replace(copy, "do: propose_decision", "do: propose_desicion")
    assert _told(copy) == [
        f'stormflod-2023/recording.yaml:{line}: Indspillet "propose_desicion" kendes ikke. Mente du "propose_decision"?'
    ]


def test_an_unknown_person_is_told(copy: Path) -> None:
    line = _replace(copy, "asta: {person: asta-klitvang", "asta: {person: asta-klitvangs")
    (told,) = [each for each in _told(copy) if "asta-klitvangs" in each]
    assert told.startswith(f"stormflod-2023/recording.yaml:{line}:")
    assert 'Mente du "asta-klitvang"?' in told


def test_times_out_of_order_are_told(copy: Path) -> None:
    line = _replace(copy, "at: 2023-10-20T16:52+02:00", "at: 2023-10-20T16:22+02:00")
    (told,) = _told(copy)
    assert told.startswith(f"stormflod-2023/recording.yaml:{line}:")
    assert "tidsorden" in told


def test_a_time_without_offset_is_told(copy: Path) -> None:
    line = _replace(copy, "at: 2023-10-20T16:52+02:00", "at: 2023-10-20T16:52")
    (told,) = _told(copy)
    assert f":{line}:" in told
    assert "2023-10-21T00:06+02:00" in told


def test_command_data_that_does_not_fit_is_told_at_its_own_line(copy: Path) -> None:
    line = _replace(copy, "      outcome: warn", "      outcome: varsel")
    assert _told(copy) == [
        f'stormflod-2023/recording.yaml:{line}: "outcome" kan ikke være "varsel". Vælg en af: activate, warn, decline.'
    ]


def test_a_missing_and_an_unknown_field_are_both_told(copy: Path) -> None:
    line = _replace(copy, '      step: "Halv bemanding', '      stepp: "Halv bemanding')
    told = _told(copy)
    assert f'stormflod-2023/recording.yaml:{line}: "stepp" kendes ikke her. Mente du "step"?' in told
    assert any('"step" mangler.' in each for each in told)


def test_a_time_with_neither_source_nor_chosen_is_told(copy: Path) -> None:
    _replace(copy, "    source: hesnaes-1645\n", "")
    (told,) = _told(copy)
    assert "chosen: true" in told


def test_an_agent_who_is_not_on_shift_cannot_have_seen_the_guide(copy: Path) -> None:
    _replace(copy, "with: {version: 0, count: 18}", "with: {version: 0, agents: [agent-084]}")
    assert any('"agent-084" er ikke på vagt' in each for each in _told(copy))


def test_a_real_authority_is_refused(copy: Path) -> None:
    _replace(copy, "  fictional: true", "  fictional: false")
    assert any("virkelig myndighed" in each for each in _told(copy))


def test_yaml_that_cannot_be_read_is_told_with_its_line(copy: Path) -> None:
    line = _replace(copy, 'title: "Stormflod', 'title: ["Stormflod')
    (told,) = _told(copy)
    assert told.startswith("stormflod-2023/recording.yaml:")
    assert line <= int(told.split(":")[1]) <= line + 2


def test_a_key_that_stands_twice_is_told(copy: Path) -> None:
    line = _replace(copy, "kind: stormflod\n", "kind: stormflod\nkind: pandemi\n")
    (told,) = _told(copy)
    assert told.startswith(f"stormflod-2023/recording.yaml:{line + 1}:")


def test_a_newer_format_is_told(copy: Path) -> None:
    _replace(copy, "format: 1\n", "format: 2\n")
    (told,) = _told(copy)
    assert '"format" skal være 1' in told


def test_a_crisis_is_a_number_and_each_has_one_end(copy: Path) -> None:
    _replace(copy, "    do: report_incident", "    crisis: første\n    do: report_incident")
    _replace(copy, "ends: [deactivated]", "ends: [deactivated, sluttet]")
    told = _told(copy)
    assert len(told) == 3
    assert '"crisis" kan ikke være "første". Skriv et tal.' in told[2]
    assert '"ends" kan ikke være "sluttet". Vælg en af: reported, warned' in told[0]
    assert '"ends" har 2 afslutninger. Der skal være én for hver krise, i rækkefølge: 1.' in told[1]


def test_a_question_about_a_crisis_that_is_not_there_is_told(copy: Path) -> None:
    path = copy / "questions.csv"
    head, first, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{head},crisis", f"{first},2", *(f"{line}," for line in rest)]), encoding="utf-8")
    assert _told(copy) == ["stormflod-2023/questions.csv:2: Spørgsmålet hører til krise 2, men øvelsen har kun 1."]


def test_a_missing_file_is_told(copy: Path) -> None:
    (copy / "questions.csv").unlink()
    (told,) = _told(copy)
    assert told == "stormflod-2023/questions.csv:1: Filen questions.csv mangler i øvelsens mappe."


def test_mistakes_in_the_questions_are_told_with_their_lines(copy: Path) -> None:
    path = copy / "questions.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("2023-10-19T08:46:10+02:00", "i morges", 1)
    lines[2] = lines[2].replace(",partly,", ",måske,", 1).replace(",yes,", ",måske,", 1)
    lines[3] += ",for meget"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = _told(copy)
    assert [each.split(": ")[0] for each in told] == [f"stormflod-2023/questions.csv:{line}" for line in (2, 3, 4)]
    assert '"registered_at" kan ikke være "i morges".' in told[0]
    assert '"answered" kan ikke være "måske".' in told[1]


def test_one_id_with_two_contents_is_told(copy: Path) -> None:
    path = copy / "questions.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = "q0001" + lines[2][5:]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (told,) = _told(copy)
    assert told.startswith("stormflod-2023/questions.csv:3:")
    assert "linje 2" in told


def test_a_topic_the_playbook_does_not_have_is_told(copy: Path) -> None:
    topics = sorted({each.topic for each in _questions(load_recording(copy))})
    assert load_recording(copy, topics=topics)
    told = _told(copy, topics=[each for each in topics if each != "dyr"])
    assert len(told) > 10
    assert all('Emnet "dyr" findes ikke' in each for each in told)


def test_all_mistakes_of_both_files_come_at_once(copy: Path) -> None:
    _replace(copy, "do: propose_decision", "do: propose_desicion")
    _replace(copy, "at: 2023-10-20T16:52+02:00", "at: 2023-10-20T16:22+02:00")
    _replace(copy, "q0001,", ",", file="questions.csv")
    assert len(_told(copy)) == 3


@pytest.mark.parametrize("seed", range(40))
def test_no_slip_of_the_pen_ends_in_a_traceback(seed: int, tmp_path: Path) -> None:
    """A line lost, cut, moved, indented, or a value replaced: the recording loads or says what is wrong, no more."""
    chance = random.Random(seed)
    text = (SURGE / "recording.yaml").read_text(encoding="utf-8")
    lines = text[: text.index("  - at: 2023-10-19T17:05")].splitlines()
    values = ["[]", "{}", "5", "true", "null", "hej", "[1, 2]", "{a: 1}", "-3", "1e400", "*x", ".nan", "0x1F"]
    for _ in range(2):
        place = chance.randrange(len(lines))
        match chance.choice(["lose", "cut", "indent", "move", "replace"]):
            case "lose":
                del lines[place]
            case "cut":
                lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
            case "indent":
                lines[place] = "  " + lines[place]
            case "move":
                lines.insert(chance.randrange(len(lines)), lines.pop(place))
            case _:
                lines[place] = re.sub(r": .*$", ": " + chance.choice(values), lines[place])
    folder = tmp_path / "stormflod-2023"
    folder.mkdir()
    (folder / "recording.yaml").write_text("\n".join(lines), encoding="utf-8")
    header = (SURGE / "questions.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "questions.csv").write_text(header + "\n", encoding="utf-8")
    told = ""
    try:
        load_recording(folder)
    except BrokenRecording as error:
        told = str(error)
    assert all(re.match(r"^stormflod-2023/[a-z.]+:\d+: .+", line) for line in told.splitlines())


def test_a_barred_vote_is_marked_as_meant_to_be_refused(surge: Recording) -> None:
    marked = [each for each in surge.inputs if each.expect_refused]
    assert {each.expect_refused for each in marked} == {"own_municipality_may_not_vote"}
    assert all(isinstance(each.payload, CastVote) for each in marked)
