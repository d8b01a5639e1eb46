"""What changed, word by word: the new text is there to the letter, and what went is there too."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddh_beredskab.web.word_diff import Piece, field_changes, word_diff

TEXTS = st.text(alphabet="ab \n.", max_size=60)


def test_two_values_for_one_thing_stand_side_by_side() -> None:
    assert word_diff("Kog vandet i 1 minut.", "Kog vandet i 2 minutter.") == (
        Piece("same", "Kog vandet i "),
        Piece("gone", "1 minut."),
        Piece("new", "2 minutter."),
    )


@given(TEXTS, TEXTS)
def test_the_new_text_is_whole_and_no_word_that_went_is_missing(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "gone") == after
    old = "".join(piece.text if piece.change != "new" else " " for piece in pieces)
    assert sorted(old.split()) == sorted(before.split())
    assert all(piece.text for piece in pieces)


@given(TEXTS)
def test_nothing_has_changed_in_the_same_text(text: str) -> None:
    assert all(piece.change == "same" for piece in word_diff(text, text))


def test_a_long_text_is_compared_by_lines() -> None:
    before = "\n".join(f"linje {n} med nogle ord" for n in range(600))
    after = before.replace("linje 300 med", "linje 300 uden")
    assert [p.text for p in word_diff(before, after) if p.change != "same"] == [
        "linje 300 med nogle ord\n",
        "linje 300 uden nogle ord\n",
    ]


def test_fields_come_and_go_and_a_first_version_calls_nothing_new() -> None:
    changes = field_changes({"a": "1", "b": "2"}, {"b": "3", "c": "4"}, ["c", "b", "a"])
    assert [(each.key, each.change) for each in changes] == [("c", "new"), ("b", "changed"), ("a", "gone")]
    assert [each.change for each in field_changes(None, {"a": "1"})] == ["same"]
