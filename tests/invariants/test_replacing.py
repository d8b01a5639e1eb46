"""Somebody is put in a holder's place by the crisis leader: that is no doubled role."""

from __future__ import annotations

from ddh_beredskab.invariants import Since
from ddh_beredskab.invariants.doubles import check_lines
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import Line

ROLE = "log_keeper"


def line(position: int, kind: str, **data: object) -> Line:
    stream = f"person-{data['person']}" if kind.startswith("person_") else "crisis_staff-k1"
    return Line(position, "", "", kind, "k1", stream, position, "c", {"role": ROLE, **data}, ())


def told(*lines: Line) -> list[str]:
    found = Findings()
    check_lines(lines, Since(), found)
    return [each.what for each in found.report().breaches]


ASTA = (line(1, "role_assumed", person="asta"), line(2, "person_taken", person="asta", crisis_id="k1"))
BO = (line(3, "role_assumed", person="bo"), line(5, "person_taken", person="bo", crisis_id="k1"))


def test_a_holder_who_is_released_is_replaced() -> None:
    assert told(*ASTA, BO[0], line(4, "person_released", person="asta", crisis_id="k1"), BO[1]) == []


def test_a_holder_who_is_not_released_is_still_one() -> None:
    assert told(*ASTA, *BO) == ["Rollen log_keeper har både asta og bo."]
