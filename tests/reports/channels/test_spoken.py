"""Spoken Danish: what a caller hears is the same whoever, or whatever, reads it."""

from __future__ import annotations

import pytest

from ddh_beredskab.reports.channels.spoken import number, seconds, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ring 112.", "Ring et et to."),
        ("Ring til 00 12 34 56.", "Ring til nul nul, tolv, fireogtredive, seksoghalvtreds."),
        ("Ring til +45 70101155", "Ring til halvfjerds, ti, elleve, femoghalvtreds."),
        ("Ring 1813 om natten.", "Ring atten tretten om natten."),
        ("Vi opdaterer kl. 14.00.", "Vi opdaterer klokken fjorten."),
        ("Vandet topper kl. 3:05", "Vandet topper klokken tre nul fem."),
        ("Åbent kl. 8.00-20.30.", "Åbent klokken otte til tyve tredive."),
        ("Det lukker klokken 1.", "Det lukker klokken et."),
        ("Vandet står 240 cm over normalen.", "Vandet står to hundrede og fyrre centimeter over normalen."),
        ("Kog vandet i 1 minut, ikke 2,5.", "Kog vandet i et minut, ikke to komma fem."),
        ("Fredag den 20. oktober 2023.", "Fredag den tyvende oktober tyve treogtyve."),
        ("3. juni åbner hallen.", "tredje juni åbner hallen."),
        ("Den 31. maj", "Den enogtredivte maj."),
        ("Ca. 1.234 husstande", "cirka et tusind to hundrede og fireogtredive husstande."),
        ("Hold 10-15 m afstand.", "Hold ti til femten meter afstand."),
        ("Læs på https://strandby.example/storm-nu.", "Læs på strandby punktum example skråstreg storm bindestreg nu."),
        ("**Bliv inde**\n- luk døre\n- luk vinduer", "Bliv inde. luk døre. luk vinduer."),
        ("Hold 80 % af dørene lukket.", "Hold firs procent af dørene lukket."),
    ],
)
def test_it_is_written_as_it_is_said(written: str, said: str) -> None:
    assert spoken(written) == said


def test_every_number_is_words_alone() -> None:
    assert not any(each.isdigit() for value in range(10_000) for each in number(value))


def test_numbers_are_danish() -> None:
    assert [number(n) for n in (0, 21, 50, 99, 100, 112, 1000, 2005, 21_500)] == [
        "nul", "enogtyve", "halvtreds", "nioghalvfems", "et hundrede", "et hundrede og tolv", "et tusind",
        "to tusind og fem", "enogtyve tusind fem hundrede",
    ]  # fmt: skip
    assert number(1_000_000) == "et nul nul nul nul nul nul"


def test_no_digit_is_left_to_chance() -> None:
    text = spoken("Den 3. juni 2026 kl. 12.15 var der 5.600 opkald, 0,4 % flere, på 12345678, 007 og 1813.")
    assert not any(each.isdigit() for each in text), text


def test_seconds_are_words_at_the_pace_of_the_data() -> None:
    assert seconds("et to tre fire", 120) == 2
    assert seconds("", 120) == 0
    assert seconds(spoken("Ring 00 12 34 56"), 60) == 8, "fireogtredive takes longer than ti"
