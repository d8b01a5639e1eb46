"""The desk over PostgreSQL: what an agent has seen, registers and confirms."""

from __future__ import annotations

import httpx

from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import PostgresDatabase
from ddh_beredskab.journal.migrate import prepare_postgres
from ddh_beredskab.people.entry import open_session
from ddh_beredskab.web import Environments, create_app
from ddh_beredskab.web.guard import COOKIE
from tests.core.strandby import activated
from tests.projections.telling import CRISIS
from tests.projections.test_guide_in_force import opened, released
from tests.projections.test_situation import reported
from tests.web.site import DECIDERS, PLAYBOOKS, RIGHTS, TOKEN
from tests.web.test_desk import STOP
from tests.web.test_postgres import agent, tell

_RECEIPTS = Statement("SELECT count(*) FROM guide_receipts")
_ITEMS = Statement("SELECT count(*) FROM feedback_items")


async def test_what_is_sent_twice_counts_once(postgres_url: str) -> None:
    await prepare_postgres(postgres_url, "drift")
    worker = PostgresDatabase(postgres_url, "drift")
    await worker.write(lambda conn: tell(conn, "activation", reported(), activated()))
    await worker.write(lambda conn: tell(conn, "guides", opened(), released(1)))
    await worker.write(agent)
    token = await worker.write(lambda conn: open_session(conn, "mona-baeklund", "password"))
    environments = Environments(lambda: ["drift"], lambda _name: PostgresDatabase(postgres_url, "drift"))
    app = create_app(environments, PLAYBOOKS, DECIDERS, RIGHTS, allowed_hosts=("testserver",), api_token=TOKEN)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver", cookies={COOKIE: token}
        ) as client,
    ):
        assert STOP in (await client.get("/vagt/drift")).text
        for _ in range(2):
            seen = await client.post("/vagt/drift/set", data={"crisis": CRISIS, "version": "1"})
            assert seen.status_code == 303, seen.text
            asked = {"id": "0190a5c0-0000-7000-8000-000000000001", "crisis": CRISIS, "topic": "dyr", "answered": "no"}
            assert (await client.post("/vagt/drift/spoergsmaal", data=asked)).status_code == 303
        assert STOP not in (await client.get("/vagt/drift")).text
    counts = await worker.read(lambda conn: (conn.one(_RECEIPTS), conn.one(_ITEMS)))
    assert [tuple(row) for row in counts if row] == [(1,), (1,)]
    await worker.close()
