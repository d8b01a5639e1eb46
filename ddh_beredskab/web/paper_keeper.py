"""Keeps the paper twin of every open crisis as a file on this machine, so that a dark screen does not matter.

Rules kept: the file is there whole or not at all; a crisis is written again when something happened in it, at most each
half minute, the oldest paper first; with a hundred crises open, paper takes a fifth of one core at most, and grows
older instead; a disk that is full costs the newest paper and nothing else; phone numbers do not lie about for ever.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ddh_beredskab.clock import monotonic
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.reports.paper import paper_facts, read_paper, read_reached
from ddh_beredskab.reports.paper_parts import Speech
from ddh_beredskab.reports.press import PressFailed, pdf_apart
from ddh_beredskab.timeline_view import named
from ddh_beredskab.web.environments import Environment, Environments, Unreadable
from ddh_beredskab.web.people_door import People
from ddh_beredskab.web.reading import changed_crises, read_crises
from ddh_beredskab.web.rendering import names_in, words_in
from ddh_beredskab.web.topics import NoSuchCrisis

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 5.0
AT_MOST_EVERY = 30.0
REST = 4.0
"""So many times as long as a paper took, nothing is set in type: screens and doors share the cores with it."""
PRESSES = 2
"""Papers set at the same time, asked for or kept; each is a process of some 100 MB for a second."""
FIRST_AFTER = 20.0
"""Seconds after the start; until then the file from before lies there."""
FOLDER = "papir"
DONE_WITH = ("evaluated", "declined")
"""Phases in which nobody writes on paper any more."""


@dataclass
class _Kept:
    """What is known of one crisis's file."""

    written: float = float("-inf")
    changed: bool = True
    why: str = ""


@dataclass
class PaperKeeper:
    """The files of one web process."""

    environments: Environments
    people: People
    playbooks: Playbooks
    data: Path | None
    """The folder of the journals; null: they are not on this machine, and no file is kept."""
    _kept: dict[tuple[str, str], _Kept] = field(default_factory=dict[tuple[str, str], _Kept])
    _seen: dict[str, int] = field(default_factory=dict[str, int])
    _presses: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PRESSES))

    def file_of(self, environment: str, crisis: str) -> Path | None:
        """Where a crisis's paper lies; null: the journals are not on this machine."""
        if self.data is None:
            return None
        return sqlite_path(self.data, environment).parent / FOLDER / f"{crisis}.pdf"

    def trouble(self, environment: str, crisis: str) -> str:
        """Why the last writing failed; empty: it did not."""
        kept = self._kept.get((environment, crisis))
        return kept.why if kept else ""

    async def paper(self, environment: Environment, crisis: str) -> bytes:
        """A crisis's paper as it is now, in Danish.

        Raises `Unreadable`, `NoSuchCrisis` when there is none, and `PressFailed` or `OSError` when it cannot be set.
        """
        at, playbooks = datetime.now(UTC), self.playbooks
        read = await environment.read(lambda conn: read_paper(conn, environment.name, crisis, at))
        if read is None:
            raise NoSuchCrisis(crisis)
        reached = await self.people.read(read_reached)
        known = await self.people.names() | await environment.names()
        person = names_in("da", known).person
        speech = Speech(words_in("da"), person, lambda text: named(text, known))
        facts = await asyncio.to_thread(lambda: paper_facts(read, reached, playbooks, speech, at=at))
        async with self._presses:
            return await pdf_apart("paper", facts, at=at)

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            try:
                await self.step()
            except Exception:
                log.exception("paper could not be kept")
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> None:
        """Look at every journal, and write what has changed and is due."""
        if self.data is None:
            return
        for environment in self.environments.all():
            try:
                await self._note_changes(environment)
            except Unreadable:
                continue
        for (name, crisis), kept in sorted(self._kept.items(), key=lambda each: each[1].written):
            environment = self.environments.get(name)
            if environment is None:
                del self._kept[name, crisis]
            elif kept.changed and monotonic() - kept.written >= AT_MOST_EVERY:
                began = monotonic()
                await self._write(environment, crisis, kept)
                await asyncio.sleep(REST * (monotonic() - began))

    async def _note_changes(self, environment: Environment) -> None:
        seen = self._seen.get(environment.name)
        folded, changed = await environment.read(lambda conn: changed_crises(conn, seen))
        self._seen[environment.name] = folded
        if changed is None:
            changed = {str(line["crisis"]) for line in await environment.read(read_crises)}
        for crisis in changed:
            self._kept.setdefault((environment.name, crisis), _Kept()).changed = True

    async def _write(self, environment: Environment, crisis: str, kept: _Kept) -> None:
        target = self.file_of(environment.name, crisis)
        assert target is not None
        kept.changed, kept.written = False, monotonic()
        try:
            situation = await environment.read(lambda conn: document(conn, SITUATION, crisis))
            if situation is None or situation["phase"] in DONE_WITH:
                target.unlink(missing_ok=True)
                return
            made = await self.paper(environment, crisis)
            await asyncio.to_thread(_put, target, made)
            kept.why = ""
        except (OSError, Unreadable, PressFailed) as error:
            kept.changed, kept.why = True, getattr(error, "strerror", None) or str(error)
            log.warning("paper could not be written", path=str(target), error=repr(error))


def _put(target: Path, made: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    try:
        with half.open("wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
