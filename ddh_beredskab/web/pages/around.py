"""What the pages of the staff share: what lies on the table, whom one can choose, what is allowed, where one meets.

Rule kept: the pages ask the same deciders and read the same documents as everybody else; nothing is worked out twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from ddh_beredskab.core.crisis_staff.states import CrisisStaffState, NoStaff, Pool, StoodDown, Working
from ddh_beredskab.core.decider import PersonNeeded
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.states import load_person
from ddh_beredskab.people.register import channels, persons
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.staff_room import Part, staff_room
from ddh_beredskab.projections.staff_room.meetings import meeting_links
from ddh_beredskab.web.visit import Visit
from schemas.base import Command, Ref, Role, StaffRole

Choice = tuple[str, str]
"""(what is sent, what is read) of a field one chooses in."""


@dataclass(frozen=True, slots=True)
class Table:
    """The staff of a crisis as it stands: its state, and the documents asked for."""

    state: CrisisStaffState
    parts: dict[Part, Json | None]

    @property
    def pool(self) -> Pool:
        return Pool() if isinstance(self.state, NoStaff) else self.state.pool

    @property
    def working(self) -> bool:
        """Called out and not stood down."""
        return isinstance(self.state, Working)

    @property
    def ever_called_out(self) -> bool:
        return isinstance(self.state, Working | StoodDown)

    def part(self, name: Part, empty: str) -> list[Json]:
        """A part's list; empty where nothing has happened to it."""
        document = self.parts.get(name)
        return cast("list[Json]", document[empty]) if document else []


async def table(visit: Visit, *parts: Part) -> Table:
    """In one look."""
    environment, crisis, moves = visit.environment, visit.crisis, visit.site.moves

    def look(conn: Conn) -> Table:
        state = moves.state(conn, environment.name, crisis, "crisis_staff")
        return Table(state, staff_room(conn, crisis, *parts) if parts else {})

    return await environment.read(look)


@dataclass(frozen=True, slots=True)
class Asked:
    """A move one would make, and in which role or for whom."""

    command: Command
    route: str
    role: Role | None = None
    on_behalf_of: Ref | None = None


async def why_nots(visit: Visit, moves: Sequence[Asked]) -> list[str | None]:
    """`visit.why_not` for many moves in one look."""
    environment, crisis, now = visit.environment, visit.crisis, visit.now
    lacking, names = visit.words.t("access.not_your_move"), visit.setting.names

    def look(conn: Conn) -> list[str | None]:
        return [
            lacking
            if not visit.may(move.route)
            else visit.site.moves.refusal(
                conn,
                environment.name,
                crisis,
                move.command,
                visit.actor(move.route, on_behalf_of=move.on_behalf_of, role=move.role),
                now,
            )
            for move in moves
        ]

    found = await environment.read(look) if moves else []
    return [names.plain(why) if why else None for why in found]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of a person taking a role now."""

    busy_in: str | None
    rests_until: datetime | None


async def standing_of(visit: Visit, people: Iterable[Ref]) -> dict[Ref, Standing]:
    """Who works in another crisis, and who rests."""
    wanted, crisis, now = list(dict.fromkeys(people)), visit.crisis, visit.now

    def look(conn: Conn) -> dict[Ref, Standing]:
        found: dict[Ref, Standing] = {}
        for person in wanted:
            known = load_person(conn, PersonNeeded(person).stream, None).state
            resting = known.rest_until if known.rest_until is not None and known.rest_until > now else None
            found[person] = Standing(known.busy_elsewhere(crisis), resting)
        return found

    return await visit.environment.read(look)


async def phones(visit: Visit) -> dict[Ref, str]:
    """Person -> phone number, out of the register: personal, for those who ring people up."""
    found = await visit.site.people.read(channels)
    return {each.person: each.value for each in found if each.channel == "phone"}


async def people_to_choose(visit: Visit, pool: Pool, *first: Ref) -> list[Choice]:
    """Everybody by name: those of the crisis first, then the rest of the register."""
    registered = await visit.site.people.read(persons)
    names = await visit.environment.names() | {each.ref: each.name for each in registered if not each.disabled}
    closed = {each.ref for each in registered if each.disabled}
    holders = visit.in_crisis.holders.values() if visit.in_crisis else ()
    here = dict.fromkeys(
        [*first, *holders, *(each.person for each in pool.candidates), *pool.strategic_leadership, *pool.steering_group]
    )
    near = [(ref, names.get(ref, ref)) for ref in here if ref]
    far = sorted(((ref, name) for ref, name in names.items() if ref not in here and ref not in closed), key=_by_name)
    return [*sorted(near[: len(first)], key=_by_name), *sorted(near[len(first) :], key=_by_name), *far]


def _by_name(choice: Choice) -> str:
    return choice[1].casefold()


def meeting_place(visit: Visit, meetings: Json | None) -> dict[str, str]:
    """Where the staff meets; empty fields where nobody has said."""
    return cast("dict[str, str]", meeting_links(meetings, visit.site.playbooks.agendas))


def role_choices(visit: Visit, roles: Iterable[StaffRole]) -> list[Choice]:
    """Roles by their names on the screen."""
    return [(role, visit.site.playbooks.roles.name(role)) for role in roles]


def me(visit: Visit) -> Ref:
    """Oneself."""
    assert visit.who is not None
    return visit.who.person
