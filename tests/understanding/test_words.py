"""Words: stems without stop words, new words against the crisis's own background, the same question in other words."""

from __future__ import annotations

from ddh_beredskab.understanding.emerging import emerging, emerging_by_topic
from ddh_beredskab.understanding.questions import Asked, understood
from ddh_beredskab.understanding.similar import Question, alike, groups
from ddh_beredskab.understanding.stems import stem, stems, usual_forms
from tests.core.books import BOOKS

STOP = BOOKS.understanding.stop_words.all()
SHARE = BOOKS.limits.similar_words_share


def q(text: str) -> Question:
    return Question(text, stems(text, STOP))


def test_forms_of_a_word_are_one_and_small_words_none() -> None:
    assert stem("sirenen") == stem("sirener") == stem("Sirenens")
    assert stems("Hvor længe skal sirenen lyde?", STOP) == {stem("længe"), stem("sirenen"), stem("lyde")}
    assert stems("Hvad gør vi nu?", STOP) == frozenset()


def test_what_was_struck_out_leaves_no_word() -> None:
    assert stems("Ring til [telefonnummer fjernet] om [CPR-nummer fjernet]", STOP) == {stem("ring")}


def test_a_stem_is_shown_as_most_people_say_it() -> None:
    texts = ["Linket virker ikke", "linket er dødt", "Hvilket link?"]
    assert usual_forms(texts, [stem("link")], STOP) == {stem("link"): "linket"}


def test_a_word_is_new_when_it_is_used_far_more_than_before_in_the_crisis() -> None:
    before = [stems("Hvornår kommer strømmen i Klitby?", STOP)] * 30 + [stems("Er vejen spærret?", STOP)] * 30
    now = [stems("Iltapparatet er uden strøm", STOP)] * 8 + [stems("Hvornår kommer strømmen?", STOP)] * 4
    found = emerging(now, before[:30], before, at_least=5, false_alarms=0.05)
    assert [(word.stem, word.now, word.before) for word in found] == [(stem("iltapparatet"), 8, 0)]


def test_too_few_make_no_new_word_and_the_first_hour_has_nothing_to_compare_with() -> None:
    before = [stems("Hvornår kommer strømmen?", STOP)] * 30
    now = [stems("Iltapparatet er uden strøm", STOP)] * 4
    assert emerging(now, before, before, at_least=5, false_alarms=0.05) == []
    assert emerging(now * 3, [], [], at_least=5, false_alarms=0.05) == []
    assert emerging([], before, before, at_least=5, false_alarms=0.05) == []


def test_what_everybody_has_said_all_along_is_not_new_in_a_new_topic() -> None:
    said = stems("Kommunen kan ikke svare os om strøm", STOP)
    before = {"stroem": [said] * 60}
    now = {"dyr": [said] * 10}
    assert emerging_by_topic(now, before, topics=now, at_least=5, false_alarms=0.05) == {}


def test_what_an_agent_adds_about_the_caller_does_not_part_a_question_from_its_like() -> None:
    asked = [
        "Linket i beskeden virker ikke.",
        "Linket i beskeden virker ikke. Spurgte tre gange om det samme.",
        "Ældre dame: Linket i beskeden virker ikke på min gamle telefon.",
        "Hvor længe skal sirenen lyde?",
        "Far til tre: Hvor længe skal sirenen lyde?",
        "Må jeg tage hunden med i hallen?",
    ]
    found = groups([q(text) for text in asked], SHARE)
    assert [(group.count, group.text) for group in found] == [
        (3, "Linket i beskeden virker ikke."),
        (2, "Hvor længe skal sirenen lyde?"),
        (1, "Må jeg tage hunden med i hallen?"),
    ]


def test_a_detail_only_one_citizen_gave_does_not_stand_for_all() -> None:
    asked = ["Min mand på 87 i Havnegade har iltapparat uden strøm"] + ["Iltapparat uden strøm hos min mand"] * 4
    assert groups([q(text) for text in asked], SHARE)[0].text == "Iltapparat uden strøm hos min mand"


def test_two_words_in_common_are_not_enough_for_short_questions() -> None:
    assert not alike(frozenset({"a", "b"}), frozenset({"a", "b", "c", "d"}), SHARE)
    assert alike(frozenset({"a", "b"}), frozenset({"a", "b"}), SHARE)
    assert alike(frozenset({"a", "b", "c"}), frozenset({"a", "b", "d"}), SHARE)


def test_every_question_with_words_is_in_exactly_one_group() -> None:
    asked = [q(f"spørgsmål om {a} og {b} ved {c}") for a in ("vand", "strøm", "vej") for b in ("hund", "kat")
             for c in ("hallen", "havnen", "skolen")]  # fmt: skip
    assert sum(group.count for group in groups([*asked, q("og det?")], SHARE)) == len(asked)


def test_the_unanswered_are_told_apart_from_the_rest() -> None:
    now = [Asked("varsling", True, "Hvor længe skal sirenen lyde?")] * 9 + [
        Asked("varsling", False, "Virker linket?")
    ] * 3
    limits = BOOKS.limits
    found = understood(
        now,
        [Asked("varsling", False, "Kommer der en besked på telefonen?")] * 40,
        stop_words=STOP,
        share=SHARE,
        at_least=limits.emerging_word_questions,
        false_alarms=limits.trend_false_alarm_share,
    )
    assert [group.count for group in found.same["varsling"]] == [9, 3]
    assert [group.text for group in found.unanswered["varsling"]] == ["Hvor længe skal sirenen lyde?"]
    assert "sirenen" in [form for form, _ in found.words["varsling"]]
