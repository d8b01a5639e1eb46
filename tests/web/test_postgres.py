"""The same pages and the same stream over PostgreSQL."""

from __future__ import annotations

import asyncio

import httpx

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import PostgresDatabase
from ddh_beredskab.journal.messages import Journal, NewMessage, append_events, head_of
from ddh_beredskab.journal.migrate import prepare_postgres
from ddh_beredskab.people.entry import open_session
from ddh_beredskab.people.register import add_person, give, open_account
from ddh_beredskab.projections import MODELS, step
from ddh_beredskab.web import Environments, create_app
from ddh_beredskab.web.guard import COOKIE
from schemas.base import SYSTEM, Event
from tests.core.strandby import activated
from tests.projections.telling import CRISIS, T0, told
from tests.projections.test_runner import entry
from tests.projections.test_situation import reported
from tests.web.site import DECIDERS, PLAYBOOKS, RIGHTS, TOKEN, Stream
from tests.web.test_pages import text_of

_WINDOW = Statement(
    "INSERT INTO feedback_windows (crisis, window_start, topic, municipality, total, answered_yes, answered_partly,"
    " answered_no, transferred, urgent) VALUES (:crisis, :start, :topic, '9001', :total, :total, 0, 0, 0, 0)"
)


def agent(conn: Conn) -> None:
    """Somebody who sees what everybody in the crisis may see."""
    add_person(conn, "Mona Bæklund", "9002", by="test", ref="mona-baeklund", fictional=True)
    open_account(conn, "mona-baeklund", "mona-baeklund", by="test")
    give(conn, "mona-baeklund", "call_agent", by="test", municipality="9002")


def tell(conn: Conn, stream: str, *events: Event) -> None:
    """Append events, and fold them."""
    name = f"{stream}-{CRISIS}"
    rows = [told(event, i, position=head_of(conn, name)[0] + i + 1) for i, event in enumerate(events)]
    new = [NewMessage(r.id, r.message, CRISIS, r.time, SYSTEM, r.correlation_id, r.correlation_id, name) for r in rows]
    append_events(conn, Journal(), {name: head_of(conn, name)}, new, T0)
    step(conn, MODELS)


async def test_pages_and_stream_over_postgresql(postgres_url: str) -> None:
    await prepare_postgres(postgres_url, "drift")
    worker = PostgresDatabase(postgres_url, "drift")
    await worker.write(lambda conn: tell(conn, "activation", reported(), activated()))
    for topic, total in (("evakuering", 12), ("dyr", 2)):

        def window(conn: Conn, topic: str = topic, total: int = total) -> None:
            conn.run(_WINDOW, crisis=CRISIS, start=to_micros(T0), topic=topic, total=total)

        await worker.write(window)
    environments = Environments(lambda: ["drift"], lambda _name: PostgresDatabase(postgres_url, "drift"))
    await worker.write(agent)
    token = await worker.write(lambda conn: open_session(conn, "mona-baeklund", "password"))
    app = create_app(environments, PLAYBOOKS, DECIDERS, RIGHTS, allowed_hosts=("testserver",), api_token=TOKEN)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver", cookies={COOKIE: token}
        ) as client,
    ):
        assert "Stormflod ved Strandby" in text_of(await client.get("/"))
        page = text_of(await client.get(f"/krise/drift/{CRISIS}"))
        for words in ("Aktiveret", "Evakuering", "Under 5 - vises ikke"):
            assert words in page
        assert "ØVELSE" not in page
        assert "drift ok rows_behind=0" in (await client.get("/health/ready")).text
        stream = Stream(app, f"topic=drift/{CRISIS}")
        await stream.quiet()
        await worker.write(lambda conn: tell(conn, "logbook", entry(1).model_copy(update={"visibility": "everyone"})))
        news = await asyncio.wait_for(stream.until(lambda event: event["event"] == "entry"), 15)
        assert "Vandet står 1 cm over dækket" in news["data"]["html"]
        await stream.leave()
    await worker.close()
