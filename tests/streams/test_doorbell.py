"""Doorbells: read when they ring for one, passed by when they ring for others, found out when they are not ours."""

from __future__ import annotations

from uuid import UUID

import pytest

from ddh_beredskab.streams import doorbell


def bell(*concerns: str) -> dict[str, bytes]:
    return dict(doorbell.headers(id_=str(UUID(int=7)), type_="t", position=7, crisis="k1", concerns=concerns))


def test_a_doorbell_is_for_those_it_names() -> None:
    assert doorbell.is_for("guides", bell("guides", "logbook"))
    assert not doorbell.is_for("feedback", bell("guides", "logbook"))


def test_headers_are_known_as_a_mapping_and_as_pairs() -> None:
    assert not doorbell.is_for("feedback", list(bell("guides").items()))


@pytest.mark.parametrize(
    "given", [None, {}, {"for": None}, {"for": "guides"}, {"for": b"guides,nonsense"}, {"for": b"\xff"}, bell()]
)
def test_what_names_no_concern_of_ours_is_read_by_all(given: dict[str, bytes] | None) -> None:
    assert doorbell.is_for("feedback", given)
