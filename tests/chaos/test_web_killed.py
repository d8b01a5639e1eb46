"""The web killed -9 while a drill is played: the drill does not notice, and the page is there again with the crisis."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import httpx

from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.embedded_broker import free_port
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.up import web_child
from tests.chaos.onlooker import OPERATOR
from tests.chaos.stage import Run, core_sha256, drill, piece

KILLS = 3


async def _page(address: str, words: str) -> None:
    """Until the page holds the words."""
    async with httpx.AsyncClient(headers=OPERATOR) as client, asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if words in (await client.get(address)).text:
                    return
            await asyncio.sleep(0.2)


async def test_the_web_killed_three_times_costs_no_decision_and_the_page_comes_back(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    web = Supervisor([web_child(Settings(data=tmp_path, port=port))], tmp_path / "web")
    killed: list[int] = []

    async def villain(run: Run) -> None:
        await run.moves(1)
        await _page(address, "Strandby")
        for _ in range(KILLS):
            pid = web.status()[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
            await _page(address, "Strandby")

    await web.start()
    try:
        outcome = await drill(tmp_path, piece(), villain)
        if len(killed) < KILLS:  # the drill may be quicker than the web's third return
            await _page(address, "Strandby")
    finally:
        await web.stop()
    assert killed
    assert len(set(killed)) == len(killed)
    assert outcome.summary.decisions_sha256 == core_sha256(piece())
    assert (outcome.summary.lost, outcome.summary.doubled) == (0, 0)
