"""The catalogue: every key in both languages with the same places to fill; times and numbers as Danes write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from string import Formatter

import pytest

from ddh_beredskab.web.names import Names
from ddh_beredskab.web.words import LANGUAGES, Words, catalogue
from tests.projections.stage import ROOT

DA, EN = Words("da"), Words("en")
AT = datetime(2023, 10, 20, 12, 5, tzinfo=UTC)
_KEY = re.compile(r"""\b(?:t|n)\(\s*"([a-z_.0-9]+)"(\s*~)?""")
_NO_BREAK = "\u00a0"


def test_english_has_exactly_the_danish_keys_and_places() -> None:
    da, en = catalogue("da"), catalogue("en")
    assert set(da) == set(en)
    for key in da:
        assert places(da[key]) == places(en[key]), key


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_key_a_template_names_is_there() -> None:
    da = catalogue("da")
    folder = ROOT / "ddh_beredskab" / "web" / "templates"
    named = [match for path in folder.rglob("*.html") for match in _KEY.findall(path.read_text(encoding="utf-8"))]
    assert len(named) > 100
    for key, begins in named:
        if begins:
            assert any(known.startswith(key) for known in da), key
        else:
            assert key in da or f"{key}.other" in da, key


def test_what_an_inject_of_ours_waits_for_has_a_name() -> None:
    files = [*(ROOT / "playbooks").rglob("injects.yaml"), ROOT / "playbooks" / "exercises.yaml"]
    named = {each for path in files for each in re.findall(r"after: \{event: (\w+)", path.read_text(encoding="utf-8"))}
    assert len(named) >= 3
    assert {each for each in named if f"exercise.event.{each}" not in catalogue("da")} == set()


def test_templates_hold_no_sentences_of_their_own() -> None:
    folder = ROOT / "ddh_beredskab" / "web" / "templates"
    for path in folder.rglob("*.html"):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r'[a-z-]+="[^"]*"', " ", text)  # attributes that a macro writes
        words = re.findall(r"[A-Za-zÆØÅæøå]{2,}", text)
        assert words in ([], ["lt"]), (path.name, words)


def test_times_in_text_tables_and_across_days() -> None:
    assert DA.clock(AT) == f"kl.{_NO_BREAK}14.05"
    assert DA.hm(AT) == "14:05"
    assert DA.day_hm(AT) == "20.10. 14:05"
    assert DA.hm_beside(AT, AT - timedelta(hours=12)) == "14:05"
    assert DA.hm_beside(AT, AT - timedelta(hours=15)) == "20.10. 14:05"
    assert DA.date(AT) == "fredag den 20. oktober 2023"
    assert DA.moment(AT, AT + timedelta(hours=2)) == f"kl.{_NO_BREAK}14.05"
    assert DA.moment(AT, AT + timedelta(hours=12)) == f"fredag den 20. oktober kl.{_NO_BREAK}14.05"
    assert EN.moment(AT, AT + timedelta(hours=12)) == "Friday 20 October 14:05"


def test_the_clock_is_danish_through_daylight_saving() -> None:
    before, after = datetime(2023, 10, 29, 0, 30, tzinfo=UTC), datetime(2023, 10, 29, 1, 30, tzinfo=UTC)
    assert DA.hm(before) == DA.hm(after) == "02:30"
    assert DA.age(before, after) == "for 1 t siden"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0.5, "under 1 min"), (1, "1 min"), (59, "59 min"), (60, "1 t"), (125, "2 t 5 min"), (24 * 60 + 61, "1 d 1 t")],
)
def test_spans(minutes: float, text: str) -> None:
    assert DA.span(minutes) == text


def test_intervals_as_one_says_them() -> None:
    assert [DA.every(minutes) for minutes in (60, 180, 45)] == ["hver time", "hver 3. time", "hvert 45. minut"]


def test_ages_and_what_lies_ahead() -> None:
    assert DA.age(AT, AT + timedelta(minutes=4)) == "for 4 min siden"
    assert DA.age(AT + timedelta(minutes=25), AT) == "om 25 min"


def test_numbers_and_plurals() -> None:
    assert DA.number(1234.5) == "1.234,5"
    assert DA.n("live.new_entries", 1) == "1 ny hændelse"
    assert DA.n("live.new_entries", 3) == "3 nye hændelser"


def test_an_unknown_key_is_a_bug() -> None:
    with pytest.raises(KeyError):
        DA.t("ingen.saadan")


def test_refs_become_names_and_everything_else_is_escaped() -> None:
    names = Names({"asta-klitvang": "Asta Klitvang", "a.b": "A B"}, "Systemet")
    assert names.text("Sagt af @asta-klitvang.") == "Sagt af Asta Klitvang."
    assert names.text("@asta-klitvang, @a.b og @ukendt-ref.") == "Asta Klitvang, A B og ukendt-ref."
    assert names.text("<script>@systemet</script>") == "&lt;script&gt;Systemet&lt;/script&gt;"
    assert names.text("skriv til post@asta-klitvang") == "skriv til post@asta-klitvang"
    assert names.text("en\nto") == "en<br>to"
    assert names.person(None) == ""


def test_both_catalogues_are_in_the_package() -> None:
    for language in LANGUAGES:
        assert resources.files("ddh_beredskab.web.i18n").joinpath(language, "site.yaml").is_file()
