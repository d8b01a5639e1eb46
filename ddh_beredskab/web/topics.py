"""What can be watched: the list of crises, or one crisis. A topic knows what was last shown and sends what changed.

`list` is the list; `<environment>/<crisis>` is a crisis. A client says `<environment>/<crisis>@57` when it has the
log up to number 57, and gets what came after. Fragments carry a hash of what they are made of: equal hash, nothing
to redraw. Log entries carry their number: coming twice, they replace themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import orjson
from markupsafe import Markup

from ddh_beredskab.clock import monotonic
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.timeline import PAGE
from ddh_beredskab.web import views
from ddh_beredskab.web.environments import Environment, Environments, Unreadable
from ddh_beredskab.web.reading import (
    ClockReading,
    CrisisRead,
    folded_to,
    read_crises,
    read_crisis,
    read_entries,
    waiting,
)
from ddh_beredskab.web.rendering import Setting, names_in, render
from ddh_beredskab.web.viewers import Viewers, message
from ddh_beredskab.web.words import Language

Audience = Literal["staff", "authority", "everyone"]
"""Who looks: the crisis staff, the affected authority, or anybody in the crisis (small counts and others' entries are
hidden from the last two)."""
AUDIENCES: tuple[Audience, ...] = ("staff", "authority", "everyone")
_READS: Mapping[Audience, set[str]] = {
    "staff": {"staff", "staff_and_authority", "everyone"},
    "authority": {"staff_and_authority", "everyone"},
    "everyone": {"everyone"},
}

ENTRIES = 30
"""How many log entries a crisis page begins with."""
TELL_EVERY = 2.0
"""Seconds between two words to the pages over several crises that something happened."""
REFILL = 300
"""How many missed entries a stream brings; who missed more loads the page anew."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a page: what it is made of (hash), and its HTML."""

    hash: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything one rendering of a topic consists of."""

    fragments: Mapping[str, Fragment]
    clock: ClockReading
    last: int = 0


class NoSuchCrisis(Exception):
    """There is no crisis of that id in that environment."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What all pages share: the rules as data, and who looks."""

    playbooks: Playbooks
    audience: Audience

    @property
    def staff(self) -> bool:
        return self.audience == "staff"


class CrisisTopic:
    """One crisis in one language, as it was last shown."""

    def __init__(self, environment: Environment, crisis: str, language: Language, looks: Looks) -> None:
        self.environment = environment
        self.crisis = crisis
        self.language: Language = language
        self.viewers = Viewers()
        self.looked_at = float("-inf")
        """Monotonic seconds; the hub's."""
        self._looks = looks
        self._shown: Shown | None = None
        self._read: CrisisRead | None = None
        self._messages: dict[str, tuple[str, bytes]] = {}
        self._lock = asyncio.Lock()

    @property
    def name(self) -> str:
        return f"{self.environment.name}/{self.crisis}"

    @property
    def base(self) -> str:
        """The path of the crisis."""
        return f"/krise/{self.name}"

    async def read(self) -> CrisisRead:
        """The crisis as it stands; raises `NoSuchCrisis`, `Unreadable`."""
        names = await self.environment.names()
        looks, environment, crisis = self._looks, self.environment, self.crisis
        hide_under = looks.playbooks.limits.hide_counts_under
        found = await environment.read(
            lambda conn: read_crisis(
                conn,
                environment.name,
                crisis,
                names,
                staff=looks.staff,
                hide_under=hide_under,
                lagging=environment.lagging,
            )
        )
        if found is None:
            raise NoSuchCrisis(self.name)
        return replace(found, pinned=visible(found.pinned, looks))

    async def show(self) -> tuple[CrisisRead, Shown]:
        """All fragments anew (those whose hash is unchanged are not rendered again); nothing is sent."""
        read = await self.read()
        setting = self.setting(read)
        before: Mapping[str, Fragment] = self._shown.fragments if self._shown else {}
        fragments = {
            name: rendered(f"fragments/{name}.html", view(read, self._looks.playbooks), setting, before.get(name))
            for name, view in views.FRAGMENTS.items()
        }
        last = read.log["entries"] if read.log else 0
        return read, Shown(fragments, read.clock, last)

    async def refresh(self, *, changed: bool = False) -> None:
        """Look again, and send what is new to those who watch; `changed`: something happened in the crisis."""
        async with self._lock:
            await self._refresh(changed)

    async def _refresh(self, changed: bool = False) -> None:
        before = self._shown
        read, shown = await self.show()
        if before is None:
            self._read, self._shown = read, shown
            return
        chunks = [self.clock_message(read)] if _clock_moved(before.clock, read.clock) else []
        chunks += [
            self.fragment_message(name, fragment)
            for name, fragment in shown.fragments.items()
            if before.fragments[name].hash != fragment.hash
        ]
        entries = await self.entries(before.last + 1, shown.last) if shown.last > before.last else []
        again = _told_again(self._read, read, entries, shown.last)
        for number in sorted(again):
            chunks += [self.entry_message(entry, read, new=False) for entry in await self.entries(number, number)]
        chunks += [self.entry_message(entry, read) for entry in entries]
        self._read, self._shown = read, shown
        if changed or chunks:  # pages whose parts are made for one viewer look again by themselves
            chunks.append(message("changed", {"topic": self.name}))
        self.viewers.send(chunks)

    async def catch_up(self, after: int) -> list[bytes]:
        """What a viewer who has the log up to `after` needs first: all fragments, and the entries since."""
        if self._shown is None or self._read is None:
            await self.refresh()
        read, shown = self._read, self._shown
        if read is None or shown is None:
            return []
        chunks = [self.clock_message(read)]
        chunks += [self.fragment_message(name, fragment) for name, fragment in shown.fragments.items()]
        first = max(after + 1, shown.last - REFILL + 1)
        entries = await self.entries(first, shown.last)
        for number in sorted(_corrected(entries)):  # it had the wrong text before the line was lost
            chunks += [self.entry_message(entry, read, new=False) for entry in await self.entries(number, number)]
        chunks += [self.entry_message(entry, read) for entry in entries]
        return chunks

    async def entries(self, first: int, last: int) -> list[Json]:
        """Log entries this audience may read, by number, in order."""
        crisis = self.crisis
        found = await self.environment.read(lambda conn: read_entries(conn, crisis, first, last))
        return visible(found, self._looks)

    async def entry_views(self, first: int, last: int) -> list[views.View]:
        """Log entries as they are shown, newest first."""
        playbooks, found = self._looks.playbooks, await self.entries(first, last)
        return [views.log_entry(entry, playbooks, self.base) for entry in reversed(found)]

    def setting(self, read: CrisisRead) -> Setting:
        return Setting(self.language, names_in(self.language, read.names), read.clock.now, read.clock.rate)

    def clock_message(self, read: CrisisRead) -> bytes:
        clock = read.clock
        return message("clock", {"topic": self.name, "now": clock.now.isoformat(), "rate": clock.rate})

    def fragment_message(self, name: str, fragment: Fragment) -> bytes:
        """Made once per fragment, however many viewers begin with it."""
        hash_, ready = self._messages.get(name, ("", b""))
        if hash_ != fragment.hash:
            data = {"topic": self.name, "fragment": name, "hash": fragment.hash, "html": str(fragment.html)}
            ready = message("fragment", data)
            self._messages[name] = (fragment.hash, ready)
        return ready

    def entry_message(self, entry: Json, read: CrisisRead, *, new: bool = True) -> bytes:
        """An entry told again (it was corrected) carries no id: the last id says how far the log was read."""
        view = views.log_entry(entry, self._looks.playbooks, self.base)
        html = render("fragments/entry.html", self.setting(read), entry=view)
        data = {"topic": self.name, "number": entry["number"], "html": html}
        return message("entry", data, f"{self.name}:{entry['number']}" if new else None)


class ListTopic:
    """The list of crises over all environments in one language."""

    name = "list"

    def __init__(self, environments: Environments, language: Language, looks: Looks) -> None:
        self.language: Language = language
        self.viewers = Viewers()
        self._environments = environments
        self._looks = looks
        self._shown: Shown | None = None
        self._folded: dict[str, int] = {}
        self._told_at = float("-inf")

    async def show(self, now: datetime) -> Shown:
        """The list anew; nothing is sent."""
        lines: list[views.View] = []
        unreadable = list(self._environments.broken)
        names: dict[str, str] = {}
        waits: list[views.View] = []
        for environment in self._environments.all():
            try:
                found = await environment.read(read_crises)
                if (late := await environment.read(waiting)) is not None:
                    waits.append(views.waiting_line(environment.name, late))
                names |= await environment.names()
            except Unreadable:
                unreadable.append(environment.name)
                continue
            lines += [views.crisis_line(environment.name, line, self._looks.playbooks) for line in found]
        lines.sort(key=lambda line: line["since"] or "", reverse=True)
        for line in lines:
            line["group"] = "running" if line["running"] else "over" if line["over"] else "under_way"
        setting = Setting(self.language, names_in(self.language, names), now)
        view = {"lines": lines, "unreadable": unreadable, "waiting": waits}
        before = self._shown.fragments.get("crises") if self._shown else None
        fragment = rendered("fragments/crises.html", view, setting, before)
        return Shown({"crises": fragment}, ClockReading(now, 1.0))

    async def refresh(self, now: datetime) -> None:
        """Look again, and send the list when it is another."""
        before = self._shown
        self._shown = await self.show(now)
        if before is None or before.fragments["crises"].hash != self._shown.fragments["crises"].hash:
            self.viewers.send(self._messages(self._shown))
        await self._tell_of_change()

    async def _tell_of_change(self) -> None:
        """Something happened somewhere: pages over several crises look again, every other second at most."""
        if monotonic() - self._told_at < TELL_EVERY:
            return
        folded = await self._folded_to()
        if folded != self._folded:
            if self._folded:
                self.viewers.send([message("changed", {"topic": self.name})])
            self._folded, self._told_at = folded, monotonic()

    async def _folded_to(self) -> dict[str, int]:
        """How far the read models of each environment have come."""
        folded: dict[str, int] = {}
        for environment in self._environments.all():
            with contextlib.suppress(Unreadable):
                folded[environment.name] = await environment.read(folded_to)
        return folded

    async def catch_up(self, now: datetime) -> list[bytes]:
        if not self._folded:  # from here on, what happens is told
            self._folded = await self._folded_to()
        if self._shown is None:
            self._shown = await self.show(now)
        return self._messages(self._shown)

    def clock_message(self, now: datetime) -> bytes:
        return message("clock", {"topic": self.name, "now": now.isoformat(), "rate": 1.0})

    def _messages(self, shown: Shown) -> list[bytes]:
        fragment = shown.fragments["crises"]
        data = {"topic": self.name, "fragment": "crises", "hash": fragment.hash, "html": str(fragment.html)}
        return [message("fragment", data)]


def rendered(template: str, view: views.View, setting: Setting, before: Fragment | None) -> Fragment:
    """The fragment of a view; the one before where the view is the same."""
    made_of = orjson.dumps(view, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    hash_ = hashlib.sha256(made_of).hexdigest()[:16]
    if before is not None and before.hash == hash_:
        return before
    return Fragment(hash_, Markup(render(template, setting, view=view)))


def readable(audience: Audience) -> set[str]:
    """The visibilities of the entries an audience may read."""
    return _READS[audience]


def visible(entries: Sequence[Json], looks: Looks) -> list[Json]:
    """The staff reads all; the authority what it shares with the staff; others what all in the crisis may read."""
    return [entry for entry in entries if entry["visibility"] in _READS[looks.audience]]


def _corrected(entries: Sequence[Json]) -> set[int]:
    """Earlier entries that these correct."""
    corrected = {entry["refers_to"] for entry in entries if entry["kind"] == "correction" and entry["refers_to"]}
    return corrected - {entry["number"] for entry in entries}


def _told_again(before: CrisisRead | None, read: CrisisRead, entries: Sequence[Json], last: int) -> set[int]:
    """Entries that were told already and read otherwise now: corrected, held up or let go, filed."""
    again = _corrected(entries)
    old, new = (before.log if before else None) or {}, read.log or {}
    again |= set(old.get("pinned", [])) ^ set(new.get("pinned", []))
    if old.get("filed", 0) != new.get("filed", 0):
        again |= set(range(first_shown(last), last + 1))
    return again - {entry["number"] for entry in entries}


def first_shown(last: int) -> int:
    """The oldest entry a crisis page begins with."""
    return max(1, last - ENTRIES + 1)


def newest_page(last: int) -> int:
    """The page of the log with the newest entries."""
    return max(1, (last - 1) // PAGE + 1)


def _clock_moved(before: ClockReading, after: ClockReading) -> bool:
    """Whether a client counting on by itself would be wrong."""
    return (before.rate, before.set_at) != (after.rate, after.set_at)
