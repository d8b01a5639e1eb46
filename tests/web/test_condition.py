"""The health page tells in plain words how the system is, with no broker and no worker at all; so do the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.invariants import check
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.ops.status import write_status
from tests.projections.stage import Stage
from tests.web.site import browser
from tests.web.test_pages import text_of

PAGE = "/drift/tilstand"
_OLD = Statement(
    "UPDATE deliveries SET done_at = NULL, outcome = NULL, committed_at = :at WHERE position ="
    " (SELECT max(position) FROM deliveries WHERE concern = 'logbook') AND concern = 'logbook'"
)
_NEWER = Statement("UPDATE alembic_version SET version_num = '9999'")
_JOINED = {"joined": True, "broker_heard_at": 2, "broker_failed_at": 1, "figures": {"handled": 7, "relay_cursor": 3}}


def folder(stage: Stage) -> Path:
    return Path(stage.database.path).parents[2]


async def test_with_no_worker_the_page_says_so_and_what_to_do(evening: Stage) -> None:
    async with browser(folder(evening)) as client:
        answer = await client.get(PAGE)
        text = text_of(answer)
    assert answer.status_code == 200
    assert "Ingen beslutninger venter." in text
    assert "Ingen har behandlet beslutninger her endnu. Start systemet med: ddh-beredskab up" in text
    assert "Journalen er ikke kontrolleret endnu." in text
    assert "Øvelse aften" in text


async def test_with_no_journal_at_all_the_page_stands(tmp_path: Path) -> None:
    async with browser(tmp_path) as client:
        assert "Der er ingen journaler endnu." in text_of(await client.get(PAGE))
        assert (await client.get("/metrics")).status_code == 200


async def test_when_all_is_well_it_is_one_green_sentence(evening: Stage) -> None:
    def well(conn: Conn) -> None:
        write_status(conn, "worker.all", _JOINED)
        write_status(conn, "audit", {"ok": True, "count": 0, "breaches": [], "seconds": 0.1})

    evening.write(well)
    async with browser(folder(evening)) as client:
        text = text_of(await client.get(PAGE))
    assert "Alt kører, som det skal." in text
    assert "Brokeren svarer." in text
    assert "Skal ordnes" not in text


async def test_decisions_that_wait_are_told_with_where_and_since_when(evening: Stage) -> None:
    evening.write(lambda conn: conn.run(_OLD, at=wall_micros() - 65_000_000))
    async with browser(folder(evening)) as client:
        text = text_of(await client.get(PAGE))
        crises = text_of(await client.get("/"))
    assert "Noget skal ordnes. Se herunder." in text
    assert "1 beslutning venter siden" in text
    assert f"Log {evening.crisis} 1 kl." in text
    assert "Øvelse aften: 1 beslutning venter siden" in crises


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (_JOINED | {"broker_failed_at": 3}, "Brokeren har ikke svaret siden"),
        (_JOINED | {"joined": False}, "Vi er ved at melde os hos brokeren."),
        (
            _JOINED | {"commit_stuck": [{"seconds": 70.0}]},
            "1 del af brokerens kø bliver behandlet, men ikke kvitteret.",
        ),
    ],
)
async def test_what_the_worker_tells_is_told_on(evening: Stage, status: dict[str, object], words: str) -> None:
    evening.write(lambda conn: write_status(conn, "worker.all", status))
    async with browser(folder(evening)) as client:
        assert words in text_of(await client.get(PAGE))


async def test_a_worker_that_has_fallen_silent_is_seen(evening: Stage) -> None:
    def silent(conn: Conn) -> None:
        write_status(conn, "worker.all", _JOINED)
        row = conn.one(Statement("SELECT value FROM meta WHERE key = 'status.worker.all'"))
        assert row is not None
        old = json.dumps({**json.loads(row[0]), "written_at": 1})
        conn.run(Statement("UPDATE meta SET value = :old WHERE key = 'status.worker.all'"), old=old)

    evening.write(silent)
    async with browser(folder(evening)) as client:
        text = text_of(await client.get(PAGE))
    assert "Vi har intet hørt siden torsdag den 1. januar" in text
    assert "Vi ved ikke, om brokeren svarer" in text


async def test_quarantine_and_breaches_are_for_the_staff_and_their_number_for_everyone(evening: Stage) -> None:
    def plant(conn: Conn) -> None:
        quarantine.put(conn, place="drift.commands/1/17", reason="ValueError: noget hemmeligt", raw=b"x")
        conn.run(Statement("UPDATE messages SET time = time + 1 WHERE position = 2"))
        found = check(conn, now=from_micros(wall_micros())).as_json()
        write_status(conn, "audit", found | {"count": len(found["breaches"])})

    evening.write(plant)
    async with browser(folder(evening)) as client:
        staff = text_of(await client.get(PAGE))
    async with browser(folder(evening), token=None) as client:
        everyone = text_of(await client.get(PAGE))
    assert "1 besked kunne ikke behandles" in staff
    assert "1 ting i journalen passer ikke med det, systemet lover" in staff
    assert "drift.commands/1/17" in staff
    assert "Begivenheden passer ikke med sit fingeraftryk." in staff
    assert "1 besked kunne ikke behandles" in everyone
    assert "drift.commands/1/17" not in everyone
    assert "Begivenheden passer" not in everyone
    assert "noget hemmeligt" not in staff + everyone


async def test_the_page_is_in_english_too(evening: Stage) -> None:
    async with browser(folder(evening)) as client:
        assert "No decisions are waiting." in text_of(await client.get(PAGE + "?lang=en"))


async def test_the_figures_are_read_from_the_journal_and_name_nobody(evening: Stage) -> None:
    def plant(conn: Conn) -> None:
        conn.run(_OLD, at=wall_micros() - 65_000_000)
        counts = [1, 2, *([0] * 12)]
        times = {"decision_times": {"counts": counts, "total": 0.05}}
        write_status(conn, "worker.all", _JOINED | times | {"commit_stuck": [{"seconds": 70.5}]})
        write_status(conn, "audit", {"ok": False, "count": 3, "breaches": [], "seconds": 0.1})

    evening.write(plant)
    async with browser(folder(evening)) as client:
        answer = await client.get("/metrics")
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    here, worker = 'environment="oevelse.aften"', 'environment="oevelse.aften",worker="all"'
    assert answer.headers["content-type"].startswith("text/plain")
    assert 65 <= float(lines[f'ddh_oldest_undone_seconds{{concern="logbook",{here}}}']) < 200
    assert float(lines[f'ddh_oldest_undone_seconds{{concern="guides",{here}}}']) == 0
    assert float(lines[f"ddh_undone_deliveries{{{here}}}"]) == 1
    assert float(lines[f"ddh_audit_breaches{{{here}}}"]) == 3
    assert float(lines[f"ddh_commit_stuck_seconds{{{worker}}}"]) == 70.5
    assert float(lines[f"ddh_handled_deliveries_total{{{worker}}}"]) == 7
    assert float(lines['ddh_decision_seconds_bucket{environment="oevelse.aften",le="0.025",worker="all"}']) == 3
    assert float(lines[f"ddh_relay_behind_messages{{{worker}}}"]) > 0
    for name in (
        "timers_late",
        "quarantine_open",
        "feedback_uncounted",
        "read_models_behind_rows",
        "audit_age_seconds",
    ):
        assert f"ddh_{name}{{{here}}}" in lines
    assert evening.crisis not in answer.text
    assert all(person not in answer.text for person in evening.recording.people)


async def test_a_journal_of_another_schema_makes_the_web_not_ready_and_says_why(evening: Stage) -> None:
    async with browser(folder(evening)) as client:
        assert (await client.get("/health/ready")).status_code == 200
        evening.write(lambda conn: conn.run(_NEWER))
        ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert "oevelse.aften schema=9999 expected=" in ready.text
