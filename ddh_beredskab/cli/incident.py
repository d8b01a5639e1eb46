"""`incident report` and `incident decide`: the way in and the steering group's decision, without a browser.

The rule kept: like every other door, it commits the command to the journal before it says "received", and the
concern, not the door, has the last word; its refusal is told in the words of the playbooks.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ddh_beredskab.cli.options import Crisis, Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.settings import Settings
    from schemas.base import Actor, Command

DIRECTORY_FILE = "directory.yaml"

Wait = Annotated[float, typer.Option("--wait", min=0, max=600, metavar="SEK", help=say("cli.option.wait"))]
At = Annotated[str | None, typer.Option("--time", metavar="TID", help=say("cli.option.time"))]
Text = str | None


def _text(name: str) -> Any:
    return typer.Option(f"--{name.replace('_', '-')}", metavar="TEKST", help=say(f"cli.report.{name}"))


def report(
    file: Annotated[Path | None, typer.Option("--file", metavar="FIL", help=say("cli.report.file"))] = None,
    kind: Annotated[Text, typer.Option("--kind", metavar="ART", help=say("cli.report.kind"))] = None,
    title: Annotated[Text, _text("title")] = None,
    authority_code: Annotated[Text, _text("authority_code")] = None,
    authority_name: Annotated[Text, _text("authority_name")] = None,
    what_happened: Annotated[Text, _text("what_happened")] = None,
    where: Annotated[Text, _text("where")] = None,
    situation: Annotated[Text, _text("situation")] = None,
    started: Annotated[Text, _text("started")] = None,
    grounds: Annotated[Text, _text("grounds")] = None,
    asked_by: Annotated[Text, typer.Option("--asked-by", metavar="PERSON", help=say("cli.report.asked_by"))] = None,
    entered_by: Annotated[
        Text, typer.Option("--entered-by", metavar="PERSON", help=say("cli.report.entered_by"))
    ] = None,
    role: Annotated[Text, typer.Option("--role", metavar="ROLLE", help=say("cli.option.role"))] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="SPØRGSMÅL=SVAR", help=say("cli.report.answer"))
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option("--directory", metavar="FIL", envvar="DDH_DIRECTORY", help=say("cli.report.directory")),
    ] = None,
    time: At = None,
    wait: Wait = 5,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.yaml_file import read_fields, validated
    from schemas.activation import ReportIncident
    from schemas.base import Actor

    settings = settings_of(data, playbooks, environment=environment)
    lined = read_fields(file) if file is not None else None
    fields: dict[str, Any] = dict(lined.data) if lined is not None else {}
    typed = {
        "kind": kind, "title": title, "what_happened": what_happened, "where": where, "situation": situation,
        "started": started, "grounds": grounds, "asked_by": asked_by, "entered_by": entered_by,
    }  # fmt: skip
    fields |= {name: value for name, value in typed.items() if value is not None}
    if authority_code is not None or authority_name is not None:
        fields["authority"] = _authority(fields.get("authority"), authority_code, authority_name)
    if answer:
        fields["answers"] = {**(fields.get("answers") or {}), **pairs(answer, "--answer")}
    fields.setdefault("entered_by", fields.get("asked_by"))
    fields.setdefault("entry", "form" if fields["entered_by"] == fields.get("asked_by") else "phone")
    if "directory" not in fields:
        fields["directory"] = _directory(directory, settings.data)
    if fields["entered_by"] is None:
        del fields["entered_by"]
    command = validated(ReportIncident, fields, file, lined)
    own = command.entered_by == command.asked_by
    actor = validated(
        Actor,
        {
            "person": command.entered_by,
            "role": role or ("municipal_leader" if own else "secretariat"),
            "on_behalf_of": None if own else command.asked_by,
            "municipality": command.authority.code if own else None,
        },
        None,
        None,
    )
    from ddh_beredskab.doors import new_id

    id_ = new_id()
    crisis = crisis_id(command.authority.name, id_)
    asyncio.run(_hand_in(settings, crisis, command, actor, id_=id_, time=time, wait=wait, json=json, known=False))


class Outcome(StrEnum):
    """What can be decided."""

    activate = "activate"
    warn = "warn"
    decline = "decline"


class Vote(StrEnum):
    """For or against."""

    for_ = "for"
    against = "against"


class Level(StrEnum):
    """Levels of preparedness."""

    information = "information"
    staff = "staff"
    operation = "operation"


def decide(
    crisis: Crisis,
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help=say("cli.decide.person"))],
    grounds: Annotated[str, typer.Option("--grounds", metavar="TEKST", help=say("cli.decide.grounds"))],
    propose: Annotated[Outcome | None, typer.Option("--propose", help=say("cli.decide.propose"))] = None,
    vote: Annotated[Vote | None, typer.Option("--vote", help=say("cli.decide.vote"))] = None,
    provisional: Annotated[bool, typer.Option("--provisional", help=say("cli.decide.provisional"))] = False,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", metavar="KANAL", help=say("cli.decide.channel"))
    ] = None,
    level: Annotated[Level, typer.Option("--level", help=say("cli.decide.level"))] = Level.staff,
    service_target: Annotated[Text, _text("service_target")] = None,
    opens_at: Annotated[Text, typer.Option("--opens-at", metavar="TID", help=say("cli.decide.opens_at"))] = None,
    closes_at: Annotated[Text, typer.Option("--closes-at", metavar="TID", help=say("cli.decide.closes_at"))] = None,
    staffed_by: Annotated[str, typer.Option("--staffed-by", metavar="TEKST", help=say("cli.decide.staffed_by"))] = "",
    instead: Annotated[str, typer.Option("--instead", metavar="TEKST", help=say("cli.decide.instead"))] = "",
    role: Annotated[str, typer.Option("--role", metavar="ROLLE", help=say("cli.option.role"))] = "steering_group",
    on_behalf_of: Annotated[
        Text, typer.Option("--on-behalf-of", metavar="PERSON", help=say("cli.decide.on_behalf_of"))
    ] = None,
    time: At = None,
    wait: Wait = 5,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.yaml_file import validated
    from ddh_beredskab.errors import UserError
    from schemas.activation import CastVote, GiveProvisionalActivation, ProposeDecision
    from schemas.base import Actor

    if [propose is not None, vote is not None, provisional].count(True) != 1:
        raise UserError("one_decision", place="--propose/--vote/--provisional")
    terms: dict[str, Any] = {"channels": channel or [], "level": level.value, "service_target": service_target}
    if opens_at is not None or closes_at is not None:
        if opens_at is None or closes_at is None:
            raise UserError("opening_from_to", place="--opens-at/--closes-at")
        opening = {"opens_at": _instant(opens_at, "--opens-at"), "closes_at": _instant(closes_at, "--closes-at")}
        terms["opening"] = [{**opening, "channels": channel or [], "staffed_by": staffed_by}]
    command: Command
    if propose is not None:
        proposal = {"outcome": propose.value, "terms": terms, "grounds": grounds, "instead": instead}
        command = validated(ProposeDecision, proposal, None, None)
    elif vote is not None:
        command = validated(CastVote, {"vote": vote.value, "grounds": grounds}, None, None)
    else:
        command = validated(GiveProvisionalActivation, {"terms": terms, "grounds": grounds}, None, None)
    actor = validated(Actor, {"person": person, "role": role, "on_behalf_of": on_behalf_of}, None, None)
    settings = settings_of(data, playbooks)
    asyncio.run(
        _hand_in(settings, crisis, command, actor, time=time, wait=wait, json=json, known=True, environment=environment)
    )


async def _hand_in(
    settings: Settings,
    crisis: str,
    command: Command,
    actor: Actor,
    *,
    time: str | None,
    wait: float,
    json: bool,
    known: bool,
    id_: UUID | None = None,
    environment: str | None = None,
) -> None:
    """Commit, say so, and say what became of it. A refusal ends in `UserError`."""
    from ddh_beredskab.bootstrap import journal_of, open_journal, rules
    from ddh_beredskab.cli.journals import Opened, journal_with
    from ddh_beredskab.cli.output import out, out_json
    from ddh_beredskab.cli.receipt import outcome_of
    from ddh_beredskab.doors import submit
    from ddh_beredskab.errors import UserError

    playbooks = rules(settings)
    happened = _instant(time, "--time") if time is not None else None

    async def in_journal(opened: Opened) -> None:
        journal = journal_of(opened.environment)
        received = await submit(opened.database, journal, command, crisis, actor, time=happened, id_=id_)
        if not json:
            out(say("cli.receipt.received", crisis=crisis, command=received.id))
            if received.struck_out:
                out(say("cli.receipt.struck_out"))
        outcome = await outcome_of(opened.database, playbooks, crisis, received.id, within=wait)
        if outcome.verdict == "refused":
            raise UserError(str(outcome.code), place=crisis, sentence=outcome.sentence)
        if json:
            what = {"crisis_id": crisis, "command_id": str(received.id), "environment": opened.environment}
            out_json({**what, "struck_out": received.struck_out, **outcome.as_json()})
        else:
            out(say(f"cli.receipt.{outcome.verdict}", crisis=crisis))

    if known:
        async with journal_with(settings, crisis, environment) as opened:
            await in_journal(opened)
        return
    database = await open_journal(settings)
    try:
        await in_journal(Opened(settings.environment, database))
    finally:
        await database.close()


def crisis_id(authority: str, command: UUID) -> str:
    """A readable id: the authority's first word, the local date, and the end of the command's id."""
    from zoneinfo import ZoneInfo

    from ddh_beredskab.clock import WallClock

    letters = {"æ": "ae", "ø": "oe", "å": "aa"}
    word = "".join(letters.get(sign, sign) for sign in authority.lower().split(" ")[0])
    slug = "".join(sign for sign in word if sign.isascii() and sign.isalnum())[:40] or "krise"
    return f"{slug}-{WallClock().now().astimezone(ZoneInfo('Europe/Copenhagen')):%Y%m%d}-{command.hex[-6:]}"


def _authority(known: Any, code: str | None, name: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = dict(known) if isinstance(known, dict) else {}  # pyright: ignore[reportUnknownArgumentType]
    if code is not None:
        fields["code"] = code
        fields["affected"] = [code]
    if name is not None:
        fields["name"] = name
    return fields


def _directory(given: Path | None, data: Path) -> dict[str, Any]:
    """The people as DDH knows them: the file named, else `directory.yaml` in the data folder."""
    from ddh_beredskab.cli.yaml_file import read_fields, validated
    from ddh_beredskab.errors import UserError
    from schemas.activation import Directory

    path = given or data / DIRECTORY_FILE
    if given is None and not path.exists():
        raise UserError("no_directory", place=str(path), path=path)
    lined = read_fields(path)
    return validated(Directory, dict(lined.data), path, lined).model_dump()


def pairs(given: list[str], option: str) -> dict[str, str]:
    from ddh_beredskab.errors import UserError

    pairs: dict[str, str] = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise UserError("not_a_pair", place=option, option=option, given=each)
        pairs[name.strip()] = value.strip()
    return pairs


def _instant(text: str, option: str) -> datetime:
    from ddh_beredskab.danish_time import parse_instant
    from ddh_beredskab.errors import UserError

    if (found := parse_instant(text)) is None:
        raise UserError("bad_time", place=option, option=option, value=text)
    return found
