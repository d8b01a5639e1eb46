"""The web application over journals on disk, asked as a browser would ask it, without a network in between."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from ddh_beredskab.bootstrap import deciders, drill_stage
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase, environments_in, sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.people.entry import open_session
from ddh_beredskab.people.register import add_person, give, open_account
from ddh_beredskab.people.rights import load_rights
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.settings import Settings
from ddh_beredskab.web import Environments, create_app
from ddh_beredskab.web.guard import COOKIE
from schemas.base import Role
from tests.projections.stage import ROOT

PLAYBOOKS: Playbooks = load_playbooks(ROOT / "playbooks")


def environments(data: Path) -> Environments:
    """All journals under a folder."""
    return Environments(lambda: environments_in(data), lambda name: SqliteDatabase(sqlite_path(data, name)))


TOKEN = "et-token-til-proever-0123456789"


RIGHTS = load_rights(ROOT / "playbooks")
DECIDERS = deciders(PLAYBOOKS)


def application(data: Path, *, demo: bool = False) -> FastAPI:
    """The application as `serve` makes it, but for the socket."""
    hosts = ("testserver", "127.0.0.1")
    return create_app(
        environments(data), PLAYBOOKS, DECIDERS, RIGHTS, allowed_hosts=hosts, api_token=TOKEN, data=data, demo=demo,
        drills=drill_stage(Settings(data=data)),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def browser(data: Path, *, token: str | None = TOKEN, demo: bool = False) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the running application: the operator's, or with no token anybody's."""
    app = application(data, demo=demo)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver", headers=headers) as client,
    ):
        yield client


async def logged_in(
    client: httpx.AsyncClient, data: Path, person: str, *roles: tuple[Role, str], name: str = ""
) -> None:
    """Let the client be a person with these roles (role, municipality): put into the register, and given a session."""
    prepare_sqlite(sqlite_path(data, "drift"))
    database = SqliteDatabase(sqlite_path(data, "drift"))

    def job(conn: Conn) -> str:
        add_person(conn, name or person.replace("-", " ").title(), "9002", by="test", ref=person, fictional=True)
        open_account(conn, person, person, by="test")
        for role, municipality in roles:
            give(conn, person, role, by="test", municipality=municipality)
        return open_session(conn, person, "password")

    client.headers.pop("Authorization", None)
    client.cookies.set(COOKIE, database.write_now(job))
    await database.close()


class Stream:
    """One open stream of server-sent events, driven through the application's own ASGI door."""

    def __init__(self, app: FastAPI, query: str, last_event_id: str | None = None) -> None:
        headers = [(b"host", b"testserver"), (b"authorization", f"Bearer {TOKEN}".encode())]
        if last_event_id:
            headers.append((b"last-event-id", last_event_id.encode()))
        self._scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/live",
            "raw_path": b"/live",
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "server": ("testserver", 80),
            "client": ("127.0.0.1", 1),
        }
        self._app = app
        self._leave = asyncio.Event()
        self._came: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._left = b""
        self.start: dict[str, Any] = {}
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        await self._app(self._scope, self._receive, self._send)  # type: ignore[arg-type]

    async def _receive(self) -> dict[str, Any]:
        await self._leave.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        await self._came.put(message["body"])
        if not message.get("more_body"):
            await self._came.put(None)

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.start["headers"]}

    async def next(self, seconds: float = 10) -> dict[str, Any] | None:
        """The next event as {event, id, data}; null when the stream has ended."""
        while b"\n\n" not in self._left:
            chunk = await asyncio.wait_for(self._came.get(), seconds)
            if chunk is None:
                return None
            self._left += chunk
        block, _, self._left = self._left.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
        if "data" not in fields:
            return {"event": "comment", "id": None, "data": {}, "raw": block.decode()}
        return {"event": fields["event"], "id": fields.get("id"), "data": json.loads(fields["data"])}

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 10) -> dict[str, Any]:
        """The first event that is wanted; the others are let pass."""
        async with asyncio.timeout(seconds):
            while True:
                event = await self.next(seconds)
                assert event is not None, "the stream ended"
                if wanted(event):
                    return event

    async def quiet(self, seconds: float = 0.7) -> list[dict[str, Any]]:
        """What comes, from the first event until nothing has come for a while."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                event = await self.next(seconds if found else 15)
            except TimeoutError:
                return found
            if event is None:
                return found
            found.append(event)

    async def leave(self) -> None:
        """Close the tab."""
        self._leave.set()
        await asyncio.wait_for(self.task, 5)
