"""The phone list as the register has it at this moment: whom to call, in which order, and on which numbers.

Rule kept: the order is the one in which the steering group is asked when an incident is reported (vagthavende first);
who is absent stands last and marked, not left out: somebody may still try.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.directory import extra_municipalities
from ddh_beredskab.people.identity import Position
from ddh_beredskab.people.register import PositionHeld, channels, persons, positions
from schemas.base import Role

CONTACT_ROLES: tuple[Role, ...] = ("local_leader", "local_information_lead", "municipal_leader")
"""Whom we ring in a municipality; the first two found are its contact persons 1 and 2."""
_RANK: dict[Position, int] = {"holder": 0, "deputy": 1, "pool": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody on the list."""

    person: str
    name: str
    municipality: str
    """Its name; its code where nobody knows the name."""
    role: Role
    position: Position
    phone: str
    """Empty: no number in the register."""
    sms: str
    mail: str
    on_duty: bool = False
    absent: bool = False
    roles: tuple[Role, ...] = ()
    """All that the person is contact for, where one line stands for several roles."""


@dataclass(frozen=True, slots=True)
class PhoneList:
    """Everybody on it."""

    steering_group: tuple[Line, ...]
    project_leader: tuple[Line, ...]
    secretariat: tuple[Line, ...]
    contacts: tuple[tuple[str, tuple[Line, ...]], ...]
    """(municipality, its contact persons in the order they are called), by name."""
    fictional: bool
    """True: somebody made up stands here (a demo, a drill)."""

    @property
    def without_number(self) -> tuple[Line, ...]:
        """Those who stand here and cannot be rung."""
        contacts = [line for _, lines in self.contacts for line in lines]
        everybody = (*self.steering_group, *self.project_leader, *self.secretariat, *contacts)
        return tuple({line.person: line for line in everybody if not line.phone}.values())


def phone_list(conn: Conn) -> PhoneList:
    """As it stands now."""
    people = {person.ref: person for person in persons(conn)}
    names = {code: name for code, name, _, _ in extra_municipalities(conn)}
    reached = {(channel.person, channel.channel): channel.value for channel in channels(conn)}
    held = [each for each in positions(conn) if each.person in people and not people[each.person].disabled]

    def line(at: PositionHeld, roles: tuple[Role, ...] = ()) -> Line:
        code = at.municipality or people[at.person].municipality
        return Line(
            person=at.person, name=people[at.person].name, municipality=names.get(code, code), role=at.role,
            position=at.position, phone=reached.get((at.person, "phone"), ""), sms=reached.get((at.person, "sms"), ""),
            mail=reached.get((at.person, "mail"), ""), on_duty=at.on_duty, absent=at.absent, roles=roles or (at.role,),
        )  # fmt: skip

    def lines(role: Role) -> tuple[Line, ...]:
        found = [each for each in held if each.role == role]
        found.sort(key=lambda each: (each.absent, not each.on_duty, each.call_order))
        return tuple(line(each) for each in found)

    def municipality_of(at: PositionHeld) -> str:
        return at.municipality or people[at.person].municipality

    def contacts_of(code: str) -> tuple[Line, ...]:
        """One line a person, with all it is contact for; who is absent last."""
        there = [each for each in held if each.role in CONTACT_ROLES and municipality_of(each) == code]
        there.sort(key=lambda at: (at.absent, CONTACT_ROLES.index(at.role), _RANK[at.position], at.call_order))
        roles: dict[str, list[Role]] = {}
        for each in there:
            roles.setdefault(each.person, []).append(each.role)
        first = {each.person: each for each in reversed(there)}
        return tuple(line(first[person], tuple(dict.fromkeys(given))) for person, given in roles.items())

    codes = {municipality_of(each) for each in held if each.role in CONTACT_ROLES}
    return PhoneList(
        steering_group=lines("steering_group"),
        project_leader=lines("project_leader"),
        secretariat=lines("secretariat"),
        contacts=tuple((names.get(c, c), contacts_of(c)) for c in sorted(codes, key=lambda c: (names.get(c, c), c))),
        fictional=any(people[each.person].fictional for each in held),
    )
