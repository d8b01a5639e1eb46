"""The stream: news reaches those who watch, once and in order; who comes late or back gets what he missed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.doors import accept
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.web.event_stream import wanted_topics
from ddh_beredskab.web.viewers import QUEUE, Viewer, Viewers
from schemas.base import Actor, Command
from schemas.logbook import PinLogEntry
from tests.projections.stage import Stage
from tests.web.site import TOKEN, Stream, application

_UNDO = Statement(
    "UPDATE deliveries SET done_at = NULL, committed_at = :at WHERE position = (SELECT max(position) FROM deliveries)"
)
_REDO = Statement("UPDATE deliveries SET done_at = 1 WHERE done_at IS NULL")


@pytest.fixture
async def app(evening: Stage) -> AsyncIterator[FastAPI]:
    """The running application over the evening's surge."""
    app = application(Path(evening.database.path).parents[2])
    async with app.router.lifespan_context(app):
        yield app


def topic(stage: Stage, after: int = 0) -> str:
    return f"topic={stage.environment}/{stage.crisis}@{after}"


def play(stage: Stage, commands: int) -> None:
    """Play on until so many more commands have come."""
    wanted = [given for given in stage.recording.inputs if given.kind == "command" and given.at > stage.now]
    stage.play(wanted[commands - 1].at)


def accept_now(stage: Stage, command: Command, actor: Actor) -> None:
    """Commit a command, and let the engine decide it."""
    journal = Journal(environment=stage.environment)
    stage.write(lambda conn: accept(conn, journal, command, stage.crisis, actor, time=stage.now))
    stage.live_step()


def numbers(events: list[dict[str, object]]) -> list[int]:
    return [event["data"]["number"] for event in events if event["event"] == "entry"]  # type: ignore[index]


async def test_a_viewer_gets_everything_first_and_then_only_what_is_new(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    first = await stream.quiet()
    assert {event["data"]["fragment"] for event in first if event["event"] == "fragment"} == {
        "overview", "pinned", "steps", "guide", "roster", "topics", "reports", "background",
    }  # fmt: skip
    had = numbers(first)
    assert had == list(range(1, len(had) + 1))
    play(evening, 2)
    news = await stream.quiet()
    assert numbers(news)[0] == had[-1] + 1
    assert numbers(news) == sorted(set(numbers(news)))
    await stream.leave()


async def test_the_streams_headers_forbid_keeping_buffering_and_compressing(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    retry = await stream.next()
    assert retry is not None
    assert 2000 <= int(retry["raw"].removeprefix("retry: ")) < 3000
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["cache-control"] == "no-store"
    assert stream.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in stream.headers
    assert "content-length" not in stream.headers
    await stream.leave()


async def test_who_comes_back_with_the_last_id_gets_the_entries_since(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    entries = [event for event in await stream.quiet() if event["event"] == "entry"]
    last = entries[-1]["id"]
    assert last == f"{evening.environment}/{evening.crisis}:{len(entries)}"
    await stream.leave()
    play(evening, 3)
    back = Stream(app, topic(evening), last_event_id=last)
    assert numbers(await back.quiet())[0] == len(entries) + 1
    await back.leave()


async def test_all_viewers_of_a_topic_get_the_same_bytes(app: FastAPI, evening: Stage) -> None:
    streams = [Stream(app, topic(evening)) for _ in range(5)]
    for stream in streams:
        await stream.quiet()
    play(evening, 2)
    news = [await stream.quiet() for stream in streams]
    assert news[0]
    assert all(each == news[0] for each in news)
    for stream in streams:
        await stream.leave()


async def test_a_viewer_who_left_is_forgotten(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    await stream.quiet()
    assert app.state.hub.watching() == 1
    await stream.leave()
    assert app.state.hub.watching() == 0


async def test_a_decision_that_waits_five_seconds_is_told_and_the_telling_ends(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    await stream.quiet()

    def overview(event: dict[str, object]) -> bool:
        return event["event"] == "fragment" and event["data"]["fragment"] == "overview"  # type: ignore[index]

    def undo(conn: Conn) -> None:
        conn.run(_UNDO, at=wall_micros() - 6_000_000)

    evening.write(undo)
    told = await stream.until(overview)
    assert "1 beslutning venter siden " in told["data"]["html"]
    evening.write(lambda conn: conn.run(_REDO))
    assert "beslutning venter" not in (await stream.until(overview))["data"]["html"]
    await stream.leave()


async def test_a_correction_tells_the_corrected_entry_again_struck_through_and_without_an_id(
    app: FastAPI, evening: Stage
) -> None:
    correction = next(g for g in evening.recording.inputs if type(g.payload).__name__ == "CorrectLogEntry")
    evening.play(lambda given: given.index == correction.index)
    stream = Stream(app, topic(evening))
    await stream.quiet()
    evening.play(correction.at)
    news = [event for event in await stream.quiet() if event["event"] == "entry"]
    again = [event for event in news if event["id"] is None]
    assert len(again) == 1
    assert again[0]["data"]["number"] == correction.payload.number  # type: ignore[union-attr]
    assert "<del>" in again[0]["data"]["html"]
    await stream.leave()


async def test_who_was_away_when_an_earlier_entry_was_corrected_gets_it_struck_through(
    app: FastAPI, evening: Stage
) -> None:
    correction = next(g for g in evening.recording.inputs if type(g.payload).__name__ == "CorrectLogEntry")
    evening.play(lambda given: given.index == correction.index)
    stream = Stream(app, topic(evening))
    last = [event for event in await stream.quiet() if event["event"] == "entry"][-1]["id"]
    await stream.leave()
    evening.play(correction.at)
    back = Stream(app, topic(evening), last_event_id=last)
    news = [event for event in await back.quiet() if event["event"] == "entry"]
    again = next(e for e in news if e["data"]["number"] == correction.payload.number)  # type: ignore[union-attr]
    assert again["id"] is None
    assert "<del>" in again["data"]["html"]
    await back.leave()


async def test_a_pin_is_told_with_the_pinned_lines_and_with_the_line_itself(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    await stream.quiet()
    keeper = Actor(person="rikke-klitroe", role="secretariat")
    accept_now(evening, PinLogEntry(number=2), keeper)
    news = await stream.quiet()
    pinned = next(e["data"]["html"] for e in news if e["data"].get("fragment") == "pinned")
    assert 'href="#nr-2"' in pinned
    line = next(e for e in news if e["event"] == "entry")
    assert (line["id"], line["data"]["number"]) == (None, 2)
    assert "log-pinned" in line["data"]["html"]
    await stream.leave()


async def test_the_clock_is_told_when_the_drill_moves_it(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, topic(evening))
    await stream.quiet()
    play(evening, 1)
    clock = await stream.until(lambda event: event["event"] == "clock")
    assert clock["data"] == {
        "topic": f"{evening.environment}/{evening.crisis}", "now": evening.now.isoformat(), "rate": 0.0,
    }  # fmt: skip
    await stream.leave()


async def test_the_list_of_crises_is_live_too(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, "topic=list")
    first = await stream.until(lambda event: event["event"] == "fragment")
    assert "Under vurdering" in first["data"]["html"]
    activation = next(g for g in evening.recording.inputs if type(g.payload).__name__ == "GiveProvisionalActivation")
    evening.play(activation.at)
    changed = await stream.until(lambda event: event["event"] == "fragment")
    assert "Foreløbigt aktiveret" in changed["data"]["html"]
    await stream.leave()


async def test_one_stream_may_carry_several_topics(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, f"topic=list&{topic(evening)}&topic=drift/findes-ikke")
    topics = {event["data"].get("topic") for event in await stream.quiet()}
    assert topics == {None, "list", f"{evening.environment}/{evening.crisis}"}
    await stream.leave()


async def test_the_english_stream_speaks_english(app: FastAPI, evening: Stage) -> None:
    stream = Stream(app, f"lang=en&{topic(evening)}")
    fragments = [event["data"]["html"] for event in await stream.quiet() if event["event"] == "fragment"]
    assert any("Under assessment" in html for html in fragments)
    await stream.leave()


async def test_stopping_ends_open_streams(evening: Stage) -> None:
    app = application(Path(evening.database.path).parents[2])
    async with app.router.lifespan_context(app):
        stream = Stream(app, topic(evening))
        await stream.quiet()
    await asyncio.wait_for(stream.task, 2)


async def test_a_fragments_hash_is_the_pages_hash_so_that_nothing_is_drawn_twice(app: FastAPI, evening: Stage) -> None:
    operator = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=operator) as client:
        html = (await client.get(f"/krise/{evening.environment}/{evening.crisis}")).text
    on_page = dict(re.findall(r'data-fragment="([a-z]+)" data-hash="([0-9a-f]+)"', html))
    stream = Stream(app, topic(evening))
    sent = {e["data"]["fragment"]: e["data"]["hash"] for e in await stream.quiet() if e["event"] == "fragment"}
    assert on_page == sent
    await stream.leave()


async def test_a_viewer_who_does_not_keep_up_is_let_go_and_the_others_are_not() -> None:
    slow, quick, viewers = Viewer(), Viewer(), Viewers()
    viewers.add(slow)
    viewers.add(quick)
    received: list[bytes] = []

    async def read() -> None:
        received.extend([chunk async for chunk in quick.chunks()])

    reading = asyncio.create_task(read())
    for number in range(QUEUE + 5):
        viewers.send([b"%d " % number])
        await asyncio.sleep(0)
    assert slow.gone
    assert not quick.gone
    assert len(viewers) == 1
    assert [chunk async for chunk in slow.chunks()] == []
    viewers.end()
    await reading
    assert b"".join(received).split() == [b"%d" % number for number in range(QUEUE + 5)]


@pytest.mark.parametrize(
    ("asked", "last", "wanted"),
    [
        (["list"], None, [("list", 0)]),
        (["drift/a@57"], None, [("drift/a", 57)]),
        (["drift/a@57"], "drift/a:60", [("drift/a", 60)]),
        (["drift/a@57"], "drift/a:3", [("drift/a", 57)]),
        (["drift/a@57"], "drift/b:99", [("drift/a", 57)]),
        (["drift/a@-1", "drift/b@x"], "noget:vrøvl", [("drift/a", 0), ("drift/b", 0)]),
        (["drift/a@" + "9" * 50], None, [("drift/a", 0)]),
    ],
)
def test_what_a_client_asks_for(asked: list[str], last: str | None, wanted: list[tuple[str, int]]) -> None:
    assert wanted_topics(asked, last) == wanted
