"""A check that goes on from the last one sees what is new, and only that; what was not done yet is looked at again."""

from __future__ import annotations

from ddh_beredskab.invariants import Audit, Since, check
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections import MODELS, rebuild, step
from tests.invariants.bench import Bench
from tests.journal.desk import T0, Desk, entry


async def test_the_second_check_looks_at_new_rows_only(desk: Desk) -> None:
    since = Since()
    await desk.give(*[entry(str(n)) for n in range(10)])
    await desk.handle()
    first = await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    again = await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    await desk.give(entry("ny"))
    await desk.handle()
    third = await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    assert (first.ok, again.ok, third.ok) == (True, True, True)
    assert first.checked["I1"] >= 20
    assert again.checked["I1"] == again.checked["I2"] == 0
    assert 2 <= third.checked["I1"] <= 4
    assert since.position == await desk.value("SELECT max(position) FROM messages")


async def test_what_was_undone_is_looked_at_again_and_its_false_outcome_found(desk: Desk) -> None:
    since = Since()
    await desk.give(entry("venter"), entry("venter også"))
    assert (await desk.db.read(lambda conn: check(conn, now=T0, since=since))).ok
    assert since.undone == {1, 2}
    await desk.handle()
    assert (await desk.db.read(lambda conn: check(conn, now=T0, since=since))).ok
    assert since.undone == set()

    await desk.give(entry("sprunget over"))
    await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    await desk.change("UPDATE deliveries SET done_at = 1, outcome = 'decided' WHERE done_at IS NULL")
    report = await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    assert [each.invariant for each in report.breaches] == ["I1"]


async def test_a_breach_in_what_is_new_is_found_and_the_chain_goes_on_from_there(desk: Desk) -> None:
    since = Since()
    await desk.give(entry("en"))
    await desk.handle()
    await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    await desk.give(entry("to"), entry("tre"))
    await desk.handle()
    await desk.change("UPDATE messages SET time = time + 1 WHERE stream = 'logbook-k1' AND version = 2")
    report = await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    assert [(each.invariant, each.place) for each in report.breaches] == [("I2", "logbook-k1 version 2")]
    assert (await desk.db.read(lambda conn: check(conn, now=T0, since=since))).ok


async def test_a_journal_that_has_become_shorter_is_checked_from_the_start(desk: Desk) -> None:
    since = Since(position=1_000)
    await desk.give(entry("en"))
    await desk.handle()
    report = await desk.db.read(lambda conn: check(conn, now=T0, since=since))
    assert [each.invariant for each in report.breaches] == ["I2"]
    assert since.position == 2
    assert (await desk.db.read(lambda conn: check(conn, now=T0, since=since))).ok


async def test_read_models_are_followed_row_by_row_and_after_a_rebuild_from_the_start(bench: Bench) -> None:
    since = Since()

    def half(conn: Conn) -> None:
        """The read models as they were half way."""
        for table, column in (("documents", "model"), ("read_positions", "model")):
            conn.run(Statement(f"DELETE FROM {table} WHERE {column} <> ''"))
        step(conn, MODELS, 400)

    def job(conn: Conn) -> list[tuple[str, int]]:
        seen: list[tuple[str, int]] = []

        def look() -> None:
            report = check(conn, now=bench.now, models=MODELS, since=since)
            seen.append(("" if report.ok else report.told(), report.checked["I3"]))

        half(conn)
        look()
        while step(conn, MODELS, 500):
            look()
        look()
        for model in MODELS:
            rebuild(conn, model)
        look()  # nothing to see: the models stand where they stood
        conn.run(Statement("DELETE FROM documents WHERE model <> ''"))
        conn.run(Statement("UPDATE read_positions SET position = 0"))
        step(conn, MODELS, 100)
        look()  # folded anew from the first row
        return seen

    seen = await bench.in_vain(job)
    assert [told for told, _ in seen if told] == []
    assert [bool(looked_at) for _, looked_at in seen] == [True, True, True, False, False, True]
    assert max(carried.position for carried in since.models.values()) == 100


async def test_a_slice_is_short_and_a_walk_in_slices_finds_the_same(bench: Bench) -> None:
    audit = Audit(now=bench.now, models=MODELS)
    slices = 1
    while await bench.database.read(audit.slice):
        slices += 1
    whole = await bench.database.read(lambda conn: check(conn, now=bench.now, models=MODELS))
    assert audit.done
    assert slices > 50
    assert audit.report() == whole
