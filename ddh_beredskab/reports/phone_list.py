"""The phone list on one page of paper, for the wall and the drawer: it works when everything else is down.

Rule kept: one A4 page as long as it can be read; nobody is left out, so where the municipalities' contact persons do
not fit, they go on the back and the steering group keeps the front. It says when it was made, so that an old one is
seen to be old.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ddh_beredskab.people.phone_list import Line, PhoneList
from ddh_beredskab.reports.typesetting import pages, pdf, qr

SIZES = (10.0, 9.0, 8.0, 7.0)
"""Points; the largest that fits on one page is taken."""
Say = Callable[..., str]
WORDS = (
    "title", "tell", "danger", "steering_group", "project_leader", "secretariat", "contacts", "name",
    "municipality", "phone", "no_number", "on_duty", "absent", "qr", "qr_alt", "nobody", "contact",
)  # fmt: skip


def phone_list_pdf(
    listed: PhoneList, say: Say, role_name: Callable[[str], str], *, at: datetime, made: str, form: str, minutes: int
) -> bytes:
    """The page. `made` says when in words, `form` is the address behind the QR; after so many
    `minutes` without an answer one goes on to the project leader; `say` knows the keys `phonelist.*`.
    """
    facts = phone_list_facts(listed, say, role_name, minutes=minutes) | {
        "foot": say("phonelist.foot", made=made),
        "made": say("phonelist.made", made=made),
        "qr": qr(form),
        "form": form.partition("://")[2],
        "drill_band": say("phonelist.fictional") if listed.fictional else "",
    }
    return pdf("phone_list", fitted(facts, at=at), at=at)


def fitted(facts: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """With the largest letters that fit on one page; where none do, with the contact persons on the back."""
    for size in SIZES:
        if pages("phone_list", facts | {"size": size}, at=at) == 1:
            return facts | {"size": size}
    return facts | {"size": SIZES[0], "contacts_apart": True}


def phone_list_facts(listed: PhoneList, say: Say, role_name: Callable[[str], str], *, minutes: int) -> dict[str, Any]:
    """Lines and words, as the templates read them."""

    def lines(of: tuple[Line, ...]) -> list[dict[str, Any]]:
        return [asdict(line) | {"role_names": [role_name(role) for role in line.roles]} for line in of]

    return {
        "title": say("phonelist.title"),
        "language": "da",
        "words": {word: say(f"phonelist.{word}") for word in WORDS} | {"how": say("phonelist.how", minutes=minutes)},
        "steering_group": lines(listed.steering_group),
        "project_leader": lines(listed.project_leader),
        "secretariat": lines(listed.secretariat),
        "contacts": [{"municipality": name, "lines": lines(of)} for name, of in listed.contacts],
    }
