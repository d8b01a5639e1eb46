"""The register: persons, the roles they are given, accounts, and how they are reached.

Rule kept: whatever is given or taken stands in `people_log` with who did it; nothing is given twice.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.identity import Held, How, Position, Who
from schemas.base import Role

_PERSON = Statement(
    "INSERT INTO persons (ref, name, municipality, fictional) VALUES (:ref, :name, :municipality, :fictional)"
    " ON CONFLICT (ref) DO UPDATE SET name = excluded.name, municipality = excluded.municipality"
)
_PERSON_OF = Statement("SELECT name, municipality, fictional FROM persons WHERE ref = :ref")
_PERSONS = Statement(
    "SELECT p.ref, p.name, p.municipality, p.fictional, a.login, a.disabled_at, a.password IS NOT NULL, a.demo"
    " FROM persons p LEFT JOIN accounts a ON a.person = p.ref ORDER BY p.name, p.ref"
)
_ACCOUNT = Statement(
    "INSERT INTO accounts (person, login, password, made_at, demo) VALUES (:person, :login, :password, :at, :demo)"
    " ON CONFLICT (person) DO NOTHING"
)
_LOGIN_TAKEN = Statement("SELECT person FROM accounts WHERE login = :login")
_SET_PASSWORD = Statement("UPDATE accounts SET password = :password WHERE person = :person")
_DISABLE = Statement("UPDATE accounts SET disabled_at = :at WHERE person = :person")
_BY_LOGIN = Statement("SELECT person, password, disabled_at FROM accounts WHERE login = :login")
_DEMO = Statement("SELECT person FROM accounts WHERE demo = 1 AND disabled_at IS NULL AND person = :person")
_GIVE = Statement(
    "INSERT INTO positions (id, person, role, municipality, position, call_order, on_duty, absent, trained_at,"
    " given_at, given_by) VALUES (:id, :person, :role, :municipality, :position, :call_order, :on_duty, :absent,"
    " :trained_at, :at, :by)"
)
_END = Statement("UPDATE positions SET ended_at = :at WHERE id = :id AND ended_at IS NULL")
_MARK = Statement(
    "UPDATE positions SET on_duty = :on_duty, absent = :absent, call_order = :call_order, trained_at = :trained_at"
    " WHERE id = :id AND ended_at IS NULL"
)
_POSITIONS = Statement(
    "SELECT id, person, role, municipality, position, call_order, on_duty, absent, trained_at FROM positions"
    " WHERE ended_at IS NULL ORDER BY role, call_order, person, id"
)
_POSITIONS_OF = Statement(
    "SELECT role, municipality, position FROM positions WHERE person = :person AND ended_at IS NULL"
    " ORDER BY role, municipality, position"
)
_CHANNEL = Statement(
    "INSERT INTO contact_channels (person, channel, value) VALUES (:person, :channel, :value)"
    " ON CONFLICT (person, channel) DO UPDATE SET value = excluded.value, tested_at = NULL"
)
_NO_CHANNEL = Statement("DELETE FROM contact_channels WHERE person = :person AND channel = :channel")
_TESTED = Statement("UPDATE contact_channels SET tested_at = :at WHERE person = :person AND channel = :channel")
_CHANNELS = Statement("SELECT person, channel, value, tested_at FROM contact_channels ORDER BY person, channel")
_LOG = Statement(
    "INSERT INTO people_log (id, at, who, what, person, details) VALUES (:id, :at, :by, :what, :person, :details)"
)
_READ_LOG = Statement("SELECT at, who, what, person, details FROM people_log ORDER BY at DESC, id DESC LIMIT :limit")
_READ_LOG_OF = Statement(
    "SELECT at, who, what, person, details FROM people_log WHERE person = :person"
    " ORDER BY at DESC, id DESC LIMIT :limit"
)
_ANY_ACCOUNT = Statement("SELECT person FROM accounts WHERE disabled_at IS NULL LIMIT 1")


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the register."""

    ref: str
    name: str
    municipality: str
    fictional: bool
    login: str | None
    disabled: bool
    has_password: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class PositionHeld:
    """A role somebody has, as it stands in the register."""

    id: str
    person: str
    role: Role
    municipality: str
    position: Position
    call_order: int
    on_duty: bool
    absent: bool
    trained_at: int | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach a person; `tested_at` in microseconds."""

    person: str
    channel: str
    value: str
    tested_at: int | None


def note(conn: Conn, by: str, what: str, person: str, **details: object) -> None:
    """Write down who did what to whose rights."""
    told = json.dumps(details, ensure_ascii=False, sort_keys=True, default=str)
    conn.run(_LOG, id=str(uuid4()), at=wall_micros(), by=by, what=what, person=person, details=told)


def read_log(conn: Conn, limit: int = 200, *, person: str | None = None) -> list[dict[str, Any]]:
    """What was done (to one person), newest first."""
    rows = conn.all(_READ_LOG, limit=limit) if person is None else conn.all(_READ_LOG_OF, limit=limit, person=person)
    return [
        {"at": int(at), "by": by, "what": what, "person": about, "details": json.loads(details)}
        for at, by, what, about, details in rows
    ]


def ref_of(name: str) -> str:
    """A person's reference made of the name: Åse Holm-Bæk -> aase-holm-baek."""
    text = name.strip().lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:70] or "person"


def add_person(conn: Conn, name: str, municipality: str, *, by: str, ref: str | None = None, fictional: bool) -> str:
    """A new person, or the same with another name; the ref. Two of one name get refs of their own."""
    if ref is None:
        ref, number = ref_of(name), 2
        while conn.one(_PERSON_OF, ref=ref) is not None:
            ref, number = f"{ref_of(name)}-{number}", number + 1
    conn.run(_PERSON, ref=ref, name=name.strip(), municipality=municipality, fictional=int(fictional))
    note(conn, by, "person", ref)
    return ref


def persons(conn: Conn) -> list[Person]:
    """The register by name."""
    return [
        Person(ref, name, municipality, bool(fictional), login, disabled is not None, bool(password), bool(demo))
        for ref, name, municipality, fictional, login, disabled, password, demo in conn.all(_PERSONS)
    ]


def open_account(
    conn: Conn, person: str, login: str, *, by: str, password: str | None = None, demo: bool = False
) -> None:
    """Give a person a log-in (a mail address or a short name). Raises `UserError` (login_taken)."""
    login = login.strip().lower()
    taken = conn.one(_LOGIN_TAKEN, login=login)
    if taken is not None and taken[0] != person:
        raise UserError("login_taken", place="login", login=login)
    conn.run(_ACCOUNT, person=person, login=login, password=password, at=wall_micros(), demo=int(demo))
    note(conn, by, "account", person)


def set_password(conn: Conn, person: str, hashed: str, *, by: str) -> None:
    conn.run(_SET_PASSWORD, person=person, password=hashed)
    note(conn, by, "password", person)


def disable(conn: Conn, person: str, *, by: str, disabled: bool = True) -> None:
    """Nobody gets in with this account any more (or again)."""
    conn.run(_DISABLE, person=person, at=wall_micros() if disabled else None)
    note(conn, by, "disabled" if disabled else "enabled", person)


def account(conn: Conn, login: str) -> tuple[str, str | None, bool] | None:
    """(person, password hash, whether it is disabled)"""
    row = conn.one(_BY_LOGIN, login=login.strip().lower())
    return (str(row[0]), row[1], row[2] is not None) if row else None


def is_demo(conn: Conn, person: str) -> bool:
    """Whether anybody may be this (fictional) person with one click."""
    return conn.one(_DEMO, person=person) is not None


def has_accounts(conn: Conn) -> bool:
    return conn.one(_ANY_ACCOUNT) is not None


def give(
    conn: Conn,
    person: str,
    role: Role,
    *,
    by: str,
    municipality: str = "",
    position: Position = "holder",
    call_order: int = 0,
    on_duty: bool = False,
    absent: bool = False,
    trained_at: int | None = None,
) -> None:
    """Give a role; the same again changes its marks only."""
    for held in positions(conn):
        if (held.person, held.role, held.municipality, held.position) == (person, role, municipality, position):
            mark(conn, held.id, by=by, on_duty=on_duty, absent=absent, call_order=call_order, trained_at=trained_at)
            return
    conn.run(
        _GIVE, id=str(uuid4()), person=person, role=role, municipality=municipality, position=position,
        call_order=call_order, on_duty=int(on_duty), absent=int(absent), trained_at=trained_at, at=wall_micros(), by=by,
    )  # fmt: skip
    note(conn, by, "role", person, role=role, municipality=municipality, position=position)


def mark(
    conn: Conn, id_: str, *, by: str, on_duty: bool, absent: bool, call_order: int, trained_at: int | None
) -> None:
    """On duty, away, order of calling, trained when."""
    held = next((each for each in positions(conn) if each.id == id_), None)
    marks = (on_duty, absent, call_order, trained_at)
    if held is None or (held.on_duty, held.absent, held.call_order, held.trained_at) == marks:
        return
    conn.run(_MARK, id=id_, on_duty=int(on_duty), absent=int(absent), call_order=call_order, trained_at=trained_at)
    note(
        conn, by, "marks", held.person, role=held.role, municipality=held.municipality, on_duty=on_duty, absent=absent,
        call_order=call_order,
    )  # fmt: skip


def take(conn: Conn, id_: str, *, by: str) -> None:
    """End a role; at once, since every page asks anew."""
    held = next((each for each in positions(conn) if each.id == id_), None)
    if held is not None and conn.run(_END, id=id_, at=wall_micros()):
        note(conn, by, "role_ended", held.person, role=held.role, municipality=held.municipality)


def positions(conn: Conn) -> list[PositionHeld]:
    """All roles that are held, in the order of calling."""
    return [
        PositionHeld(
            id_, person, cast("Role", role), municipality, cast("Position", position), int(order), bool(duty),
            bool(absent), trained,
        )
        for id_, person, role, municipality, position, order, duty, absent, trained in conn.all(_POSITIONS)
    ]  # fmt: skip


def who_is(conn: Conn, person: str, how: How, session: str = "", *, demo: bool = False) -> Who | None:
    """A person with the roles of this moment; null when there is no such person."""
    row = conn.one(_PERSON_OF, ref=person)
    if row is None:
        return None
    return Who(person, str(row[0]), str(row[1]), held_by(conn, person), how, session, demo)


def held_by(conn: Conn, person: str) -> tuple[Held, ...]:
    """The roles somebody has: in the operation's journal those of the register, in a drill's those of the part."""
    return tuple(
        Held(cast("Role", role), municipality, cast("Position", position))
        for role, municipality, position in conn.all(_POSITIONS_OF, person=person)
    )


def set_channel(conn: Conn, person: str, channel: str, value: str, *, by: str) -> None:
    """How a person is reached; an empty value takes it away. The value itself is not written in the log."""
    known = next((each.value for each in channels(conn) if (each.person, each.channel) == (person, channel)), "")
    if known == value.strip():
        return  # the same again is still tested
    if value.strip():
        conn.run(_CHANNEL, person=person, channel=channel, value=value.strip())
    else:
        conn.run(_NO_CHANNEL, person=person, channel=channel)
    note(conn, by, "channel", person, channel=channel)


def channel_tested(conn: Conn, person: str, channel: str, *, by: str) -> None:
    conn.run(_TESTED, person=person, channel=channel, at=wall_micros())
    note(conn, by, "channel_tested", person, channel=channel)


def channels(conn: Conn) -> list[Channel]:
    """All of them; personal."""
    return [Channel(person, channel, value, tested) for person, channel, value, tested in conn.all(_CHANNELS)]
