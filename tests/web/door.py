"""The HTTP door as another system meets it: what it sends, and a client that shows the token."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from tests.core.cast import REPORT
from tests.web.site import TOKEN, application

BASE = "/api/v1/environments/drift"
COMMANDS = f"{BASE}/commands"
FEEDBACK = f"{BASE}/feedback"
LOG_ENTRY = "dk.ddh.beredskab.write_log_entry.v1"


def a_command(**more: Any) -> dict[str, Any]:
    """A log entry by a fictional log keeper."""
    data = {"kind": "information_in", "text": "Vandet stiger", "happened_at": "2023-10-20T22:06:00Z"}
    actor = {"person": "asta-holm", "role": "log_keeper"}
    return {"type": LOG_ENTRY, "subject": "strandby-1", "actor": actor, "data": data, **more}


def a_report(subject: str = "strandby-1") -> dict[str, Any]:
    """The call for help that a crisis begins with."""
    actor = {"person": "rikke", "role": "secretariat", "on_behalf_of": "lis"}
    data = REPORT.model_dump(mode="json")
    return {"type": REPORT.type_name(), "subject": subject, "actor": actor, "data": data}


def a_question(**more: Any) -> dict[str, Any]:
    """A citizen's question."""
    item = {"id": str(uuid4()), "crisis_id": "strandby-1", "topic": "evakuering", "time": "2023-10-20T22:06:00Z"}
    return {**item, "answered": "no", **more}


@contextlib.asynccontextmanager
async def door(data: Path, token: str | None = TOKEN, app: FastAPI | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the running application over a fresh journal."""
    prepare_sqlite(sqlite_path(data, "drift"))
    app = app or application(data)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver", headers=headers) as client,
    ):
        yield client
