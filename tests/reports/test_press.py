"""A document that cannot be set in its process of its own says why, and leaves no process behind."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from datetime import UTC, datetime
from typing import Any

import pytest

from ddh_beredskab.reports import press
from ddh_beredskab.reports.press import PressFailed, pdf_apart

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[Process]:
    """The processes in which type is set, as they are started."""
    found: asyncio.Queue[Process] = asyncio.Queue()
    start = asyncio.create_subprocess_exec

    async def noted(*argv: str, **how: Any) -> Process:
        process = await start(*argv, **how)
        found.put_nowait(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return found


async def test_facts_that_the_template_cannot_use_are_told() -> None:
    with pytest.raises(PressFailed, match='key "words"'):
        await pdf_apart("paper", {"nothing": "in it"}, at=AT)


async def test_a_template_that_is_not_there_is_told() -> None:
    with pytest.raises(PressFailed, match="No such file"):
        await pdf_apart("no_such_template", {}, at=AT)


async def test_a_document_that_takes_too_long_is_given_up_and_its_process_ended(
    monkeypatch: pytest.MonkeyPatch, started: asyncio.Queue[Process]
) -> None:
    monkeypatch.setattr(press, "WITHIN", 0.0)
    with pytest.raises(PressFailed, match="not set within"):
        await pdf_apart("paper", {}, at=AT)
    assert (await started.get()).returncode == -9


async def test_whoever_no_longer_waits_leaves_no_process_behind(started: asyncio.Queue[Process]) -> None:
    asked = asyncio.create_task(pdf_apart("paper", {}, at=AT))
    process = await started.get()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert process.returncode is not None


async def test_a_process_that_is_killed_is_told(started: asyncio.Queue[Process]) -> None:
    asked = asyncio.create_task(pdf_apart("paper", {}, at=AT))
    (await started.get()).kill()
    with pytest.raises(PressFailed, match="-9"):
        await asked
