"""Plain Danish: what a call agent could not read aloud at once, and what a guide says in two ways."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.guide_template import guide_content
from ddh_beredskab.core.plain_danish import Advice, advice, lix, sentences, values_in
from ddh_beredskab.core.playbook import KINDS
from schemas.activation import CrisisKind
from schemas.guides import GuideContent
from tests.core.books import BOOKS

RULES = BOOKS.plain_danish
PLAIN = (
    "Vandet stiger ved havnen. Gå op på første sal, og tag varmt tøj med. Tag også din medicin med. "
    "Bor du i Havnegade, så kør til hallen nu. Vi ringer til dig, hvis du ikke selv kan komme af sted."
)
HEAVY = (
    "Såfremt de pågældende ejendomme befinder sig inden for afspærringszonen, iværksætter beredskabsmyndighederne "
    "evakueringsforanstaltninger samt afspærring i henhold til kommunens gældende beredskabsplanlægning, "
    "hvorefter borgerne anvises midlertidige indkvarteringsmuligheder i hallen."
)


def kinds(found: list[Advice]) -> list[str]:
    return [each.kind for each in found]


def about(text: str, in_force: str | None = None) -> list[Advice]:
    return advice(RULES, {"answers.latest": text}, {"answers.latest": in_force} if in_force is not None else None)


class TestReadable:
    def test_plain_sentences_get_no_advice(self) -> None:
        assert about(PLAIN) == []

    def test_a_heavy_text_is_told_its_lix_its_long_sentence_and_each_word_of_office(self) -> None:
        found = about(HEAVY)
        assert kinds(found)[:2] == ["lix", "long_sentence"]
        assert int(found[0].facts["lix"]) > 55
        assert found[1].facts == {"words": "27", "begins": "Såfremt de pågældende ejendomme befinder ..."}
        jargon = {each.facts["word"]: each.facts["instead"] for each in found if each.kind == "jargon"}
        assert jargon["Såfremt"] == "hvis"
        assert {"pågældende", "iværksætter", "i henhold til", "afspærringszonen"} <= set(jargon)

    def test_a_short_text_has_no_lix(self) -> None:
        assert lix(RULES, "Ring 112.") is None
        assert lix(RULES, PLAIN) == 13

    def test_a_full_stop_in_a_short_word_a_time_or_a_date_ends_no_sentence(self) -> None:
        assert sentences(RULES, "Kom kl. 14.30 den 3. maj, f.eks. med bus. Tag vand med!") == [
            "Kom kl. 14.30 den 3. maj, f.eks. med bus",
            "Tag vand med",
        ]
        assert sentences(RULES, "Tag med:\n- vand\n- tøj") == ["Tag med", "- vand", "- tøj"]

    def test_short_names_of_offices_are_found_only_as_they_are_written(self) -> None:
        assert kinds(about("LBS har besluttet det.")) == ["jargon"]
        assert kinds(about("Der er albs i åen.")) == []

    def test_english_is_not_measured_as_danish(self) -> None:
        assert advice(RULES, {"english": HEAVY}) == []


class TestLinks:
    def test_a_link_that_is_not_https_is_told(self) -> None:
        (found,) = about("Se kortet på http://strandby.example/kort.")
        assert found == Advice("link_not_https", "answers.latest", {"link": "http://strandby.example/kort"})

    @pytest.mark.parametrize(
        "link",
        ["www.strandby.example", "https//strandby.example", "htps://strandby.example", "https://strandby",
         "[Se kortet]()", "[kort](https://strandby .example)", "[kort](javascript:alert(1))"],
    )  # fmt: skip
    def test_a_link_that_leads_nowhere_is_told(self, link: str) -> None:
        assert kinds(about(f"Slå adressen op: {link}")) == ["link_broken"]

    def test_a_whole_link_is_fine_also_in_markdown_and_at_the_end_of_a_sentence(self) -> None:
        assert about("Se https://strandby.example/kort?a=1. Læs [mere](https://strandby.example).") == []
        assert about("Skriv til [os](mailto:post@strandby.example), eller [ring](tel:+4512345678).") == []


class TestOneThingTwoValues:
    def test_boil_for_one_minute_and_for_two(self) -> None:
        texts = {"answers.citizens_do": "Lad vandet koge i 1 minut.", "by_topic.kogning": "Kog det i 2 minutter."}
        (found,) = advice(RULES, texts)
        assert found.kind == "two_values"
        assert found.facts == {
            "thing": "Hvor længe vandet skal koge",
            "one": "1",
            "other": "2",
            "other_field": "by_topic.kogning",
        }

    def test_the_same_time_in_other_words_is_one_value(self) -> None:
        texts = {"a": "Lad vandet koge i 1 minut.", "english": "Keep it boiling (1 minut)."}
        assert advice(RULES, texts) == []

    def test_two_numbers_for_one_office(self) -> None:
        texts = {"transfer": "Borgerservice, 00 12 34 56, hele døgnet", "a": "Ring til Borgerservice på 00 12 34 57."}
        (found,) = advice(RULES, texts)
        assert (found.kind, found.facts["one"], found.facts["other"]) == ("two_values", "00 12 34 56", "00 12 34 57")

    def test_numbers_of_two_offices_do_not_contradict_each_other(self) -> None:
        assert about("Ring til Borgerservice på 00 12 34 56 og til vandværket på 00 12 34 57.") == []

    def test_two_times_for_the_next_update(self) -> None:
        texts = {"answers.next_update": "Næste opdatering er kl. 14.", "a": "Guiden opdateres igen kl. 15.00."}
        (found,) = advice(RULES, texts)
        assert (found.kind, found.facts["one"], found.facts["other"]) == ("two_values", "14.00", "15.00")

    def test_hours_from_and_to_are_one_value(self) -> None:
        assert about("Hallen har åbent kl. 8-20. Hallen har åbent kl. 8.00-20.00.") == []

    def test_a_value_other_than_that_of_the_version_in_force_is_told(self) -> None:
        (found,) = about("Lad vandet koge i 2 minutter.", "Lad vandet koge i 1 minut.")
        assert found.kind == "changed_value"
        assert (found.facts["before"], found.facts["now"]) == ("1", "2")

    def test_a_value_nobody_gave_before_contradicts_nothing(self) -> None:
        assert about("Lad vandet koge i 2 minutter.", "Vandet er rent.") == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_playbooks_own_sentences_hold_together(kind: CrisisKind) -> None:
    """Jargon and long sentences are the authors' to weigh; two values for one thing would be a fault of ours."""
    playbook = BOOKS.kinds[kind]
    values = {name: variable.example or "svar" for name, variable in playbook.variables.items()}
    content = guide_content(BOOKS.texts, playbook, playbook.defaults() | values)
    assert [each for each in advice(RULES, flat(content)) if each.kind not in ("jargon", "lix", "long_sentence")] == []


def flat(content: GuideContent) -> dict[str, str]:
    texts = {**content.answers, **content.by_topic, "english": content.english}
    return texts | {"transfer": "\n".join(content.transfer), "scope": "\n".join(content.does_not_answer)}


def test_values_are_found_with_what_they_are_about() -> None:
    found = values_in(RULES, {"a": "Vandstanden topper med 240 cm kl. 3.15. Ring til vagten på 0012 3456."})
    assert [(each.thing, each.value) for each in found] == [
        ("toppunkt", "240"),
        ("time:cm", "3.15"),
        ("phone:vagten", "00 12 34 56"),
    ]
