"""Det registrerer vi om dig: one's own rows, and nobody else's."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from ddh_beredskab.journal import intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import briefing
from schemas.feedback import FeedbackItem
from tests.web.engine import desk


async def test_one_sees_ones_own_rows_and_nobody_elses(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        mona, tage = await site.be("mona-baeklund"), await site.be("tage-enghave")
        assert "ikke registreret vagter" in (await mona.get("/mig/det-registrerer-vi")).text

        def leave(conn: Conn) -> None:
            at = clock_now(conn)
            briefing.understood(conn, "sag-mona", 7, "mona-baeklund", "9002", at)
            intake.add_receipts(conn, "sag-tage", 3, [("tage-enghave", "9003")], at)
            item = FeedbackItem(
                id=uuid4(), crisis_id="sag-mona", time=at, topic="vand", answered="no", agent="mona-baeklund", text="?"
            )
            intake.add_feedback(conn, [(item, 0)], at)

        site.stage.write(leave)
        await mona.post("/vagt/drift/begynd")
        page = (await mona.get("/mig/det-registrerer-vi")).text
        for words in ("Dine vagter (1)", "Læst og forstået (1)", "Jeg har set det (1)", "sag-mona", "Version 7"):
            assert words.lower() in page.lower(), words
        assert "1 spørgsmål" in page
        assert "i prøveversionen" in page, "the log-in"
        assert "30 dage efter" in page
        assert "sag-tage" not in page
        page = (await tage.get("/mig/det-registrerer-vi")).text
        assert "sag-tage" in page
        assert "sag-mona" not in page
        assert "/mig/det-registrerer-vi" in (await tage.get("/mig")).text
