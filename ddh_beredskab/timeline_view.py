"""The live timeline in the terminal: the log's entries as they are written, and under them how the crisis stands.

The rule kept: it only reads, from the same read models as the pages; on a terminal the last lines stay and change, and
where nobody looks on (a file, a pipe) it writes plain lines and nothing twice.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ddh_beredskab.danish_time import clock, day_and_clock
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.plain_text import plain
from ddh_beredskab.projections.documents import document, documents
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.roster import ROSTER, holders
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.projections.timeline import TIMELINE, page_key, page_of

LOOK_EVERY = 0.25
STATUS_EVERY = 60
"""On plain lines the status comes once in so many looks."""

_REF = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._-]{0,79})")
_NAMES = Statement("SELECT ref, name FROM persons")
_QUESTIONS = Statement("SELECT coalesce(sum(total), 0) FROM feedback_windows WHERE crisis = :crisis")
_COLOURS = {
    "urgent": "bold red",
    "decision": "bold",
    "omission": "yellow",
    "correction": "yellow",
    "relief": "cyan",
    "meeting": "cyan",
    "system": "dim",
}


def named(text: str, names: Mapping[str, str]) -> str:
    """The text with `@ref` as the person's name; a ref nobody knows stays as it is."""

    def found(match: re.Match[str]) -> str:
        ref, tail = match[1], ""
        while ref not in names and ref != "systemet" and ref[-1] in "._-":
            ref, tail = ref[:-1], ref[-1] + tail
        if ref == "systemet":
            return say("cli.system_name") + tail
        return names.get(ref, f"@{ref}") + tail

    return _REF.sub(found, text)


@dataclass(frozen=True, slots=True)
class Status:
    """How the crisis stands, in the words of the screen."""

    clock: datetime
    phase: str
    level: str
    guide: str
    staff: int
    questions: int
    entries: int


class Reader:
    """Reads what is new in one crisis, page by page."""

    def __init__(self, database: Database, crisis: str) -> None:
        self._database = database
        self._crisis = crisis
        self._shown = 0
        self._names: dict[str, str] = {}

    async def look(self) -> tuple[Status, list[Json]]:
        """The status, and the log entries since the last look."""
        return await self._database.read(self._look)

    def _look(self, conn: Conn) -> tuple[Status, list[Json]]:
        if not self._names:
            self._names = {str(ref): str(name) for ref, name in conn.all(_NAMES)}
        situation = document(conn, SITUATION, self._crisis) or {}
        guide = document(conn, GUIDE_IN_FORCE, self._crisis) or {}
        entries = (document(conn, TIMELINE, self._crisis) or {"entries": 0})["entries"]
        row = conn.one(_QUESTIONS, crisis=self._crisis)
        version = guide.get("version")
        status = Status(
            clock=clock_now(conn),
            phase=say(f"phase.{situation.get('phase') or 'waiting'}"),
            level=say(f"level.{situation['level']}") if situation.get("level") else "",
            guide="-" if version is None else str(version),
            staff=len(holders(document(conn, ROSTER, self._crisis))),
            questions=int(row[0]) if row else 0,
            entries=entries,
        )
        return status, self._new_entries(conn, entries)

    def _new_entries(self, conn: Conn, upto: int) -> list[Json]:
        if upto <= self._shown:
            return []
        keys = [page_key(self._crisis, page) for page in range(page_of(self._shown + 1), page_of(upto) + 1)]
        pages = documents(conn, TIMELINE, keys)
        found = [entry for key in keys if key in pages for entry in pages[key]["entries"]]
        found = [entry for entry in found if self._shown < entry["number"] <= upto]
        self._shown = upto
        return [entry | {"text": named(entry["text"], self._names)} for entry in found]


class View(Protocol):
    """Where the timeline is shown."""

    def entry(self, entry: Json) -> None: ...
    def status(self, status: Status, played: str) -> None: ...
    def say(self, text: str) -> None: ...
    def close(self) -> None: ...


class LiveView:
    """A terminal: entries scroll, the status stays at the foot."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._live.start()

    def entry(self, entry: Json) -> None:
        line = Table.grid(padding=(0, 1))
        for width in (5, 15, None):
            line.add_column(width=width, overflow="fold", no_wrap=width is not None)
        kind = Text(_kind(entry), style=_COLOURS.get(entry["kind"], ""))
        line.add_row(Text(clock(instant(entry["happened_at"])), style="dim"), kind, Text(plain(entry["text"])))
        self._console.print(line)

    def status(self, status: Status, played: str) -> None:
        foot = Text(say("cli.up.foot_clock", clock=day_and_clock(status.clock)), style="bold")
        foot.append(f"   {status.phase}" + (f", {status.level}" if status.level else ""), style="bold green")
        counts = Text(_counts(status) + (f"   {played}" if played else ""), style="dim")
        self._live.update(Group(Rule(style="dim"), foot, counts))

    def say(self, text: str) -> None:
        self._console.print(Text(text))

    def close(self) -> None:
        self._live.stop()


class PlainView:
    """A file or a pipe: lines, and the status once in a while."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._looks = 0
        self._said = ""

    def entry(self, entry: Json) -> None:
        self._line(f"{clock(instant(entry['happened_at']))}  {_kind(entry)}: {entry['text']}")

    def status(self, status: Status, played: str) -> None:
        if self._looks % STATUS_EVERY == 0:
            now = say("cli.up.foot_clock", clock=day_and_clock(status.clock))
            line = f"-- {now}  {status.phase}  {_counts(status)}  {played}".rstrip()
            if line != self._said:
                self._line(line)
            self._said = line
        self._looks += 1

    def say(self, text: str) -> None:
        self._line(text)

    def close(self) -> None:
        pass

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


def view_on(stream: TextIO | None = None) -> View:
    """The view that fits where stdout goes."""
    where = stream or sys.stdout
    return LiveView(where) if where.isatty() else PlainView(where)


class Timeline:
    """Follows one crisis until it is told to stop; `played` is how far the drill is, as its driver says."""

    def __init__(self, reader: Reader, view: View) -> None:
        self._reader = reader
        self._view = view
        self.played = ""

    async def run(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(LOOK_EVERY)

    async def once(self) -> None:
        """Show what is new."""
        status, entries = await self._reader.look()
        for entry in entries:
            self._view.entry(entry)
        if self.played:  # before the first input there is no drill's clock to show
            self._view.status(status, self.played)


def _counts(status: Status) -> str:
    return say(
        "cli.up.foot_counts",
        entries=status.entries,
        questions=status.questions,
        guide=status.guide,
        staff=status.staff,
    )


def _kind(entry: dict[str, Any]) -> str:
    return say(f"log_kind.{entry['kind']}")
