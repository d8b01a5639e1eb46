"""An incident goes out of the form: person, command and draft in one transaction, counted once.

Rules kept: "modtaget" is said after the commit; the form's id makes a second press, or a sending again after a lost
line, one incident; a one-time code is used up in the same transaction as the incident it lets in, never before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from ddh_beredskab.doors import accept
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.people import drafts, entry, secrets
from ddh_beredskab.web.acting import WAIT_SECONDS, id_of, outcome
from ddh_beredskab.web.api.outcome import outcome_of
from ddh_beredskab.web.forms import Fields, instant_of
from ddh_beredskab.web.incident_form import Flow
from ddh_beredskab.web.incident_people import (
    caller_of,
    command_of,
    crisis_id,
    municipalities,
    new_person,
    own_municipalities,
)
from ddh_beredskab.web.people_door import OPERATION
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.activation import Entry
from schemas.base import Actor

log = structlog.stdlib.get_logger(__name__)

_ENTRY: dict[Flow, Entry] = {"own": "form", "phone": "phone", "open": "open_form"}
OPEN_FORM = "open_form"
"""Who put somebody into the register who came without log-in."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of it, as the script is told."""

    told: dict[str, Any]

    @property
    def refused(self) -> bool:
        return self.told["status"] == "refused"

    @property
    def receipt(self) -> str:
        return str(self.told["to"])


@dataclass(frozen=True, slots=True)
class _Who:
    """Who asked, who typed, for which municipality."""

    asked_by: str
    entered_by: str
    actor: Actor
    lead: str


async def send(visit: Visit, flow: Flow, fields: Fields) -> Sent | list[Mistake]:
    """Commit the incident and wait a moment for what becomes of it. Raises `Unreadable`."""
    id_, words, site = id_of(fields), visit.words, visit.site
    people = site.people

    def job(conn: Conn) -> int:
        if outcome_of(conn, site.playbooks.texts, str(id_)) is not None:
            return 0  # told before: the line was lost on the way back
        who = _who(conn, visit, flow, fields)
        happened = instant_of(str(fields.get("time", ""))) if flow == "phone" else None
        command = command_of(
            conn, fields, words, site.playbooks, site.municipalities, lead=who.lead, asked_by=who.asked_by,
            entered_by=who.entered_by, entry="paper" if happened else _ENTRY[flow],
        )  # fmt: skip
        if isinstance(command, list):
            raise _Wrong(command)
        crisis = crisis_id(command.authority, id_, clock_now(conn))
        journal = Journal(OPERATION, "ddh-beredskab/web")
        received = accept(conn, journal, command, crisis, who.actor, id_=id_, time=happened)
        drafts.sent(conn, str(id_))
        log.info("incident received", crisis_id=crisis, message_id=str(id_), entry=command.entry)
        return received.struck_out

    try:
        done = await people.write(job)
    except _Wrong as wrong:
        return wrong.mistakes
    except UserError as error:
        return [Mistake(error.place, error.sentence)]
    people.environment.forget_names()
    told = await outcome(visit, people.environment, str(id_), wait=WAIT_SECONDS)
    return Sent(told | {"struck_out": done, "to": f"/indmeld/kvittering/{id_}{visit.setting.query}"})


class _Wrong(Exception):
    """Nothing of it is stored, the new person neither."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__()
        self.mistakes = mistakes


def _who(conn: Conn, visit: Visit, flow: Flow, fields: Fields) -> _Who:
    lead = str(fields.get("municipality", ""))
    known = municipalities(visit.site.municipalities, conn)
    name, phone = str(fields.get("caller", "")), str(fields.get("caller_phone", ""))
    if flow == "open":
        ticket = entry.use(conn, secrets.typed_code(str(fields.get("code", ""))), "open_form")
        if ticket is None or ticket.municipality not in known:
            raise _Wrong([Mistake("code", visit.words.t("incident.open.wrong_code"))])
        here = known[ticket.municipality]
        person = new_person(conn, name, phone, here.code, by=OPEN_FORM, fictional=here.fictional)
        return _Who(person, person, Actor(person=person, role="municipal_leader", municipality=here.code), here.code)
    assert visit.who is not None
    me = visit.who.person
    if lead not in (own_municipalities(visit.who) if flow == "own" else known):
        raise _Wrong([Mistake("municipality", visit.words.t("incident.needs.municipality"))])
    if flow == "own":
        return _Who(me, me, visit.actor("POST /indmeld"), lead)
    caller = caller_of(conn, name, phone, lead, known, me)
    on_behalf_of = None if caller == me else caller
    return _Who(caller, me, visit.actor("POST /indmeld/telefon", on_behalf_of=on_behalf_of), lead)
