"""The table of rights, every cell of it, held against the running application: who is let in, and who is not.

A form that is too large to be read passes the right and stops there, so that nothing is changed while thousands of
doors are tried. What a cell should be is worked out from the file alone, not by the code that is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi.routing import Mount
from ruamel.yaml import YAML
from starlette.routing import Route

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.people.entry import open_session
from ddh_beredskab.people.identity import ROLES
from ddh_beredskab.people.register import add_person, give, open_account
from ddh_beredskab.web.guard import COOKIE
from schemas.activation import ProposeDecision
from schemas.base import Role
from tests.projections.stage import ROOT, Stage, commands_only, storm_surge
from tests.web.engine import desk
from tests.web.site import application

HERE, ELSEWHERE = "9001", "9002"
"""The affected municipality, and one that is not."""
ASKED_AT = datetime.fromisoformat("2023-10-21T00:29:00+02:00")
"""Kasper Pynten is asked to be process lead and has not answered."""
STAFFED_AT = datetime.fromisoformat("2023-10-21T00:36:00+02:00")
"""All seven roles are held."""
STAFF: Mapping[Role, str] = {
    "crisis_leader": "asta-klitvang",
    "log_keeper": "jonas-tangmark",
    "communications_lead": "line-oestersand",
    "process_lead": "mette-skagerhus",
    "personnel_lead": "dorte-vibeholm",
    "local_leader": "birgit-vesterklit",
    "local_information_lead": "tobias-havrimmel",
}
MUNICIPAL: tuple[Role, ...] = ("municipal_leader", "local_leader", "local_information_lead")
TOO_LARGE = str(1 << 30)
FILLED = {"secret": "x", "number": "1", "page": "1", "version": "1", "day": "2023-10-21", "person": "ingen-konto",
          "municipality": HERE, "file": "sms.txt", "guide": "ingen-krise"}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """Somebody who is exactly one thing: in the crisis, and outside one."""

    name: str
    person: str | None
    inside: frozenset[str]
    outside: frozenset[str]
    environment: str = "oevelse.fuld"
    held: tuple[Role, str] | None = None


def _columns() -> list[Column]:
    one: list[Column] = []
    for role in ROLES:
        municipality = HERE if role in MUNICIPAL else ""
        person = STAFF.get(role, f"kun-{role.replace('_', '-')}")
        one.append(Column(role, person, frozenset({role}), frozenset({role}), held=(role, municipality)))
    for role in MUNICIPAL:
        person = f"andetsteds-{role.replace('_', '-')}"
        one.append(Column(f"{role} elsewhere", person, frozenset(), frozenset({role}), held=(role, ELSEWHERE)))
    trained = Column(
        "trained, not in the staff",
        "kun-uddannet",
        frozenset(),
        frozenset({"crisis_leader"}),
        held=("crisis_leader", ""),
    )
    asked = Column("asked", "kasper-pynten", frozenset({"asked"}), frozenset(), environment="oevelse.spurgt")
    return [*one, trained, asked, Column("no role", "ingen-rolle", frozenset(), frozenset()), _NOBODY]


_NOBODY = Column("nobody", None, frozenset(), frozenset())
COLUMNS = _columns()


def _table() -> dict[str, Any]:
    """The file, its groups put in the place of their names."""
    loaded: Any = YAML(typ="safe", pure=True).load((ROOT / "playbooks" / "rights.yaml").read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType]
    groups: dict[str, set[str]] = {}

    def flat(names: list[str]) -> set[str]:
        return {each for name in names for each in groups.get(name, {name})}

    for name, members in loaded["groups"].items():
        groups[name] = flat(members)
    return {
        route: flat(cast("list[str]", who)) if isinstance(who, list) else who for route, who in loaded["routes"].items()
    }


TABLE = _table()


def _expected(route: str, column: Column) -> bool:
    who = TABLE[route]
    if who == "everyone" or column.person is None:
        return who == "everyone"
    standing = column.inside if "{crisis}" in route else column.outside
    if "{municipality}" in route and column.held and column.held[0] in MUNICIPAL and column.held[1] != HERE:
        return False  # a municipality's people see their own alone
    return who == "signed_in" or bool(standing & cast("set[str]", who))


# -- the stage ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The surge without its questions, at two times, and the register with somebody for every column."""
    folder = tmp_path_factory.mktemp("rights")
    recording = commands_only(storm_surge())
    stages = [
        Stage(folder / "oevelse" / name / "journal.db", f"oevelse.{name}", recording) for name in ("spurgt", "fuld")
    ]
    for stage, until in zip(stages, (ASKED_AT, STAFFED_AT), strict=True):
        stage.play(until)
    operation = Stage(sqlite_path(folder, "drift"), "drift", recording)
    operation.write(_people)
    yield folder
    for stage in (*stages, operation):
        stage.database.close_now()


def _people(conn: Conn) -> None:
    for column in COLUMNS:
        if column.person is None:
            continue
        add_person(conn, column.person, "", by="test", ref=column.person, fictional=True)
        open_account(conn, column.person, column.person, by="test")
        if column.held:
            give(conn, column.person, column.held[0], by="test", municipality=column.held[1])


@contextlib.asynccontextmanager
async def _running(data: Path) -> AsyncGenerator[dict[str, httpx.AsyncClient]]:
    """One application, and a client for each column."""
    app = application(data)
    operation = Stage(sqlite_path(data, "drift"), "drift", storm_surge())
    clients: dict[str, httpx.AsyncClient] = {}
    async with app.router.lifespan_context(app):
        for column in COLUMNS:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://testserver")
            if (person := column.person) is not None:
                token = operation.write(lambda conn, person=person: open_session(conn, person, "password"))
                client.cookies.set(COOKIE, token)
            clients[column.name] = client
        yield clients
        for client in clients.values():
            await client.aclose()
    operation.database.close_now()


# -- the tests ------------------------------------------------------------------------------------


def test_every_door_stands_in_the_table_and_every_line_of_it_is_a_door(data: Path) -> None:
    app = application(data)
    doors = {_door(route) for route in app.routes if isinstance(route, Route)}
    assert doors == set(TABLE)
    others = [route for route in app.routes if not isinstance(route, Route)]
    assert {cast("Mount", route).path for route in others} == {"/api", "/static"}, "the API asks for its own token"


def _door(route: Route) -> str:
    """As the table writes it."""
    methods = route.methods or set[str]()
    return f"{'GET' if 'GET' in methods else ' '.join(sorted(methods))} {route.path}"


def test_the_columns_are_all_there_is() -> None:
    """A role that is added gets a column by itself; what the table may name has one."""
    assert {column.name for column in COLUMNS} >= {*ROLES, "asked", "nobody"}
    named = {each for who in TABLE.values() if isinstance(who, set) for each in cast("set[str]", who)}
    assert named <= {*ROLES, "asked"}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_cell(data: Path, method: str) -> None:
    crisis = storm_surge().crisis_id(1)
    wrong: list[str] = []
    routes = sorted((route for route in TABLE if route.startswith(method)), key=lambda route: route == "POST /log-ud")
    async with _running(data) as clients:
        for route in routes:
            for column in COLUMNS:
                fill = FILLED | {"environment": column.environment, "crisis": crisis, "held": "x"}
                path = _filled(route.partition(" ")[2], fill)
                status, where = await _ask(clients[column.name], method, path)
                if _let_in(route, status, where) is not _expected(route, column):
                    wrong.append(f"{route} as {column.name}: {status} {where}")
                if status >= 500 and status != 503:
                    wrong.append(f"{route} as {column.name}: {status}")
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong[:40])


async def _ask(client: httpx.AsyncClient, method: str, path: str) -> tuple[int, str]:
    """Status and where it leads. A form is said to be too large to be read; a stream is let go at once."""
    if method == "POST":
        headers = {"content-length": TOO_LARGE, "accept": "application/json"}
        answer = await client.post(path, content=b"", headers=headers)
        return answer.status_code, answer.headers.get("location", "")
    try:
        async with asyncio.timeout(0.3 if path == "/live" else 60):
            answer = await client.get(path)
    except TimeoutError:
        return 200, "a stream that goes on"
    return answer.status_code, answer.headers.get("location", "")


def _let_in(route: str, status: int, where: str) -> bool:
    if TABLE[route] == "everyone":
        return status != 403  # a log-in that is wrong is 401 and no right
    return status not in (401, 403) and not where.startswith("/log-ind")


def _filled(path: str, fill: Mapping[str, str]) -> str:
    for name, value in fill.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


async def test_who_asked_for_help_can_never_approve_it_not_even_as_a_member_of_the_steering_group(
    tmp_path: Path,
) -> None:
    """Birgit asked. She is let in at the door as a member, and the decider refuses her vote; also by phone."""
    async with desk(tmp_path) as site:
        recording = site.stage.recording
        site.stage.play(lambda given: given.at > recording.inputs[0].at and isinstance(given.payload, ProposeDecision))
        site.stage.take(next(each for each in recording.inputs if isinstance(each.payload, ProposeDecision)))
        site.stage.write(lambda conn: give(conn, "birgit-vesterklit", "steering_group", by="test", municipality="9007"))
        path = f"/krise/drift/{site.stage.crisis}"
        vote = {"vote": "for", "grounds": "Jeg har selv spurgt."}
        headers = {"accept": "application/json"}
        birgit, rikke = await site.be("birgit-vesterklit"), await site.be("rikke-klitroe")
        for client, where, more in (
            (birgit, "stem", {}),
            (rikke, "stem-for", {"on_behalf_of": "birgit-vesterklit"}),
        ):
            answer = await client.post(f"{path}/{where}", data=vote | more, headers=headers)
            told = answer.json()
            assert told["status"] in ("refused", "mistakes"), told
        page = (await rikke.get(f"{path}/beslutning")).text
        assert "Jeg har selv spurgt." not in page
