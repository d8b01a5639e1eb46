"""The HTTP door: received means committed, the same again is received once, and what became of it can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.erase import erase_message
from ddh_beredskab.web.api import api_token
from ddh_beredskab.web.api.token import is_right
from ddh_beredskab.web.environments import Environments
from tests.cli.engine import at_work
from tests.web.door import BASE, COMMANDS, FEEDBACK, a_command, a_question, a_report, door
from tests.web.site import application


def stored(data: Path, sql: str) -> list[tuple[Any, ...]]:
    """What stands in the journal, seen by another connection: committed, or not there."""
    database = SqliteDatabase(sqlite_path(data, "drift"))
    try:
        return database.read_now(lambda conn: conn.all(Statement(sql)))
    finally:
        database.close_now()


def told(answer: httpx.Response, status: int) -> dict[str, Any]:
    """A problem as RFC 9457 says it, with this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    return problem


async def test_received_is_said_after_the_commit_and_names_where_to_ask(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        answer = await client.post(COMMANDS, json=a_command())
        assert answer.status_code == 202
        body = answer.json()
        assert (body["new"], body["struck_out"]) == (True, 0)
        assert answer.headers["location"] == body["status_url"] == f"{COMMANDS}/{body['id']}"
        assert stored(tmp_path, "SELECT id, subject, environment FROM messages") == [
            (body["id"], "strandby-1", "drift")
        ]
        assert (await client.get(body["status_url"])).json()["status"] == "waiting"


async def test_the_same_id_again_is_received_once(tmp_path: Path) -> None:
    command = a_command(id=str(uuid4()).upper())
    async with door(tmp_path) as client:
        answers = await asyncio.gather(*(client.post(COMMANDS, json=command) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {202}
        assert sorted(answer.json()["new"] for answer in answers) == [False] * 19 + [True]
        assert {answer.json()["id"] for answer in answers} == {command["id"].lower()}
    assert stored(tmp_path, "SELECT count(*) FROM messages") == [(1,)]


async def test_an_id_that_was_used_for_something_else_is_refused_and_nothing_stored(tmp_path: Path) -> None:
    id_ = str(uuid4())
    async with door(tmp_path) as client:
        assert (await client.post(COMMANDS, json=a_command(id=id_))).status_code == 202
        for other in (
            a_command(id=id_, subject="strandby-2"),
            a_command(id=id_, actor={"person": "bo", "role": "log_keeper"}),
            a_command(id=id_, data={**a_command()["data"], "text": "Noget andet"}),
            a_command(id=id_, type="dk.ddh.beredskab.agree_step_down.v1", data={}),
        ):
            problem = told(await client.post(COMMANDS, json=other), 409)
            assert (problem["code"], problem["place"]) == ("id_taken", "/id")
            assert id_ in problem["detail"]
    assert stored(tmp_path, "SELECT count(*) FROM messages") == [(1,)]


async def test_the_same_again_is_the_same_though_its_text_was_struck_out_or_has_been_erased_since(
    tmp_path: Path,
) -> None:
    text = "CPR 010190-1234 ringede.\x00"
    command = a_command(id=str(uuid4()), data={**a_command()["data"], "text": text})
    async with door(tmp_path) as client:
        first = (await client.post(COMMANDS, json=command)).json()
        assert (first["new"], first["struck_out"]) == (True, 1)
        assert (await client.post(COMMANDS, json=command)).json()["new"] is False
        database = SqliteDatabase(sqlite_path(tmp_path, "drift"))
        database.write_now(lambda conn: erase_message(conn, UUID(command["id"])))
        database.close_now()
        again = await client.post(COMMANDS, json=command)
        assert (again.status_code, again.json()["new"]) == (202, False)
    assert b"010190" not in sqlite_path(tmp_path, "drift").read_bytes()


async def decided(client: httpx.AsyncClient, where: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = (await client.get(where)).json()
            if found["status"] != "waiting":
                return found
            await asyncio.sleep(0.02)


async def test_what_became_of_a_command_is_told_per_concern_and_in_danish(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        with at_work(sqlite_path(tmp_path, "drift")):
            reported = (await client.post(COMMANDS, json=a_report())).json()
            assert "incident_reported" in (await decided(client, reported["status_url"]))["concerns"][0]["events"]
            entry = (await client.post(COMMANDS, json=a_command())).json()
            vote = {"vote": "for", "grounds": "Der er brug for det."}
            cast = a_command(
                type="dk.ddh.beredskab.cast_vote.v1", data=vote, actor={"person": "bo", "role": "steering_group"}
            )
            refused = (await client.post(COMMANDS, json=cast)).json()
            found = await decided(client, entry["status_url"])
            assert (found["status"], found["label"], found["subject"]) == ("decided", "Afgjort", "strandby-1")
            (log,) = found["concerns"]
            assert (log["concern"], log["events"], log["refusal"]) == ("logbook", ["log_entry_recorded"], None)
            assert log["decided_at"] >= found["received_at"]
            found = await decided(client, refused["status_url"])
            assert (found["status"], found["label"]) == ("refused", "Afvist")
            (activation,) = found["concerns"]
            assert activation["events"] == []
            assert activation["refusal"]["code"] == "no_proposal"
            assert activation["refusal"]["detail"].endswith(".")


async def test_a_command_in_quarantine_says_so(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        received = (await client.post(COMMANDS, json=a_command())).json()
        database = SqliteDatabase(sqlite_path(tmp_path, "drift"))
        set_aside = Statement("UPDATE deliveries SET done_at = 1, outcome = 'quarantined'")
        database.write_now(lambda conn: conn.run(set_aside))
        database.close_now()
        found = (await client.get(received["status_url"])).json()
        assert (found["status"], found["concerns"][0]["label"]) == ("quarantined", "I karantæne")


async def test_a_command_that_was_never_received_is_unknown_and_so_is_an_event(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        for id_ in (str(uuid4()), "ikke-et-id", "%00", "x" * 3000):
            assert told(await client.get(f"{COMMANDS}/{id_}"), 404)["code"] == "no_command"
        with at_work(sqlite_path(tmp_path, "drift")):
            received = (await client.post(COMMANDS, json=a_report())).json()
            await decided(client, received["status_url"])
        ((event,),) = stored(tmp_path, "SELECT id FROM messages WHERE stream IS NOT NULL LIMIT 1")
        assert told(await client.get(f"{COMMANDS}/{event}"), 404)["code"] == "no_command"
        problem = told(await client.post(COMMANDS, json=a_command(id=event)), 409)
        assert problem["code"] == "id_taken"


async def test_questions_are_stored_all_or_none_and_once(tmp_path: Path) -> None:
    items = [a_question(text=f"Nr. {n}: ring til mig på 20304050") for n in range(500)]
    async with door(tmp_path) as client:
        answer = await client.post(FEEDBACK, json={"items": items})
        assert (answer.status_code, answer.json()) == (202, {"new": 500, "struck_out": 500})
        again = await client.post(FEEDBACK, json={"items": [*items[:10], a_question(guide_version=0)]})
        assert again.json() == {"new": 1, "struck_out": 10}
        problem = told(await client.post(FEEDBACK, json={"items": [a_question(), a_question(answered="måske")]}), 422)
        assert problem["place"] == "/items/1/answered"
        problem = told(
            await client.post(FEEDBACK, json={"items": [a_question(), a_question(time="2199-01-01T00:00:00Z")]}), 409
        )
        assert (problem["code"], problem["place"]) == ("time_in_future", "/items/1/time")
        assert told(await client.post(FEEDBACK, json={"items": [*items, a_question()]}), 422)["code"] == "too_many"
    assert stored(tmp_path, "SELECT count(*) FROM feedback_items") == [(501,)]


async def test_a_command_dated_in_the_future_is_refused_with_the_cli_s_sentence(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        problem = told(await client.post(COMMANDS, json=a_command(time="2199-12-31T23:59:00+01:00")), 409)
        assert (problem["code"], problem["place"]) == ("time_in_future", "/time")
        assert problem["detail"].startswith("Tidspunktet 31-12-2199 22:59 UTC ligger ude i fremtiden")
    assert stored(tmp_path, "SELECT count(*) FROM messages") == [(0,)]


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("dk.ddh.beredskab.incident_reported.v1", "not_a_command"),
        ("dk.ddh.beredskab.timer_fired.v1", "not_a_command"),
        ("dk.ddh.beredskab.note_urgent_transfers.v1", "not_a_command"),
        ("dk.ddh.beredskab.cast_vote.v2", "newer_version"),
        ("dk.ddh.beredskab.cast_vote.v0", "unknown_type"),
        ("dk.ddh.beredskab.opfundet.v1", "unknown_type"),
        ("", "unknown_type"),
    ],
)
async def test_only_commands_we_know_come_in(tmp_path: Path, type_: str, code: str) -> None:
    async with door(tmp_path) as client:
        problem = told(await client.post(COMMANDS, json=a_command(type=type_)), 422)
        assert (problem["code"], problem["place"]) == (code, "/type")
    assert stored(tmp_path, "SELECT count(*) FROM messages") == [(0,)]


async def test_every_wrong_field_is_told_in_danish_with_its_place(tmp_path: Path) -> None:
    data = {"kind": "nyhed", "happened_at": "i går", "æ/~": 1, "text": 5}
    async with door(tmp_path) as client:
        problem = told(await client.post(COMMANDS, json=a_command(data=data)), 422)
    assert problem["code"] == "several"
    assert problem["detail"].startswith("4 felter er forkerte.")
    places = {each["place"]: each["detail"] for each in problem["errors"]}
    assert places["/data/text"] == "text skal være en tekst, ikke 5."
    assert places["/data/æ~1~0"] == "Feltet æ/~ kendes ikke."
    assert places["/data/happened_at"].startswith("happened_at kan ikke være i går. Et tidspunkt skal se sådan ud:")
    assert places["/data/kind"].startswith("kind kan ikke være nyhed. Vælg en af: ")


async def test_without_the_token_nobody_comes_in_and_learns_what_is_missing(tmp_path: Path) -> None:
    async with door(tmp_path, token=None) as client:
        for header in (None, "Bearer forkert", "Basic eA==", "Bearer", "bearer ", "Bearer \xe6\xf8\xe5"):
            headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
            for answer in (
                await client.post(COMMANDS, json=a_command(), headers=headers),
                await client.post(FEEDBACK, json={"items": [a_question()]}, headers=headers),
                await client.get(f"{COMMANDS}/{uuid4()}", headers=headers),
                await client.post("/api/v1/environments/findes-ikke/commands", headers=headers),
            ):
                assert told(answer, 401)["code"] == "no_token"
                assert answer.headers["www-authenticate"].startswith("Bearer")
        assert (await client.get("/api/openapi.json")).status_code == 200
    assert stored(tmp_path, "SELECT count(*) FROM messages") == [(0,)]


async def test_an_unknown_environment_path_or_method_is_a_problem_too(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        problem = told(await client.post("/api/v1/environments/oevelse.x/commands", json=a_command()), 404)
        assert (problem["code"], "drift" in problem["detail"]) == ("no_environment", True)
        for path in ("/api/", "/api/v1", f"{BASE}/andet", f"{COMMANDS}/"):
            assert told(await client.get(path), 404)["code"] in ("no_path", "no_environment", "no_command")
        answer = await client.put(COMMANDS, json=a_command())
        assert told(answer, 405)["code"] == "not_allowed"
        assert answer.headers["allow"] == "POST"


_PAGES = Statement("PRAGMA page_count")


@pytest.mark.parametrize("how", ["disk_full", "journal_busy"])
async def test_while_the_journal_takes_nothing_the_sender_is_asked_to_send_the_same_again(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ddh_beredskab.journal.driver.BUSY_SECONDS", 0.2)
    large = a_command(data={**a_command()["data"], "text": "vand " * 4000})
    app = application(tmp_path)
    async with door(tmp_path, app=app) as client:
        environments: Environments = app.state.environments
        environment = environments.get("drift")
        assert environment is not None

        async def at_most(pages: int) -> None:
            limit = Statement(f"PRAGMA max_page_count = {pages}")
            await environment.database.write(lambda conn: conn.all(limit))

        other = SqliteDatabase(sqlite_path(tmp_path, "drift"))
        if how == "disk_full":
            ((pages,),) = other.read_now(lambda conn: conn.all(_PAGES))
            await at_most(pages)
        else:
            driver.begin_blocking(other._writer)  # pyright: ignore[reportPrivateUsage]
        answer = await client.post(COMMANDS, json=large)
        problem = told(answer, 503)
        assert (problem["code"], answer.headers["retry-after"]) == (how, "2")
        other.close_now()
        if how == "disk_full":
            await at_most(1_000_000)
        again = await client.post(COMMANDS, json={**large, "id": problem["id"]})
        assert (again.status_code, again.json()["new"]) == (202, True)
    assert stored(tmp_path, "SELECT id FROM messages") == [(problem["id"],)]


async def test_a_body_that_is_too_large_is_refused_while_it_streams_in(tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b" " * 100_000

    json = {"Content-Type": "application/json"}
    async with door(tmp_path) as client:
        assert told(await client.post(COMMANDS, content=endless(), headers=json), 413)["code"] == "too_large"
        assert sent <= 8_200_000
        largest = b" " * (1_000_000 - 2) + b"{}"
        assert told(await client.post(COMMANDS, content=largest, headers=json), 422)["code"] == "several"
        assert told(await client.post(COMMANDS, content=largest + b" ", headers=json), 413)["code"] == "too_large"


async def test_a_body_that_comes_too_slowly_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddh_beredskab.web.api.body.READ_SECONDS", 0.1)

    async def slow() -> AsyncGenerator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with door(tmp_path) as client:
        answer = await client.post(COMMANDS, content=slow(), headers={"Content-Type": "application/json"})
        assert told(answer, 408)["code"] == "too_slow"


# -- the token ------------------------------------------------------------------------------------


def test_the_token_file_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    made = api_token(tmp_path / "ny", None)
    assert made is not None
    assert len(made) >= 40
    path = tmp_path / "ny" / "api-token"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert api_token(tmp_path / "ny", "") == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["api-token"]


def test_two_processes_that_start_at_once_agree_on_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(api_token, [tmp_path] * 40, [None] * 40))
    assert len(made) == 1


def test_a_token_that_is_no_secret_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        api_token(tmp_path, "hemmelig")
    assert refused.value.code == "api_token_short"
    assert api_token(tmp_path, " et-langt-nok-token-1234 ") == "et-langt-nok-token-1234"
    (tmp_path / "api-token").write_text("kort\n")
    with pytest.raises(UserError, match="api-token"):
        api_token(tmp_path, None)


def test_a_folder_that_takes_no_file_closes_the_api_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("")
    assert api_token(tmp_path / "fil", None) is None
    assert not is_right(None, "Bearer ")
    assert not is_right(None, None)
