"""A small real Faust worker for the contract tests, run as a script: it must be a real process that really dies.

`ours` is the app of `agents/app.py` with all its agents and a sixth, whose ringer does what each record tells it to.
The other kinds use Faust as it comes; what is lost then is asserted, so that a change is noticed.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust

from agents import app as ours
from agents.doorbells import listen
from ddh_beredskab.streams.doorbell import Doorbell
from ddh_beredskab.streams.faust_patch import set_fetch_wait

SIXTH = "sixth"


class Scribe:
    """Stands where the ringer stands: notes each order and carries it out."""

    def __init__(self, notes: Path) -> None:
        self._notes = notes

    def note(self, text: str) -> None:
        """One line in the file that all lives of a test share."""
        with self._notes.open("a") as notes:
            notes.write(f"{text} pid={os.getpid()}\n")

    async def answer(self, concern: str, bell: Doorbell, place: str, raw: bytes) -> None:
        del bell, place
        await self.obey(concern, raw)

    async def set_aside(self, place: str, reason: str, raw: bytes) -> None:
        del reason
        self.note(f"aside {place} {raw!r}")

    async def obey(self, concern: str, raw: bytes) -> None:
        """The order in a record: {"n": number, "do": what, "who": whom it is for, or all}."""
        order = json.loads(raw)
        self.note(f"begin {concern} {order['n']}")
        if order.get("who") in (None, concern) and self._first_time(order):
            match order.get("do", ""):
                case "raise":
                    raise RuntimeError("a bug in our code")
                case "wait":
                    await asyncio.sleep(order["seconds"])
                case "block":
                    time.sleep(order["seconds"])  # noqa: ASYNC251 - a blocked loop is the point
                case _:
                    pass
        self.note(f"done {concern} {order['n']}")

    def _first_time(self, order: dict[str, Any]) -> bool:
        """An order with `once` is carried out by the first life that meets it."""
        if not order.get("once"):
            return True
        mark = self._notes.with_suffix(f".{order['n']}")
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def our_app(address: str, prefix: str, scribe: Scribe) -> Any:
    """The product's own app, settings and agents."""
    parts = SimpleNamespace(bootstrap_servers=address, prefix=prefix, fetch_wait_ms=5, embedded_broker=True)
    worker: Any = SimpleNamespace(parts=parts, ringer=scribe)

    async def ready() -> None:
        scribe.note("ready")

    app = ours.build(worker, [ready])
    (topic,) = {agent.channel for agent in app.agents.values()}

    async def sixth(stream: Any) -> None:
        ringer: Any = scribe
        await listen(stream, SIXTH, ringer)

    app.agent(topic, name=SIXTH, concurrency=1)(sixth)
    return app


def careless_app(kind: str, address: str, prefix: str, scribe: Scribe) -> Any:
    """Faust with one thing or another left as it comes."""
    set_fetch_wait(5)
    app: Any = faust.App(
        prefix + "worker",
        broker=f"kafka://{address}",
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="ddh-faust-"),
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        stream_wait_empty=kind not in ("no-wait", "noack"),
        broker_commit_interval=0.5,
        broker_session_timeout=3.0,
        broker_heartbeat_interval=0.5,
        broker_rebalance_timeout=3.0,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
    )
    topic = app.topic(prefix + "commands", value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def careless(stream: Any) -> None:
        if kind.startswith("noack"):
            async for event in stream.noack().events():
                await scribe.obey("careless", event.message.value)
                await stream.ack(event)
        else:
            async for value in stream:
                await scribe.obey("careless", value)

    async def ready() -> None:
        scribe.note("ready")

    app.agent(topic, name="careless", concurrency=2 if kind == "two-at-once" else 1)(careless)
    app.task(ready)
    return app


def main(kind: str, address: str, prefix: str, notes: str) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    scribe = Scribe(Path(notes))
    if kind == "ours":
        ours.run(our_app(address, prefix, scribe), loop)
    app = careless_app(kind, address, prefix, scribe)
    faust.Worker(app, loop=loop, loglevel="WARNING", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:5])
