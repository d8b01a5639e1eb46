"""Paper: one page while it can be read, and nobody left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddh_beredskab.people.phone_list import Line, PhoneList
from ddh_beredskab.reports import phone_list as paper
from ddh_beredskab.reports.typesetting import pages
from ddh_beredskab.web.words import Words
from schemas.base import Role

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
SAY = Words("da").t


def _line(number: int, role: Role = "steering_group") -> Line:
    name, town = f"Prøve Person{number}", "Fjordbakke Kommune (opdigtet)"
    return Line(f"p{number}", name, town, role, "holder", f"00 00 00 {number:02d}", "", "")


def _list(municipalities: int) -> PhoneList:
    contacts = tuple(
        (f"By {number} (opdigtet)", (_line(number, "local_leader"), _line(number + 1, "local_leader")))
        for number in range(municipalities)
    )
    members = tuple(_line(number) for number in range(7))
    return PhoneList(members, (_line(8, "project_leader"),), (_line(9, "secretariat"),), contacts, True)


def _made(listed: PhoneList) -> bytes:
    return paper.phone_list_pdf(
        listed, SAY, str, at=AT, made="i dag", form="https://beredskab.example/indmeld", minutes=10
    )


def _fitted(municipalities: int) -> dict[str, object]:
    facts = paper.phone_list_facts(_list(municipalities), SAY, str, minutes=10)
    return paper.fitted(facts | {"foot": "", "made": "", "qr": paper.qr("x"), "form": "x"}, at=AT)


@pytest.mark.parametrize("municipalities", [0, 7, 31])
def test_one_page_for_all_of_ddh(municipalities: int) -> None:
    facts = _fitted(municipalities)
    assert "contacts_apart" not in facts
    assert pages("phone_list", facts, at=AT) == 1


def test_where_it_cannot_be_read_any_more_the_contacts_go_on_the_back() -> None:
    facts = _fitted(98)
    assert facts["contacts_apart"] is True
    assert facts["size"] == paper.SIZES[0]


def test_the_same_facts_at_the_same_time_are_the_same_paper() -> None:
    assert _made(_list(3)) == _made(_list(3))
