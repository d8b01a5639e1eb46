"""The fictional people of a demo: from a recording's directory into the register, once.

Rule kept: everybody here is fictional and marked so; nobody with a password is touched.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import add_person, give, open_account, set_channel
from schemas.activation import Directory
from schemas.base import Role

BY = "demo"
FILE = "demo_people.csv"
_MUNICIPALITY = Statement(
    "INSERT INTO municipalities (code, name, membership, fictional) VALUES (:code, :name, 'contact_centre', 1)"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name"
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody made up."""

    ref: str
    name: str
    municipality: str


def demo_people_of(folder: Path) -> list[tuple[DemoPerson, Role]]:
    """Those of a recording's folder whom its directory does not need: (person, role); none without the file."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    lines = csv.DictReader(text.splitlines())
    return [(DemoPerson(line["ref"], line["name"], line["municipality"]), cast("Role", line["role"])) for line in lines]


def add_demo_people(
    conn: Conn,
    people: Iterable[DemoPerson],
    directory: Directory,
    municipalities: Mapping[str, str],
    others: Iterable[tuple[str, Role]],
) -> None:
    """Put them into the register with log-ins and roles; the same again changes nothing.

    `others` are roles that the directory does not know (secretariat, municipal leader, ...): (person, role).
    """
    known = {person.ref: person for person in people}
    for code, name in municipalities.items():
        conn.run(_MUNICIPALITY, code=code, name=name)
    for number, person in enumerate(known.values()):
        add_person(conn, person.name, person.municipality, by=BY, ref=person.ref, fictional=True)
        open_account(conn, person.ref, person.ref, by=BY, demo=True)
        set_channel(conn, person.ref, "phone", f"00 00 {number // 100:02d} {number % 100:02d}", by=BY)
    for order, member in enumerate(directory.steering_group):
        give(
            conn, member.person, "steering_group", by=BY, municipality=member.municipality, call_order=order,
            on_duty=member.on_duty, absent=member.absent,
        )  # fmt: skip
    if directory.project_leader:
        give(conn, directory.project_leader, "project_leader", by=BY)
    for person in directory.strategic_leadership:
        give(conn, person, "strategic_leadership", by=BY)
    for each in directory.candidates:
        give(
            conn, each.person, each.role, by=BY, municipality=each.municipality, position=each.position,
            call_order=each.order, trained_at=wall_micros() if each.trained else None,
        )  # fmt: skip
    for ref, role in others:
        give(conn, ref, role, by=BY, municipality=known[ref].municipality)
