"""The fast way to canonical JSON gives what the standard's own library gives, or leaves the value to it."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_is_written_as_the_standard_says(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.0, "b": [1e21, 0.1, -0.0]},
        {"\ue000": 1, "\U0001f600": 2},
        {"navn": "Bølgen når Æbelø \x7f\x1f\u2028", "tom": None},
        {"n": 9007199254740991},
        ["null", {"ø": True, "a": False}],
    ],
)
def test_the_corners_where_encoders_differ(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("value", [{"n": float("nan")}, {"n": 2**53}, {"n": 2**70}, ["\ud800"]])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own, whose words are not ours
        canonical(value)
