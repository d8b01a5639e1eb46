"""A fresh incident in the operation, on the wall's clock: what the decision and nedtrapning are tried on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from ddh_beredskab.doors import accept
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.situation import SITUATION
from schemas.activation import ReportIncident
from schemas.base import Actor, Command, Role
from tests.web.engine import Desk

CRISIS = "proeve-1"
PATH = f"/krise/drift/{CRISIS}"
ASKER = "birgit-vesterklit"


async def report(
    site: Desk, *, minutes_ago: float = 0, wait_for: tuple[str, Any] = ("asked", None), **changed: Any
) -> str:
    """Birgit of Strandby asks for help, as in the recording; the path of the crisis."""
    first = site.stage.recording.inputs[0].payload
    assert isinstance(first, ReportIncident)
    asked = first.model_copy(update={"expected_at": None, "entered_by": ASKER, "asked_by": ASKER} | changed)
    give(site, asked, ASKER, "municipal_leader", minutes_ago=minutes_ago)
    await until(site, *wait_for)
    return PATH


def give(site: Desk, command: Command, person: str, role: Role, *, minutes_ago: float = 0, **actor: Any) -> None:
    """A command by another door than the page under test."""
    who = Actor(person=person, role=role, **actor)
    journal = Journal(environment="drift")

    def job(conn: Conn) -> None:
        accept(conn, journal, command, CRISIS, who, time=clock_now(conn) - timedelta(minutes=minutes_ago))

    site.stage.write(job)


def situation(site: Desk) -> dict[str, Any]:
    """The crisis as it stands."""
    return site.stage.read(lambda conn: document(conn, SITUATION, CRISIS)) or {}


async def until(site: Desk, key: str, value: Any = None) -> dict[str, Any]:
    """Wait until the crisis has this; with a value, until it is that."""
    for _ in range(400):
        found = situation(site)
        if (found.get(key) == value) if value is not None else found.get(key):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{key} never became {value or 'true'}: {situation(site).get(key)}")


async def send(client: Any, path: str, **fields: Any) -> Any:
    """A form as a browser without a script sends it."""
    return await client.post(path, data=fields)
