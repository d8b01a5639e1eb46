"""Doorbells: read when they ring for one, passed by when they ring for others, found out when they are not ours."""

from __future__ import annotations

from uuid import UUID

import pytest

from ddh_beredskab.core.subscriptions import CONCERNS
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
def test_what_names_no_concern_of_ours_is_read_by_one_agent(given: dict[str, bytes] | None) -> None:
    assert [each for each in CONCERNS if doorbell.is_for(each, given) and each.encode() not in _named(given)] == [
        CONCERNS[0]
    ]


def _named(given: dict[str, bytes] | None) -> list[bytes]:
    names = (given or {}).get("for")
    return names.split(b",") if isinstance(names, bytes) else []


def test_a_bell_that_is_heard_by_nobody_else_is_heard_by_the_one_it_names() -> None:
    assert doorbell.is_for("guides", {"for": b"guides,nonsense"})


@pytest.mark.parametrize(
    "headers",
    [
        {"position": b"9223372036854775808"},
        {"position": b"0"},
        {"position": b"9" * 5_000},
        {"crisis": b""},
        {"crisis": b"a\x00b"},
        {"crisis": b"x" * 201},
        {"id": b"\xff"},
    ],
)
def test_what_no_database_can_be_asked_for_is_no_doorbell(headers: dict[str, bytes]) -> None:
    with pytest.raises(doorbell.NotADoorbell):
        doorbell.read(bell("guides") | headers)


def test_headers_of_others_beside_ours_do_not_matter() -> None:
    assert doorbell.read(bell("guides") | {"traceparent": b"\xff\xfe"}).position == 7
