"""Segments of a text message, counted as telephones do."""

from __future__ import annotations

import pytest

from ddh_beredskab.reports.channels.sms import length, made_plain


def test_danish_letters_cost_no_more_than_others() -> None:
    found = length("Æblegrød på åen: ØÅæøå")
    assert (found.alphabet, found.places, found.segments, found.dear) == ("gsm-7", 22, 1, ())


@pytest.mark.parametrize(
    ("text", "alphabet", "segments", "left"),
    [
        ("", "gsm-7", 0, 160),
        ("a" * 160, "gsm-7", 1, 0),
        ("a" * 161, "gsm-7", 2, 145),
        ("a" * 306, "gsm-7", 2, 0),
        ("a" * 307, "gsm-7", 3, 152),
        ("€" * 80, "gsm-7", 1, 0),
        ("a" * 152 + "€" + "a" * 10, "gsm-7", 2, 141),  # the euro is not cut in two: it moves
        ("š" * 70, "ucs-2", 1, 0),
        ("š" * 71, "ucs-2", 2, 63),
        ("a" * 66 + "🌊" + "a" * 10, "ucs-2", 2, 55),
    ],
)
def test_segments_and_what_is_left(text: str, alphabet: str, segments: int, left: int) -> None:
    found = length(text)
    assert (found.alphabet, found.segments, found.left) == (alphabet, segments, left)


def test_the_characters_that_make_it_dear_are_named_once() -> None:
    assert length("Ring – nu – š").dear == ("–", "š")


def test_what_word_processors_put_in_is_made_plain() -> None:
    assert made_plain("Bliv inde – “nu”…\u00a0 Ring\n\n•  112") == 'Bliv inde - "nu"... Ring\n- 112'
    assert length(made_plain("Bliv inde – “nu”…")).alphabet == "gsm-7"
