"""The fictional people of a demo: from a recording's directory into the register, once.

Rule kept: everybody here is fictional and marked so; nobody with a password is touched.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.drills.recording_model import Person, Recording
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import add_person, give, open_account, set_channel
from ddh_beredskab.people.training import Done, day_of, note_training, trainings
from ddh_beredskab.people.training_due import courses_of
from ddh_beredskab.playbooks.training import What
from schemas.base import Role

BY = "demo"
FILE = "demo_people.csv"
_MUNICIPALITY = Statement(
    "INSERT INTO municipalities (code, name, membership, fictional) VALUES (:code, :name, 'contact_centre', 1)"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name"
)


def add_demo_people(conn: Conn, recording: Recording) -> None:
    """Put a recording's people, and some more, into the register with log-ins and roles; again changes nothing."""
    more = _more(recording.folder)
    people = dict(recording.people) | {each.ref: each for each, _, _ in more if each.ref not in recording.people}
    for each in recording.municipalities:
        conn.run(_MUNICIPALITY, code=each.code, name=each.name)
    for number, person in enumerate(people.values()):
        add_person(conn, person.name, person.municipality, by=BY, ref=person.ref, fictional=True)
        open_account(conn, person.ref, person.ref, by=BY, demo=True)
        set_channel(conn, person.ref, "phone", f"00 00 {number // 100:02d} {number % 100:02d}", by=BY)
    directory = recording.directory
    for order, member in enumerate(directory.steering_group):
        give(
            conn, member.person, "steering_group", by=BY, municipality=member.municipality, call_order=order,
            on_duty=member.on_duty, absent=member.absent,
        )  # fmt: skip
    if directory.project_leader:
        give(conn, directory.project_leader, "project_leader", by=BY)
    for ref in directory.strategic_leadership:
        give(conn, ref, "strategic_leadership", by=BY)
    for candidate in directory.candidates:
        give(
            conn, candidate.person, candidate.role, by=BY, municipality=candidate.municipality,
            position=candidate.position, call_order=candidate.order,
            trained_at=wall_micros() if candidate.trained else None,
        )  # fmt: skip
    noted = courses_of(trainings(conn))
    for person, role, courses in more:
        give(conn, person.ref, role, by=BY, municipality=people[person.ref].municipality)
        for what in courses:
            if (person.ref, what) not in noted:
                note_training(conn, Done(person.ref, what, day_of(wall_micros())), "by_hand", by=BY)


def _more(folder: Path) -> list[tuple[Person, Role, list[What]]]:
    """Those whom the directory does not need (secretariat, agents with their courses, ...); none without the file."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [
        (
            Person(ref=line["ref"], name=line["name"], municipality=line["municipality"]),
            cast("Role", line["role"]),
            cast("list[What]", (line.get("courses") or "").split()),
        )
        for line in csv.DictReader(text.splitlines())
    ]
