"""A state is the fold of its stream, whether it was kept, snapshotted or folded from the first row."""

from __future__ import annotations

import pytest

from ddh_beredskab.journal import states
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.handling import handle_step
from ddh_beredskab.journal.messages import head_of
from ddh_beredskab.journal.states import SNAPSHOT_EVERY, Loaded, StateCache, load, save_snapshot
from tests.journal.desk import JOURNAL, T0, Desk, entry, minute
from tests.journal.notebook import NOTEBOOK, Notebook

STREAM = "logbook-k1"


async def cold(desk: Desk, cached: Loaded | None = None) -> Loaded:
    return await desk.db.read(lambda conn: load(conn, STREAM, NOTEBOOK, cached))


async def test_the_kept_state_equals_the_state_folded_from_the_first_row(desk: Desk) -> None:
    for n in range(4):
        await desk.give(entry(f"post {n}"), entry("husk", channel="remind"), at=minute(n))
        await desk.handle(at=minute(n + 7))  # written later than it was given
    assert desk.cache.get(STREAM) == await cold(desk)


async def test_a_kept_state_folds_only_newer_rows(desk: Desk) -> None:
    await desk.give(entry("en"), entry("to"))
    await desk.handle()
    made_up = Loaded(1, "x", Notebook(entries=41))
    loaded = await cold(desk, made_up)
    assert loaded.version == 2
    assert loaded.state.entries == 2  # the second row was folded onto what was kept
    assert loaded.state.owners == ("asta-holm",)


async def test_a_kept_state_with_another_hash_is_not_believed(desk: Desk) -> None:
    await desk.give(entry("en"))
    await desk.handle()
    assert (await cold(desk, Loaded(1, "f" * 64, Notebook(entries=99)))).state.entries == 1
    assert (await cold(desk, Loaded(9, "f" * 64, Notebook(entries=99)))).state.entries == 1


async def test_past_a_thousand_events_a_snapshot_equals_the_cold_fold_and_saves_reading(desk: Desk) -> None:
    for n in range(SNAPSHOT_EVERY // 50 + 1):
        await desk.give(*[entry(f"post {n}/{i}") for i in range(50)])
        await desk.handle(at=minute(n))
    [(version, kept)] = await desk.rows("SELECT version, state FROM snapshots WHERE stream = :s", s=STREAM)
    assert SNAPSHOT_EVERY <= version < SNAPSHOT_EVERY + 50
    assert '"entries":' in kept
    with_snapshot = await cold(desk)
    await desk.change("DELETE FROM snapshots")
    assert await cold(desk) == with_snapshot
    assert with_snapshot.state.entries == SNAPSHOT_EVERY + 50


async def test_a_snapshot_of_older_code_is_never_met_and_is_forgotten(desk: Desk) -> None:
    await desk.give(entry("en"))
    await desk.handle()
    await desk.change(
        "INSERT INTO snapshots (stream, fold, version, state) VALUES (:s, 'older', 1, :state)",
        s=STREAM,
        state=Notebook(entries=77).model_dump_json(),
    )
    await desk.change("UPDATE streams SET version = 1000 WHERE stream = :s", s=STREAM)  # long enough to look for one
    assert (await cold(desk)).state.entries == 1
    loaded = Loaded(1000, "h", Notebook(entries=1))
    await desk.db.write(lambda conn: save_snapshot(conn, STREAM, Notebook, loaded))
    assert await desk.rows("SELECT fold FROM snapshots") == [(states.fold_hash(),)]


async def test_a_snapshot_never_goes_back(desk: Desk) -> None:
    for version in (2_000, 1_000):
        loaded = Loaded(version, "h", Notebook(entries=version))
        await desk.db.write(lambda conn, loaded=loaded: save_snapshot(conn, STREAM, Notebook, loaded))
    assert await desk.rows("SELECT version FROM snapshots") == [(2_000,)]


async def test_states_enter_the_cache_only_after_commit(desk: Desk) -> None:
    await desk.give(entry("en"))

    class Stop(Exception): ...

    def job(conn: Conn) -> None:
        handle_step(conn, JOURNAL, NOTEBOOK, "k1", desk.cache, T0)
        raise Stop

    with pytest.raises(Stop):
        await desk.db.write(job)
    assert desk.cache.get(STREAM) is None
    assert await desk.db.read(lambda conn: head_of(conn, STREAM)) == (0, "0" * 64)
    await desk.handle()
    kept = desk.cache.get(STREAM)
    assert kept is not None
    assert kept.state.entries == 1


def test_the_cache_keeps_the_streams_used_last() -> None:
    cache = StateCache(size=2)
    for stream in ("a", "b"):
        cache.put(stream, Loaded(1, stream, None))
    cache.get("a")
    cache.put("c", Loaded(1, "c", None))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    cache.drop("a")
    assert cache.get("a") is None
