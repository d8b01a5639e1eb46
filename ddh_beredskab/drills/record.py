"""A real crisis as a recording: what people did and what citizens asked, with nothing about anybody in it.

Rules kept: inputs only; people, agents, municipalities and crises under pseudonyms; every free text struck out; and
nothing is written before the finished text has been looked through for every name, number and address the register
and the journal know (`Leak`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.redaction import strike_contact, strike_cpr
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.anonymous import Anonymiser
from ddh_beredskab.drills.pseudonyms import Pseudonyms
from ddh_beredskab.drills.questions import COLUMNS
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import StoredMessage
from schemas.activation import ReportIncident
from schemas.base import Command, CommandRefused

_QUESTIONS = Statement(
    "SELECT received_at, time, topic, municipality, answered, resolution, guide_version, agent, times_received"
    " FROM feedback_items WHERE crisis = :crisis ORDER BY position"
)
_SHIFTS = Statement(
    "SELECT agent, municipality, since, until FROM agents_on_shift WHERE since <= :upto"
    " AND (until IS NULL OR until >= :since) ORDER BY since, agent"
)
_SEEN = Statement("SELECT version, agent, municipality, seen_at FROM guide_receipts WHERE crisis = :crisis")
_KNOWN_NAMES = Statement("SELECT name FROM persons WHERE name <> ''")


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that names somebody stands in the finished text."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording, not written yet."""

    yaml: str
    questions: str
    inputs: int
    struck: int
    leaks: tuple[Leak, ...]


def record(conn: Conn, playbooks: Playbooks, crisis: str, name: str, markers: Iterable[str] = ()) -> Recorded:
    """The recording of a crisis. `markers`: texts that must not be in it, besides those the register knows."""
    messages = [each for each in all_messages(conn) if each.subject == crisis]
    commands = [each for each in messages if isinstance(each.message, Command) and each.actor.role != "system"]
    report = next(each.message for each in commands if isinstance(each.message, ReportIncident))
    names = Pseudonyms(crises={crisis: "$crisis1"})
    anonymous = Anonymiser(names, playbooks)
    refused = {each.causation_id: each.message.code for each in messages if isinstance(each.message, CommandRefused)}
    inputs = [
        (each.recorded_at, _command(each, anonymous, names, refused.get(each.id)))
        for each in commands
        if isinstance(each.message, Command)
    ]
    first, last = commands[0].recorded_at, commands[-1].recorded_at
    shifts, seen = _shift_rows(conn, first, last), conn.all(_SEEN, crisis=crisis)
    asked = conn.all(_QUESTIONS, crisis=crisis)
    for agent, home, *_ in shifts:
        names.saw_agent(agent, home)
    for _, agent, home, _ in seen:
        names.saw_agent(agent, home)
    for row in asked:
        if row[7]:
            names.saw_agent(row[7], None)
    agents = names.agents()
    inputs += list(_shift_inputs(shifts, agents, first))
    inputs += list(_seen_inputs(seen, agents, {str(row[0]) for row in shifts}))
    inputs.sort(key=lambda each: each[0])
    head = _head(report, name, anonymous, names)
    text = _yaml(head | {"inputs": [_timed(at, fields) for at, fields in inputs]})
    questions = _questions(asked, names, agents)
    known = {*markers, *(str(row[0]) for row in conn.all(_KNOWN_NAMES))}
    leaks = [*look_through(text, known), *look_through(questions, known)]
    return Recorded(text, questions, len(inputs), anonymous.struck, tuple(leaks))


def look_through(text: str, known: Iterable[str]) -> Iterator[Leak]:
    """Everything in it that names somebody: a known name, a CPR number, a phone number, a mail or an address."""
    names = [re.compile(rf"(?<!\w){re.escape(each)}(?!\w)", re.IGNORECASE) for each in known if each.strip()]
    for number, line in enumerate(text.splitlines(), start=1):
        yield from (Leak(number, found[0]) for each in names if (found := each.search(line)))
        told = _TIMES.sub("", line)
        if strike_cpr(told)[1] or strike_contact(told)[1]:
            yield Leak(number, line.strip()[:80])


_TIMES = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.+-]+Z?")

# -- people ---------------------------------------------------------------------------------------


def _command(each: StoredMessage, anonymous: Anonymiser, names: Pseudonyms, refused: str | None) -> dict[str, Any]:
    actor = each.actor
    who: dict[str, Any] = {"person": names.person(actor.person, actor.municipality), "role": actor.role}
    if actor.deputy:
        who["deputy"] = True
    if actor.on_behalf_of:
        who["on_behalf_of"] = names.person(actor.on_behalf_of)
    if actor.municipality:
        who["municipality"] = names.municipality(actor.municipality)
    assert isinstance(each.message, Command)
    fields: dict[str, Any] = {"who": who, "do": each.message.short_name(), "with": anonymous.fields(each.message)}
    return fields | ({"expect": f"refused:{refused}"} if refused else {}) | {"chosen": True}


def _head(report: ReportIncident, name: str, anonymous: Anonymiser, names: Pseudonyms) -> dict[str, Any]:
    fields = anonymous.fields(report)
    people = [
        {"ref": pseudonym, "name": f"Person {pseudonym[-3:]} (opdigtet)", "municipality": names.home.get(pseudonym)}
        for pseudonym in names.people.values()
    ]
    elsewhere = names.municipality("")
    for person in people:
        person["municipality"] = person["municipality"] or elsewhere
    affected = set(fields["authority"]["affected"])
    return {
        "format": 1,
        "name": name,
        "title": f"Optaget krise ({report.kind})",
        "kind": report.kind,
        "about": "Optaget fra en virkelig krise. Personer, kommuner og agenter har andre navne; fritekst er fjernet.",
        "sources": [],
        "authority": fields["authority"],
        "municipalities": [
            {"code": code, "name": f"Kommune {code} (opdigtet)", "agents": names.agents_in(real)}
            | ({"affected": True} if code in affected else {})
            for real, code in names.municipalities.items()
        ],
        "people": people,
        "directory": fields["directory"],
    }


# -- agents and questions -------------------------------------------------------------------------


def _shift_rows(conn: Conn, first: datetime, last: datetime) -> list[tuple[str, str, datetime, datetime | None]]:
    return [
        (str(r[0]), str(r[1]), from_micros(r[2]), from_micros(r[3]) if r[3] is not None else None)
        for r in conn.all(_SHIFTS, since=to_micros(first), upto=to_micros(last))
    ]


def _shift_inputs(
    rows: Sequence[tuple[str, str, datetime, datetime | None]], agents: Mapping[str, str], first: datetime
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for agent, _, since, until in rows:
        yield max(since, first), {"do": "on_shift", "with": {"agents": [agents[agent]]}, "chosen": True}
        if until is not None:
            yield until, {"do": "off_shift", "with": {"agents": [agents[agent]]}, "chosen": True}


def _seen_inputs(
    rows: Sequence[Any], agents: Mapping[str, str], on_shift: set[str]
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for version, agent, _, seen_at in rows:
        if agent in on_shift:
            fields = {"version": int(version), "agents": [agents[agent]]}
            yield from_micros(seen_at), {"do": "seen", "with": fields, "chosen": True}


def _questions(rows: Sequence[Any], names: Pseudonyms, agents: Mapping[str, str]) -> str:
    """The questions without their texts: the topic and the answer are what the rules count."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, (received, time, topic, home, answered, resolution, version, agent, times) in enumerate(rows, 1):
        for _ in range(int(times)):
            writer.writerow((
                f"q{number:05d}", from_micros(max(received, time)).isoformat(), from_micros(time).isoformat(), topic,
                names.municipalities.get(home, "") if home else "", answered, resolution, "",
                "" if version is None else version, agents.get(agent, "") if agent else "", "",
            ))  # fmt: skip
    return out.getvalue()


# -- the file -------------------------------------------------------------------------------------


def _timed(at: datetime, fields: dict[str, Any]) -> dict[str, Any]:
    return {"at": at.isoformat(), **fields}


def _yaml(data: dict[str, Any]) -> str:
    writer = YAML()
    writer.width = 200
    out = io.StringIO()
    writer.dump(data, out)  # pyright: ignore[reportUnknownMemberType] - ruamel types its data loosely
    return out.getvalue()
