"""In and out: who gets in, how, and what nobody may."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.people import entry, register, secrets
from tests.web.engine import desk
from tests.web.site import browser


def _operation(data: Path) -> SqliteDatabase:
    prepare_sqlite(sqlite_path(data, "drift"))
    return SqliteDatabase(sqlite_path(data, "drift"))


def _account(data: Path, password: str | None = "fire gode gamle ord") -> None:
    database = _operation(data)
    hashed = secrets.hashed_password(password) if password else None

    def job(conn: Conn) -> None:
        register.add_person(conn, "Åse Prøve", "9002", by="test", ref="aase-proeve", fictional=True)
        register.open_account(conn, "aase-proeve", "aase@example.invalid", by="test", password=hashed)
        register.give(conn, "aase-proeve", "secretariat", by="test")

    database.write_now(job)
    database.close_now()


async def _log_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    return await client.post("/log-ind", data={"login": "Aase@example.invalid", "password": password, "til": "/mig"})


async def test_nobody_sees_anything_without_a_log_in(tmp_path: Path) -> None:
    async with desk(tmp_path, play=True) as site:
        for path in ("/", f"/krise/drift/{site.stage.crisis}", "/mig", "/live?topic=list"):
            answer = await site.client.get(path)
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/log-ind"), path
        answer = await site.client.post(f"/krise/drift/{site.stage.crisis}/log", data={"kind": "action", "text": "x"})
        assert answer.status_code == 401


async def test_a_password_lets_in_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    _account(tmp_path)
    async with browser(tmp_path, token=None) as client:
        wrong = await _log_in(client, "noget andet")
        assert wrong.status_code == 401
        assert "Navnet eller adgangskoden passer ikke" in wrong.text
        assert "noget andet" not in wrong.text
        right = await _log_in(client, "fire gode gamle ord")
        assert (right.status_code, right.headers["location"]) == (303, "/mig")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "Åse Prøve" in (await client.get("/mig")).text


async def test_tries_run_out_and_say_when_they_come_back(tmp_path: Path) -> None:
    _account(tmp_path)
    async with browser(tmp_path, token=None) as client:
        for _ in range(8):
            await _log_in(client, "forkert")
        shut = await _log_in(client, "fire gode gamle ord")
        assert shut.status_code == 401
        assert "prøvet for mange gange" in shut.text


async def test_a_code_read_aloud_is_good_once_however_it_is_typed(tmp_path: Path) -> None:
    _account(tmp_path, None)
    database = _operation(tmp_path)
    code = database.write_now(lambda conn: entry.new_ticket(conn, "code", by="test", person="aase-proeve"))
    database.close_now()
    typed = f" {code[:4].lower()}-{code[4:]} "
    async with browser(tmp_path, token=None) as client:
        assert (await client.post("/log-ind/kode", data={"code": typed})).status_code == 303
        assert (await client.get("/mig")).status_code == 200
        await client.post("/log-ud")
        assert (await client.get("/mig")).status_code == 303
        again = await client.post("/log-ind/kode", data={"code": typed})
        assert again.status_code == 401
        assert "Koden passer ikke" in again.text


async def test_an_invitation_becomes_a_password_once(tmp_path: Path) -> None:
    _account(tmp_path, None)
    database = _operation(tmp_path)
    secret = database.write_now(lambda conn: entry.new_ticket(conn, "invitation", by="test", person="aase-proeve"))
    database.close_now()
    async with browser(tmp_path, token=None) as client:
        assert "Åse Prøve" in (await client.get(f"/invitation/{secret}")).text
        short = await client.post(f"/invitation/{secret}", data={"password": "kort", "again": "kort"})
        assert short.status_code == 422
        assert "mindst 12 tegn" in short.text
        good = {"password": "fire gode gamle ord", "again": "fire gode gamle ord"}
        assert (await client.post(f"/invitation/{secret}", data=good)).status_code == 303
        assert (await client.get(f"/invitation/{secret}")).status_code == 410
        await client.post("/log-ud")
        assert (await _log_in(client, "fire gode gamle ord")).status_code == 303


async def test_a_session_ends_at_once_when_it_is_ended_or_the_account_is_closed(tmp_path: Path) -> None:
    _account(tmp_path)
    database = _operation(tmp_path)
    async with browser(tmp_path, token=None) as client:
        await _log_in(client, "fire gode gamle ord")
        database.write_now(lambda conn: entry.end_all(conn, "aase-proeve", by="test"))
        assert (await client.get("/mig")).status_code == 303
        await _log_in(client, "fire gode gamle ord")
        database.write_now(lambda conn: register.disable(conn, "aase-proeve", by="test"))
        assert (await client.get("/mig")).status_code == 303
        assert (await _log_in(client, "fire gode gamle ord")).status_code == 401
    database.close_now()


async def test_only_a_demo_lets_anybody_be_somebody(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        assert "Rikke Klitrø" in (await site.client.get("/log-ind")).text
        assert "Prøveversion" in (await (await site.be("rikke-klitroe")).get("/")).text
    async with browser(tmp_path, token=None) as client:
        assert "Rikke Klitrø" not in (await client.get("/log-ind")).text
        assert (await client.post("/log-ind/som", data={"person": "rikke-klitroe"})).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://andet.example"}],
)
async def test_what_another_site_sends_changes_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    _account(tmp_path)
    async with browser(tmp_path, token=None) as client:
        answer = await client.post(
            "/log-ind", data={"login": "aase@example.invalid", "password": "fire gode gamle ord"}, headers=headers
        )
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("til", ["https://andet.example/", "//andet.example", "/\\andet.example", "javascript:x"])
async def test_one_never_comes_out_on_another_site(tmp_path: Path, til: str) -> None:
    _account(tmp_path)
    async with browser(tmp_path, token=None) as client:
        data = {"login": "aase@example.invalid", "password": "fire gode gamle ord", "til": til}
        assert (await client.post("/log-ind", data=data)).headers["location"] == "/"


async def test_a_log_entry_is_written_read_and_counted_once(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="oevelse.nat", play=True) as site:
        rikke, path = await site.be("rikke-klitroe"), f"/krise/oevelse.nat/{site.stage.crisis}"
        form = {"id": "01a201f6-1d21-760c-8d07-0416bacef4a3", "kind": "action", "text": "Kalder elektrikeren ind igen."}
        answer = await rikke.post(f"{path}/log", data=form)
        assert answer.status_code == 303
        assert (await rikke.post(f"{path}/log", data=form)).status_code == 303
        page = (await rikke.get(answer.headers["location"])).text
        assert page.count("Kalder elektrikeren ind igen.") == 1
        assert "Det er gemt." in page
        missing = await rikke.post(f"{path}/log", data={"kind": "action", "text": ""})
        assert missing.status_code == 422
        assert "Du mangler at udfylde feltet." in missing.text
        agent = await site.be("mona-baeklund")
        assert (await agent.post(f"{path}/log", data=form)).status_code == 403


async def test_who_is_a_call_agent_and_nothing_else_comes_to_the_desk(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        for person, where in (("mona-baeklund", "/vagt"), ("rikke-klitroe", "/")):
            answer = await site.client.post("/log-ind/som", data={"person": person, "til": "/"})
            assert answer.headers["location"] == where
        answer = await site.client.post("/log-ind/som", data={"person": "mona-baeklund", "til": "/mig"})
        assert answer.headers["location"] == "/mig"
