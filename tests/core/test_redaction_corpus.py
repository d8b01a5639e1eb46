"""The promise in figures: every one of 10,000 CPR numbers is struck out, and hardly any number that is none."""

from __future__ import annotations

import random

import pytest
from stdnum.dk import cpr as stdnum_cpr  # pyright: ignore[reportMissingTypeStubs]

from ddh_beredskab.core.redaction import (
    ADDRESS_STRUCK,
    CPR_STRUCK,
    MAIL_STRUCK,
    PHONE_STRUCK,
    strike_and_list,
    strike_cpr,
    strike_feedback,
)
from tests.core import personal_data

COUNT = 10_000


def test_ten_thousand_cpr_numbers_are_all_struck_out_however_they_are_written_and_without_modulus_11() -> None:
    lots, without_checksum, forms = random.Random(968), 0, set[str]()
    for _ in range(COUNT):
        number = personal_data.cpr(lots)
        frame = lots.choice(personal_data.FRAMES)
        without_checksum += stdnum_cpr.checksum(number.digits) != 0
        forms.add("".join("9" if each.isdigit() else each for each in number.written))
        assert strike_cpr(frame.format(number.written)) == (frame.format(CPR_STRUCK), 1), number.written
        assert strike_feedback(frame.format(number.written)) == (frame.format(CPR_STRUCK), 1), number.written
    print(f"CPR-numre: {COUNT} af {COUNT} fjernet, {len(forms)} skrivemåder, {without_checksum} uden gyldig modulus 11")  # noqa: T201
    assert without_checksum > 8_000
    assert len(forms) > 200


@pytest.mark.parametrize("kind", personal_data.MUST_STAY)
def test_at_most_one_in_a_hundred_of_other_numbers_is_taken_for_a_cpr_number(kind: str) -> None:
    lots, wrong = random.Random(1953), list[str]()
    for _ in range(COUNT):
        written = personal_data.MUST_STAY[kind](lots)
        if strike_cpr(personal_data.framed(lots, written))[1]:
            wrong.append(written)
    print(f"{kind}: {len(wrong)} af {COUNT} taget for et CPR-nummer ({len(wrong) / COUNT:.2%}), fx {wrong[:3]}")  # noqa: T201
    assert len(wrong) <= COUNT // 100


def test_a_short_date_with_a_bare_clock_is_struck_out_since_it_may_be_a_cpr_number() -> None:
    lots = random.Random(1405)
    assert all(strike_cpr(personal_data.date_and_bare_clock(lots))[1] for _ in range(100))


@pytest.mark.parametrize(
    ("kind", "make", "instead"),
    [
        ("phone", personal_data.phone, PHONE_STRUCK),
        ("mail", personal_data.mail, MAIL_STRUCK),
        ("address", personal_data.address, ADDRESS_STRUCK),
    ],
)
def test_contact_details_are_all_struck_out_and_told_by_kind(kind: str, make: object, instead: str) -> None:
    assert callable(make)
    lots = random.Random(112)
    for _ in range(2_000):
        written = str(make(lots))
        text, struck = strike_and_list(f"Ring, {written}; tak")
        assert (text, [(each.kind, each.was) for each in struck]) == (f"Ring, {instead}; tak", [(kind, written)])
