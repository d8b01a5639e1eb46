"""The directory of an incident: whom to ask, as the register has it when the incident is reported.

Rule kept: the core never looks anybody up; what it may know of people is this snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.identity import BY_MUNICIPALITY, STAFF_ROLES
from ddh_beredskab.people.register import channels, persons, positions
from ddh_beredskab.people.training import trained_now
from schemas.activation import Directory, StaffCandidate, SteeringMember

_MUNICIPALITIES = Statement("SELECT code, name, membership, fictional FROM municipalities ORDER BY name")


def directory(
    conn: Conn,
    affected: Sequence[str],
    *,
    members: Sequence[str] = (),
    member_count: int | None = None,
    trained_days: int,
) -> Directory:
    """Who can be asked now, for an incident that affects these municipalities.

    `members`: the codes of the contact-centre members; `member_count` where only their number is known.
    `trained_days`: for how long a drill in a role counts.
    """
    trained = trained_now(conn, trained_days)
    reachable = {channel.person for channel in channels(conn)}
    municipality_of = {person.ref: person.municipality for person in persons(conn)}
    held = positions(conn)
    steering = sorted((p for p in held if p.role == "steering_group"), key=lambda p: (not p.on_duty, p.call_order))
    candidates = [
        StaffCandidate(
            person=p.person,
            municipality=p.municipality or municipality_of.get(p.person, ""),
            role=p.role,
            position=p.position,
            order=p.call_order,
            reachable=p.person in reachable,
            trained=(p.person, p.role) in trained,
        )
        for p in held
        if p.role in STAFF_ROLES and (p.role not in BY_MUNICIPALITY or p.municipality in affected) and not p.absent
    ]
    return Directory(
        steering_group=tuple(
            SteeringMember(
                person=p.person,
                municipality=p.municipality or municipality_of.get(p.person, ""),
                on_duty=p.on_duty,
                absent=p.absent,
            )
            for p in steering
        ),
        project_leader=next((p.person for p in held if p.role == "project_leader" and not p.absent), None),
        strategic_leadership=tuple(p.person for p in held if p.role == "strategic_leadership" and not p.absent),
        candidates=tuple(candidates),
        member_municipalities=member_count or max(1, len(members)),
        contact_centre_members=tuple(members),
    )


def extra_municipalities(conn: Conn) -> list[tuple[str, str, str, bool]]:
    """(code, name, membership, fictional) of those beside the playbook's."""
    return [
        (code, name, membership, bool(fictional)) for code, name, membership, fictional in conn.all(_MUNICIPALITIES)
    ]
