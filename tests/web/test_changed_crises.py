"""Which crises a look begins with: those in which something was folded since the last one."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.projections import MODELS, rebuild, step
from ddh_beredskab.projections.timeline import TIMELINE
from ddh_beredskab.web.reading import changed_crises, folded_to
from tests.streams.post import a_journal, give


async def test_only_crises_with_something_newly_folded_are_named(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await give(journal, "k1")
        await give(journal, "k2")
        assert await journal.read(lambda conn: changed_crises(conn, None)) == (0, None)
        await journal.write(lambda conn: step(conn, MODELS))
        assert await journal.read(lambda conn: changed_crises(conn, 0)) == (2, {"k1", "k2"})
        assert await journal.read(lambda conn: changed_crises(conn, 2)) == (2, set())
        await give(journal, "k2")
        assert await journal.read(lambda conn: changed_crises(conn, 2)) == (2, set()), "stored, but not folded yet"
        assert await journal.read(folded_to) == 2
        await journal.write(lambda conn: step(conn, MODELS))
        assert await journal.read(lambda conn: changed_crises(conn, 2)) == (3, {"k2"})


async def test_when_a_model_is_folded_anew_any_crisis_may_look_different(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await give(journal, "k1")
        await journal.write(lambda conn: step(conn, MODELS))
        await give(journal, "k1")
        await journal.write(lambda conn: step(conn, [model for model in MODELS if model is not TIMELINE]))
        await journal.write(lambda conn: rebuild(conn, TIMELINE))
        folded, changed = await journal.read(lambda conn: changed_crises(conn, 5))
        assert (folded, changed) == (2, None)
