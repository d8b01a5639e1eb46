"""The playbooks: what lies in the checkout is whole, and every slip is told with file, line and mend."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ddh_beredskab.core
from ddh_beredskab.core.playbook import KINDS, ROLES, SEVEN_QUESTIONS, STAFF_ROLES, Limits
from ddh_beredskab.core.subscriptions import SUBSCRIPTIONS
from ddh_beredskab.core.wording import log_sentence, template_problems
from ddh_beredskab.playbooks import PlaybookError, Problem, check_playbooks, find_playbooks, load_playbooks
from schemas.activation import VoteCast
from schemas.base import Event

CHECKOUT = Path(__file__).resolve().parent.parent / "playbooks"
BOOKS = load_playbooks(CHECKOUT)

Edit = Callable[[str, str, str], list[Problem]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the playbooks to spoil."""
    for path in CHECKOUT.glob("*.yaml"):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


@pytest.fixture
def spoiled(folder: Path) -> Edit:
    """Replaces one piece of one file and says what the check finds."""

    def edit(name: str, old: str, new: str) -> list[Problem]:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return check_playbooks(folder)

    return edit


def line_of(name: str, piece: str) -> int:
    lines = (CHECKOUT / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if piece in line)


# --- what lies in the checkout ---------------------------------------------------------------


def test_the_playbooks_of_the_checkout_are_without_a_problem() -> None:
    assert check_playbooks(CHECKOUT) == []


def test_there_is_a_playbook_for_every_kind_of_crisis() -> None:
    assert set(BOOKS.kinds) == set(KINDS)


def test_every_limit_says_where_it_comes_from() -> None:
    numbers = set(Limits.model_fields) - {"date", "source", "responsible", "sources"}
    assert set(BOOKS.limits.sources) == numbers


def test_all_five_staff_roles_must_be_covered_and_the_first_three_are_the_ones_the_rules_name() -> None:
    assert BOOKS.roles.must_cover()[:3] == ("crisis_leader", "log_keeper", "communications_lead")
    assert len(BOOKS.roles.must_cover()) == 5
    assert set(BOOKS.roles.to_fill()) == set(STAFF_ROLES)


def test_crisis_leader_and_log_keeper_are_kept_apart() -> None:
    assert BOOKS.roles.kept_apart_from("crisis_leader") == {"log_keeper"}
    assert BOOKS.roles.kept_apart_from("log_keeper") == {"crisis_leader"}


def test_every_role_has_a_danish_name() -> None:
    assert all(BOOKS.roles.name(role) for role in ROLES)
    assert BOOKS.texts.words["role"]["local_information_lead"] == "lokal informationsansvarlig"


def test_the_seven_questions_are_answered_in_every_guide_template() -> None:
    for playbook in BOOKS.kinds.values():
        assert set(playbook.guide.answers) == set(SEVEN_QUESTIONS)


def test_every_kind_asks_two_questions_before_the_shift() -> None:
    assert {kind: len(playbook.control_questions) for kind, playbook in BOOKS.kinds.items()} == dict.fromkeys(KINDS, 2)


def test_the_plan_has_fourteen_steps() -> None:
    assert [step.no for step in BOOKS.steps.steps] == list(range(1, 15))


def test_every_event_the_logbook_hears_has_a_sentence_whose_fields_exist() -> None:
    heard = [message for message, concerns in SUBSCRIPTIONS.items() if "logbook" in concerns]
    for event in heard:
        if issubclass(event, Event):
            entry = BOOKS.texts.log[event.short_name()]
            assert list(template_problems(BOOKS.texts, entry.text, event)) == [], event.short_name()


def test_every_refusal_a_decider_can_give_has_a_sentence() -> None:
    package = ddh_beredskab.core
    codes: set[str] = set()
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        codes |= set(getattr(importlib.import_module(module.name), "REFUSALS", ()))
        source = Path(importlib.import_module(module.name).__file__ or "").read_text(encoding="utf-8")
        codes |= set(re.findall(r"Refused\(\s*\"([a-z_]+)\"", source))
    assert codes
    assert codes - set(BOOKS.texts.refusals) == set()


def test_there_is_one_boiling_time_with_its_date_and_source() -> None:
    playbook = BOOKS.kinds["drikkevand"]
    boiling = playbook.variables["kogetid"]
    assert boiling.value == "1 minut"
    assert boiling.source is not None
    assert boiling.date is not None
    texts = (CHECKOUT / "drikkevand.yaml").read_text(encoding="utf-8").split("\nfacts:")[0]
    said = re.findall(r"\b[12] minut", texts.replace(boiling.source, ""))
    assert said == ["1 minut"], "the number stands once, in the variable"


def test_the_numbers_of_the_drill_and_the_examples_are_fictional_or_public() -> None:
    public = {"112", "114", "1813"}
    for path in CHECKOUT.glob("*.yaml"):
        for number in re.findall(r"(?<![\d/.-])\d{2}(?: \d{2}){3}(?!\d)", path.read_text(encoding="utf-8")):
            assert number.startswith("00 00 00") or number in public, f"{path.name}: {number}"


def test_nobody_shouts() -> None:
    for path in CHECKOUT.glob("*.yaml"):
        assert "!" not in path.read_text(encoding="utf-8"), path.name


def test_a_log_sentence_is_made_from_the_event() -> None:
    said = log_sentence(BOOKS.texts, VoteCast(person="asta-holm", vote="against", grounds="For tidligt."))
    assert said is not None
    assert (said.kind, said.text) == ("decision", "@asta-holm stemmer imod. Begrundelse: For tidligt.")


def test_a_topic_is_found_by_its_key() -> None:
    playbook = BOOKS.kinds["stormflod"]
    assert all(playbook.topic(topic.key) is topic for topic in playbook.topics)
    assert playbook.topic("opfundet") is None


def test_a_playbook_is_overdue_for_review_after_a_year() -> None:
    playbook = BOOKS.kinds["stormflod"]
    reviewed = datetime.combine(playbook.last_reviewed, datetime.min.time(), UTC)
    later = reviewed.replace(year=reviewed.year + 2).date()
    assert not playbook.review_overdue_on(reviewed.date(), BOOKS.limits)
    assert playbook.review_overdue_on(later, BOOKS.limits)


# --- where they are looked for ----------------------------------------------------------------


def test_the_named_folder_comes_before_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDH_PLAYBOOKS", str(CHECKOUT))
    assert find_playbooks(folder) == folder
    assert find_playbooks(None) == CHECKOUT


def test_without_a_name_the_checkout_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DDH_PLAYBOOKS", raising=False)
    assert find_playbooks(None) == CHECKOUT


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="findes ikke"):
        load_playbooks(tmp_path / "ingen")
    assert [problem.line for problem in check_playbooks(tmp_path / "ingen")] == [0]


def test_an_empty_folder_names_every_missing_file(tmp_path: Path) -> None:
    read_elsewhere = ("rights.yaml", "exercises.yaml")
    files = [path.name for path in CHECKOUT.glob("*.yaml") if path.name not in read_elsewhere]
    assert sorted(Path(each.file).name for each in check_playbooks(tmp_path)) == sorted(files)


# --- slips of the pen -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        # YAML
        ("limits.yaml", "  rest_hours:", "\trest_hours:", "tabulatortegn"),
        ("limits.yaml", 'source: "arbejdsmiljøloven § 50"', "source: arbejdsmiljøloven: § 50", "citationstegn"),
        ("roles.yaml", '    name: "kriseleder"', "    name: @kriseleder", "citationstegn"),
        ("roles.yaml", '    name: "kriseleder"', '    name: "kriseleder', "citationstegn"),
        ("roles.yaml", "    group: staff", "   group: staff", "ndrykning"),
        ("steps.yaml", "completed_by: [incident_reported]}", "completed_by: [incident_reported}", "parentes"),
        ("opening_hours.yaml", "saturday: null", "saturday: &lukket null\n  x: *lukket", "& eller *"),
        ("opening_hours.yaml", "saturday: null", "saturday: *lukket", "& eller *"),
        ("opening_hours.yaml", "saturday: null", "saturday: !lukket null", "!"),
        ("opening_hours.yaml", "holidays_of: DK", "---\nholidays_of: DK", "---"),
        # names
        ("limits.yaml", "  rest_hours:", "  rest_hour:", 'Mente du "rest_hours"'),
        ("limits.yaml", "  rest_hours:", "  relief_done_hours: {value: 3, source: x}\n  rest_hours:", "to gange"),
        ("roles.yaml", "  crisis_leader:", "  crisis_leder:", 'Mente du "crisis_leader"'),
        ("roles.yaml", "fill_order: 1", "fil_order: 1", 'Mente du "fill_order"'),
        ("roles.yaml", "responsible:", "ansvarlig:", '"responsible" mangler'),
        ("andet.yaml", "    right: 1", "    right: 4", "Svar nummer 4 findes ikke: Der er 3 svar."),
        ("criteria.yaml", "points: 2, because", "point: 2, because", '"points" mangler'),
        # values
        ("limits.yaml", "{value: 11,", "{value: elleve,", "helt tal"),
        ("limits.yaml", "{value: 11,", "{value: true,", "helt tal"),
        ("limits.yaml", "{value: 11,", "{value: 0,", "over 0"),
        ("limits.yaml", "{value: 0.95,", "{value: 95,", "være 1."),
        ("limits.yaml", '{value: "09:00",', '{value: "9",', "klokkeslæt"),
        ("limits.yaml", "{value: 11, source:", "{value: 11, kilde:", '"source" mangler'),
        ("limits.yaml", "date: 2026-11-20", "date: i går", "dato som 2026-11-20"),
        ("limits.yaml", "date: 2026-11-20", "date: 2026", "dato som 2026-11-20"),
        ("opening_hours.yaml", 'opens: "08:00"', "opens: 8", "klokkeslæt"),
        ("opening_hours.yaml", "closed_on_half_holidays: true", "closed_on_half_holidays: måske", "true eller false"),
        ("criteria.yaml", "points: 2", "points: 5", "højst være 4"),
        ("roles.yaml", "group: staff", "group: stab", "skal være staff, authority"),
        ("roles.yaml", 'name: "kriseleder"', 'name: ""', "tom"),
        ("roles.yaml", "kept_apart:\n  - [crisis_leader, log_keeper]", "kept_apart: crisis_leader", "liste"),
        ("roles.yaml", "  - [crisis_leader, log_keeper]", "  - [crisis_leader]", "linjer"),
        ("stormflod.yaml", 'number: "00 00 00 03"', "number: 112", "Sæt citationstegn om"),
        # rules inside a file
        ("limits.yaml", "relief_due_hours: {value: 10", "relief_due_hours: {value: 13", "relief_done_hours"),
        ("criteria.yaml", "    - id: danger", "    - id: onset", "flere gange"),
        ("criteria.yaml", "id: within_6_hours", "id: now", "flere gange"),
        ("criteria.yaml", "  - outcome: decline\n", "  - outcome: decline\n    sum_at_least: 1\n", "altid passe"),
        ("roles.yaml", "fill_order: 2", "fill_order: 1", "to gange"),
        ("roles.yaml", "  - [crisis_leader, log_keeper]", "  - [log_keeper, log_keeper]", "den samme"),
        ("opening_hours.yaml", 'opens: "16:00"', 'opens: "21:00"', "efter åbningstiden"),
        ("opening_hours.yaml", "day: 5,", "day: 31,", "findes ikke"),
        ("steps.yaml", "{no: 2,", "{no: 3,", "skulle være trin 2"),
        ("stormflod.yaml", "key: evakuering, number: 2", "key: evakuering, number: 1", "Tasten 1"),
        ("stormflod.yaml", 'henvist", press: true}', 'henvist"}', "press: true"),
        ("stormflod.yaml", ", urgent: true}", "}", "urgent: true"),
        ("stormflod.yaml", "{toppunkt}.", "{toppunktet}.", 'Mente du "toppunkt"'),
        ("stormflod.yaml", "{toppunkt}.", "{toppunkt.", "parenteser"),
        ("stormflod.yaml", "Hold dig væk fra vandet.", "Hold dig væk!", "udråbstegn"),
        ("stormflod.yaml", "    next_update:", "    next_updates:", 'Mente du "next_update"'),
        ("drikkevand.yaml", ", date: 2026-11-20}", "}", "source eller date"),
        # rules between files
        ("stormflod.yaml", "kind: stormflod", "kind: pandemi", "skal være ens"),
        ("stormflod.yaml", "guide_interval_minutes: 60", "guide_interval_minutes: 5", "limits.yaml"),
        ("stormflod.yaml", "variables:\n", '  - "En linje til."\n\nvariables:\n', "højst have 5"),
        ("stormflod.yaml", 'label: "dyr"', 'label: "hunde"', 'Emnet "dyr" hedder'),
        ("steps.yaml", "[staff_meeting_held]", "[staff_meting_held]", 'Mente du "staff_meeting_held"'),
        ("steps.yaml", "owner: crisis_leader", "owner: crisis_leder", "crisis_leader"),
        ("texts.yaml", "  vote_cast:", "  vote_casted:", 'Mente du "vote_cast"'),
        ("texts.yaml", "stemmer {vote:vote}", "stemmer {votes:vote}", 'Mente du "vote"'),
        ("texts.yaml", "stemmer {vote:vote}", "stemmer {vote:stemme}", "words eller parts"),
        ("texts.yaml", "@{person} {vote:vote}[ ({grounds})]", "@{persons} {vote:vote}[ ({grounds})]", "parts: ballot"),
        ("texts.yaml", "stemmer {vote:vote}.[ ", "stemmer {vote:vote}. ", "parenteser"),
    ],
)
def test_a_slip_is_told_with_its_file_and_what_would_be_right(
    spoiled: Edit, name: str, old: str, new: str, says: str
) -> None:
    problems = spoiled(name, old, new)
    told = [problem for problem in problems if says in problem.sentence]
    assert told, [str(problem) for problem in problems]
    assert all(Path(problem.file).name.endswith(".yaml") and problem.line >= 1 for problem in told)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("limits.yaml", "{value: 11,", "{value: elleve,"),
        ("limits.yaml", "  rest_hours:", "\trest_hours:"),
        ("roles.yaml", "fill_order: 4", "fill_order: fire"),
        ("criteria.yaml", "id: critical", "id: Critical"),
        ("stormflod.yaml", "{vandstand} og at toppe", "{vandstanden} og at toppe"),
        ("texts.yaml", "efter {hours_active} timer", "efter {hours} timer"),
    ],
)
def test_the_line_is_the_one_with_the_slip(spoiled: Edit, name: str, old: str, new: str) -> None:
    line = line_of(name, old)
    assert line in [problem.line for problem in spoiled(name, old, new) if Path(problem.file).name == name]


def test_all_problems_of_all_files_come_out_together(folder: Path) -> None:
    for name, old, new in (
        ("limits.yaml", "{value: 11,", "{value: elleve,"),
        ("limits.yaml", "{value: 0.95,", "{value: 95,"),
        ("roles.yaml", "fill_order: 4", "fill_order: fire"),
        ("steps.yaml", "{no: 2,", "\t{no: 2,"),
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlaybookError) as caught:
        load_playbooks(folder)
    files = [Path(problem.file).name for problem in caught.value.problems]
    assert files == ["limits.yaml", "limits.yaml", "roles.yaml", "steps.yaml"]
    assert str(caught.value).count("\n") == 3
    assert caught.value.place == caught.value.problems[0].place


def test_one_file_can_be_checked_alone(folder: Path) -> None:
    (folder / "roles.yaml").write_text("kaos", encoding="utf-8")
    assert check_playbooks(folder / "limits.yaml") == []
    assert len(check_playbooks(folder / "roles.yaml")) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "tom"),
        (b"# kun en kommentar\n", "tom"),
        (b"- en\n- liste\n", "date, source og responsible"),
        ("date: æ".encode("latin-1"), "UTF-8"),
        (b"date: \x00\n", "usynligt tegn"),
        (b"? [a]\n: b\n", "navn"),
        (b"%x", ""),
        (b"date: *a", "& eller *"),
        (b"date: &a [*a]", ""),
        (b"\xef\xbb\xbfdate: 2026-11-20\n", '"source" mangler'),
    ],
)
def test_a_broken_file_is_never_a_traceback(folder: Path, content: bytes, says: str) -> None:
    (folder / "limits.yaml").write_bytes(content)
    problems = check_playbooks(folder)
    assert any(says in problem.sentence for problem in problems)
    assert {Path(problem.file).name for problem in problems} == {"limits.yaml"}


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "roles.yaml").unlink()
    assert [Path(problem.file).name for problem in check_playbooks(folder)] == ["roles.yaml"]


def test_a_file_nobody_reads_is_named(folder: Path) -> None:
    (folder / "stormflood.yaml").write_text("kind: stormflod\n", encoding="utf-8")
    (problem,) = check_playbooks(folder)
    assert 'Mente du "stormflod.yaml"' in problem.sentence
