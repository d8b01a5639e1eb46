"""Deciding again finds what no count can: a message that was passed over as if it had meant nothing."""

from __future__ import annotations

import pytest

from ddh_beredskab.bootstrap import deciders
from ddh_beredskab.invariants import check
from tests.invariants.bench import Bench
from tests.journal.desk import T0, Desk, entry
from tests.journal.notebook import NOTEBOOK
from tests.web.site import PLAYBOOKS

DECIDERS = deciders(PLAYBOOKS)
SILENT = {"logbook": NOTEBOOK}


async def test_a_finished_crisis_is_decided_as_it_was(bench: Bench) -> None:
    plain = await bench.database.read(lambda conn: check(conn, now=bench.now))
    report = await bench.database.read(lambda conn: check(conn, now=bench.now, deciders=DECIDERS))
    assert report.ok, report.told()
    assert report.checked["I7"] > plain.checked["I7"] + 400


async def test_a_message_passed_over_as_nothing_is_found(desk: Desk) -> None:
    await desk.give(entry("en"), entry("to"))
    await desk.handle()
    await desk.give(entry("sprunget over"))
    await desk.change("UPDATE deliveries SET done_at = 1, outcome = 'nothing' WHERE done_at IS NULL")
    await desk.give(entry("tre"))
    await desk.handle()
    assert (await desk.db.read(lambda conn: check(conn, now=T0))).ok
    report = await desk.db.read(lambda conn: check(conn, now=T0, deciders=SILENT))
    assert [(each.invariant, each.place) for each in report.breaches] == [("I7", "logbook/5")]


async def test_a_message_that_was_handled_late_out_of_quarantine_is_no_breach(desk: Desk) -> None:
    await desk.give(entry("en"))
    await desk.change("UPDATE deliveries SET done_at = 1, outcome = 'quarantined' WHERE position = 1")
    await desk.change(
        "INSERT INTO quarantine (id, place, concern, crisis, position, reason, raw, created_at, resolved_at,"
        " resolution, raw_deleted_at) VALUES ('aa', 'levering/logbook/1', 'logbook', 'k1', 1, '-', '', 1, 2,"
        " 'retried', 3)"
    )
    await desk.give(entry("to"))
    await desk.handle()
    await desk.change("UPDATE deliveries SET done_at = NULL, outcome = NULL WHERE position = 1")
    await desk.handle()
    report = await desk.db.read(lambda conn: check(conn, now=T0, deciders=SILENT))
    assert report.ok, report.told()


@pytest.mark.parametrize("change", ["refused", "decided"])
async def test_an_outcome_that_another_decision_would_have_had_is_found(bench: Bench, change: str) -> None:
    other = {"refused": "decided", "decided": "refused"}[change]
    concern = "activation" if change == "refused" else "logbook"
    report = await bench.damaged(
        f"UPDATE deliveries SET outcome = '{other}' WHERE concern = '{concern}' AND position ="
        f" (SELECT max(position) FROM deliveries WHERE concern = '{concern}' AND outcome = '{change}')",
        deciders=DECIDERS,
    )
    assert "I7" in {each.invariant for each in report.breaches}
