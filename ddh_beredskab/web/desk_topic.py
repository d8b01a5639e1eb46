"""The desks of an environment as something to watch: a guide is rendered once a language; the same bytes go to all.

Rules kept: two thousand desks cost one rendering; a desk that has what is shown (its stamp) gets nothing again; what is
one agent's own (what he has seen) is never pushed, his desk knows it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.web.desk_reading import DeskRead, Kept, read_desk
from ddh_beredskab.web.desk_views import changes_between, desk_guide
from ddh_beredskab.web.environments import Environment
from ddh_beredskab.web.reading import ClockReading
from ddh_beredskab.web.rendering import Setting, names_in, render, words_in
from ddh_beredskab.web.viewers import Viewers, message
from ddh_beredskab.web.views import View
from ddh_beredskab.web.words import Language

PREFIX = "vagt/"
"""How a desk is named among the topics: `vagt/drift`."""


@dataclass(frozen=True, slots=True)
class DeskPart:
    """One crisis on the desk: what it is made of (hash), its guide as HTML, and the news of it as ready bytes."""

    hash: str
    view: View
    html: Markup
    chunk: bytes


@dataclass(frozen=True, slots=True)
class DeskShown:
    """Everything one rendering of a desk consists of."""

    read: DeskRead
    parts: Mapping[str, DeskPart]

    @property
    def stamp(self) -> int:
        """A number for the whole: who has the same has the same desk."""
        whole = "".join(f"{crisis}{part.hash}" for crisis, part in self.parts.items())
        return int(hashlib.sha256(whole.encode()).hexdigest()[:7], 16)


class DeskTopic:
    """All running crises of one environment in one language."""

    def __init__(self, environment: Environment, language: Language, playbooks: Playbooks) -> None:
        self.environment = environment
        self.language: Language = language
        self.viewers = Viewers()
        self.looked_at = float("-inf")
        """Monotonic seconds; the hub's."""
        self.kept: Kept = {}
        self._playbooks = playbooks
        self._shown: DeskShown | None = None
        self._lock = asyncio.Lock()

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.environment.name}"

    async def show(self) -> DeskShown:
        """The desk as it stands; what is unchanged is not rendered again, and nothing is sent. Raises `Unreadable`."""
        names = await self.environment.names()
        read = await self.environment.read(lambda conn: read_desk(conn, self.kept))
        before: Mapping[str, DeskPart] = self._shown.parts if self._shown else {}
        setting = Setting(self.language, names_in(self.language, names), read.clock.now, read.clock.rate)
        parts: dict[str, DeskPart] = {}
        for each in read.crises:
            view = desk_guide(each, self.kept, self._playbooks, words_in(self.language))
            hash_ = hashlib.sha256(json.dumps(view, default=str, sort_keys=True).encode()).hexdigest()[:16]
            old = before.get(each.crisis)
            if old is not None and old.hash == hash_:
                parts[each.crisis] = old
                continue
            seen = (each.version or 0) - 1
            news = changes_between(each, self.kept, seen, self._playbooks, words_in(self.language))
            html = Markup(render("desk/guide.html", setting, view=view))
            changes = render("desk/changes.html", setting, view=view, changes=news, since=max(seen, 0))
            chunk = self._message(view, hash_, str(html), changes, seen)
            parts[each.crisis] = DeskPart(hash_, view, html, chunk)
        return DeskShown(read, parts)

    async def refresh(self) -> None:
        """Look again, and send what is new to those who watch."""
        async with self._lock:
            before, self._shown = self._shown, await self.show()
            if before is None:
                return
            clock = self._shown.read.clock
            chunks = [self._clock_message(clock)] if _moved(before.read.clock, clock) else []
            chunks += [
                part.chunk
                for crisis, part in self._shown.parts.items()
                if (old := before.parts.get(crisis)) is None or old.hash != part.hash
            ]
            if list(before.parts) != list(self._shown.parts):
                chunks.append(self._crises_message(self._shown))
            self.viewers.send(chunks)

    async def catch_up(self, stamp: int) -> list[bytes]:
        """What a desk with this stamp needs: all, or only the time."""
        if self._shown is None:
            await self.refresh()
        shown = self._shown
        if shown is None:
            return []
        chunks = [self._clock_message(shown.read.clock)]
        if stamp != shown.stamp:
            chunks += [part.chunk for part in shown.parts.values()] + [self._crises_message(shown)]
        return chunks

    def _message(self, view: View, hash_: str, html: str, changes: str, seen: int) -> bytes:
        data = {
            "topic": self.name,
            "fragment": f"guide-{view['crisis']}",
            "hash": hash_,
            "html": html,
            "crisis": view["crisis"],
            "title": view["title"],
            "authority": view["authority"],
            "version": view["version"],
            "recalled": view["recalled"]["at"] if view["recalled"] else None,
            "since": seen,
            "changes": changes,
        }
        return message("fragment", data)

    def _crises_message(self, shown: DeskShown) -> bytes:
        return message("changed", {"topic": self.name, "crises": list(shown.parts)})

    def _clock_message(self, clock: ClockReading) -> bytes:
        return message("clock", {"topic": self.name, "now": clock.now.isoformat(), "rate": clock.rate})


def _moved(before: ClockReading, after: ClockReading) -> bool:
    """Whether a desk counting on by itself would be wrong."""
    return (before.rate, before.set_at) != (after.rate, after.set_at)
