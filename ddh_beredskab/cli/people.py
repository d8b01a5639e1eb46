"""`people`: the register without a browser, so that the first account can be made on a fresh install.

Rule kept: whoever can write in the data folder may do this; it is written down as done from the command line.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, Port, settings_of
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.journal.database import Job, T
    from ddh_beredskab.settings import Settings
    from schemas.base import Role

BY = "kommandolinjen"
Person = Annotated[str, typer.Argument(metavar="PERSON", help=say("cli.people.person"))]
Municipality = Annotated[str, typer.Option("--municipality", metavar="KODE", help=say("cli.people.municipality"))]
RoleGiven = Annotated[str | None, typer.Option("--role", metavar="ROLLE", help=say("cli.people.role"))]


def add(
    name: Annotated[str, typer.Argument(metavar="NAVN", help=say("cli.people.name"))],
    role_name: RoleGiven = None,
    municipality: Municipality = "",
    login: Annotated[str, typer.Option("--login", metavar="NAVN", help=say("cli.people.login"))] = "",
    data: Data = None,
    playbooks: PlaybookFolder = None,
    port: Port = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.people import entry, register

    settings = settings_of(data, playbooks, port=port)
    role = _role(settings, role_name) if role_name else None
    _needs_municipality(settings, role, municipality)
    if not name.strip() or len(name) > 120:
        raise UserError("person_name", place="NAVN")

    def job(conn: Conn) -> tuple[str, str]:
        ref = register.add_person(conn, name, municipality, by=BY, fictional=False)
        register.open_account(conn, ref, login or ref, by=BY)
        if role is not None:
            register.give(conn, ref, role, by=BY, municipality=municipality)
        return ref, entry.new_ticket(conn, "invitation", by=BY, person=ref)

    ref, secret = asyncio.run(_do(settings, job, make=True))
    link = _link(settings, secret)
    if json:
        out_json({"person": ref, "login": login.lower() or ref, "role": role, "invitation": link})
        return
    out(say("cli.people.added", name=name.strip(), person=ref))
    out(say("cli.people.invitation", link=link))


def list_people(data: Data = None, playbooks: PlaybookFolder = None, json: Json = False) -> None:
    from ddh_beredskab.cli.output import columns, out, out_json
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.people import register

    settings = settings_of(data, playbooks)

    def job(conn: Conn) -> list[dict[str, Any]]:
        held = register.positions(conn)
        return [
            {
                "person": each.ref,
                "name": each.name,
                "municipality": each.municipality,
                "login": each.login,
                "access": _access(each),
                "roles": [{"role": p.role, "municipality": p.municipality} for p in held if p.person == each.ref],
            }
            for each in register.persons(conn)
        ]

    found = asyncio.run(_do(settings, job))
    if json:
        out_json({"people": found})
        return
    if not found:
        out(say("cli.people.none"))
        return
    head = tuple(say(f"cli.people.head_{each}") for each in ("person", "name", "access", "roles"))
    names = _role_names(settings)
    rows = [
        (
            p["person"],
            p["name"],
            say(f"cli.people.access_{p['access']}"),
            ", ".join(names[r["role"]] for r in p["roles"]),
        )
        for p in found
    ]
    columns([head, *rows])


def invite(
    person: Person, data: Data = None, playbooks: PlaybookFolder = None, port: Port = None, json: Json = False
) -> None:
    settings = settings_of(data, playbooks, port=port)
    link = _link(settings, _ticket(settings, person, "invitation"))
    _told(json, {"person": person, "invitation": link}, say("cli.people.invitation", link=link))


def code(person: Person, data: Data = None, playbooks: PlaybookFolder = None, json: Json = False) -> None:
    from ddh_beredskab.people.secrets import spoken

    secret = spoken(_ticket(settings_of(data, playbooks), person, "code"))
    _told(json, {"person": person, "code": secret}, say("cli.people.code", code=secret))


def role(
    person: Person,
    role_name: Annotated[str, typer.Argument(metavar="ROLLE", help=say("cli.people.role"))],
    municipality: Municipality = "",
    take: Annotated[bool, typer.Option("--take", help=say("cli.people.take"))] = False,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.people import register

    settings = settings_of(data, playbooks)
    chosen = _role(settings, role_name)
    if not take:
        _needs_municipality(settings, chosen, municipality)

    def job(conn: Conn) -> int:
        _known(conn, person)
        if not take:
            register.give(conn, person, chosen, by=BY, municipality=municipality)
            return 1
        ended = [
            held
            for held in register.positions(conn)
            if (held.person, held.role) == (person, chosen) and municipality in ("", held.municipality)
        ]
        for held in ended:
            register.take(conn, held.id, by=BY)
        return len(ended)

    count = asyncio.run(_do(settings, job))
    if not count:
        raise UserError("role_not_held", place=person, person=person, role=_role_names(settings)[chosen])
    key = "cli.people.role_taken" if take else "cli.people.role_given"
    told = say(key, person=person, role=_role_names(settings)[chosen])
    _told(json, {"person": person, "role": chosen, "municipality": municipality, "held": not take}, told)


def end_sessions(person: Person, data: Data = None, playbooks: PlaybookFolder = None, json: Json = False) -> None:
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.people import entry

    def job(conn: Conn) -> int:
        _known(conn, person)
        return entry.end_all(conn, person, by=BY)

    ended = asyncio.run(_do(settings_of(data, playbooks), job))
    _told(json, {"person": person, "ended": ended}, say("cli.people.sessions_ended", person=person, count=ended))


# -- helpers --------------------------------------------------------------------------------------


async def _do(settings: Settings, job: Job[T], *, make: bool = False) -> T:
    """A job on the operation's journal; `make`: on a fresh install it is made. Raises `UserError`."""
    from ddh_beredskab.bootstrap import environments, open_journal
    from ddh_beredskab.errors import UserError

    if not make and "drift" not in await environments(settings):
        raise UserError("no_journal", place=str(settings.data), path=settings.data)
    database = await open_journal(settings, "drift", migrate=make)
    try:
        return await database.write(job)
    finally:
        await database.close()


def _known(conn: Any, person: str) -> None:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.people import register

    persons = register.persons(conn)
    if all(each.ref != person for each in persons):
        from difflib import get_close_matches

        near = get_close_matches(person, [each.ref for each in persons], 1)
        hint = say("cli.people.meant", person=near[0]) if near else ""
        raise UserError("no_person", place=person, person=person, hint=hint)


def _ticket(settings: Settings, person: str, purpose: Any) -> str:
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.people import entry, register

    def job(conn: Conn) -> str:
        _known(conn, person)
        if not any(each.ref == person and each.login for each in register.persons(conn)):
            register.open_account(conn, person, person, by=BY)
        return entry.new_ticket(conn, purpose, by=BY, person=person)

    return asyncio.run(_do(settings, job))


def _role_names(settings: Settings) -> dict[str, str]:
    from ddh_beredskab.bootstrap import rules

    return {role: card.name for role, card in rules(settings).roles.roles.items()}


def _role(settings: Settings, given: str) -> Role:
    """The role of a key or of a name on the screen. Raises `UserError` with those there are."""
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.people.identity import ROLES

    names = _role_names(settings)
    for key in ROLES:
        if given.lower() in (key, names.get(key, "").lower()):
            return key
    raise UserError("no_role", place=given, given=given, known=", ".join(ROLES))


def _needs_municipality(settings: Settings, role: Role | None, municipality: str) -> None:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.people.identity import BY_MUNICIPALITY

    if role in BY_MUNICIPALITY and not municipality:
        raise UserError("role_municipality", place="--municipality", role=_role_names(settings)[role])


def _link(settings: Settings, secret: str) -> str:
    return f"http://{settings.host}:{settings.port}/invitation/{secret}"


def _access(person: Any) -> str:
    if person.disabled:
        return "closed"
    return "password" if person.has_password or person.demo else "invited" if person.login else "none"


def _told(json: bool, value: dict[str, Any], sentence: str) -> None:
    from ddh_beredskab.cli.output import out, out_json

    if json:
        out_json(value)
    else:
        out(sentence)
