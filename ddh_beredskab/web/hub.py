"""Keeps the watched topics fresh: wakes when a journal has changed, looks at what is watched, sends what is new.

Rules kept: nobody watches, nothing is read; a topic is looked at a few times a second at most, however busy the
journal; each topic is rendered once for all its viewers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from ddh_beredskab.clock import monotonic
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.web.desk_topic import PREFIX, DeskTopic
from ddh_beredskab.web.environments import Environment, Environments, Unreadable
from ddh_beredskab.web.reading import changed_crises
from ddh_beredskab.web.topics import AUDIENCES, Audience, CrisisTopic, ListTopic, Looks, NoSuchCrisis
from ddh_beredskab.web.viewers import PING_SECONDS, Viewer, Viewers, greeting
from ddh_beredskab.web.words import LANGUAGES, Language

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 0.15
WAKE_AT_LEAST = 1.0
SCAN_EVERY = 1.0
LOOK_ANYWAY_EVERY = 0.9
"""A crisis in which nothing happened is looked at so often, if there is time: hours pass, questions are asked."""
LOOK_FOR = 0.05
"""Seconds a look may take for those; a hundred open crises then have their turn every two seconds."""
MOST_TOPICS = 8
"""How many topics one stream may carry (one browser with many tabs)."""


Wanted = tuple[str, int, Audience]
"""A topic, the number of the last log entry the viewer has, and as whom it is seen."""


class Hub:
    """All live topics of one web process."""

    def __init__(self, environments: Environments, playbooks: Playbooks) -> None:
        self._environments = environments
        self._playbooks = playbooks
        self._desks: dict[tuple[str, Language], DeskTopic] = {}
        self._looks: dict[Audience, Looks] = {audience: Looks(playbooks, audience) for audience in AUDIENCES}
        self._crises: dict[tuple[str, Language, Audience], CrisisTopic] = {}
        everyone = self._looks["everyone"]
        self._lists = {language: ListTopic(environments, language, everyone) for language in LANGUAGES}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._seen: dict[str, int] = {}
        """Environment -> how far its read models had come at the last look."""

    async def start(self) -> None:
        """Open the environments and begin to watch."""
        await self._scan()
        self._tasks = [asyncio.create_task(self._scan_for_ever()), asyncio.create_task(self._ping_for_ever())]

    async def stop(self) -> None:
        """End all streams and all watching."""
        for viewers in self._all_viewers():
            viewers.end()
        for task in (*self._tasks, *self._watches.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self._environments.close()

    async def watch(self, viewer: Viewer, wanted: Sequence[Wanted], language: Language) -> bytes:
        """Let the viewer watch topics, each from the log entry it has; what it needs to begin with."""
        chunks = [greeting()]
        for name, after, audience in wanted[:MOST_TOPICS]:
            if name == "list":
                self._lists[language].viewers.add(viewer)
                chunks += await self._lists[language].catch_up(datetime.now(UTC))
                continue
            if name.startswith(PREFIX):
                chunks += await self._watch_desk(viewer, name, after, language)
                continue
            topic = self._topic(name, language, audience)
            if topic is None:
                continue
            topic.viewers.add(viewer)
            try:
                chunks += await topic.catch_up(after)
            except (NoSuchCrisis, Unreadable):
                topic.viewers.remove(viewer)
        return b"".join(chunks)

    def desk(self, environment: Environment, language: Language) -> DeskTopic:
        """The desk of an environment, the same for all who sit at it."""
        found = self._desks.get((environment.name, language))
        if found is None or found.environment is not environment:
            found = self._desks[environment.name, language] = DeskTopic(environment, language, self._playbooks)
        return found

    async def _watch_desk(self, viewer: Viewer, name: str, stamp: int, language: Language) -> list[bytes]:
        environment = self._environments.get(name.removeprefix(PREFIX))
        if environment is None:
            return []
        topic = self.desk(environment, language)
        topic.viewers.add(viewer)
        try:
            return await topic.catch_up(stamp)
        except Unreadable:
            topic.viewers.remove(viewer)
            return []

    def leave(self, viewer: Viewer) -> None:
        """The viewer is gone."""
        viewer.gone = True
        for viewers in self._all_viewers():
            viewers.remove(viewer)
        self._crises = {key: topic for key, topic in self._crises.items() if len(topic.viewers)}

    def watching(self) -> int:
        """How many streams are open (one that carries two topics counts twice)."""
        return sum(len(viewers) for viewers in self._all_viewers())

    def _all_viewers(self) -> list[Viewers]:
        return [topic.viewers for topic in (*self._crises.values(), *self._lists.values(), *self._desks.values())]

    def _topic(self, name: str, language: Language, audience: Audience) -> CrisisTopic | None:
        if (topic := self._crises.get((name, language, audience))) is not None:
            return topic
        environment_name, _, crisis = name.partition("/")
        environment = self._environments.get(environment_name)
        if environment is None or not crisis:
            return None
        topic = CrisisTopic(environment, crisis, language, self._looks[audience])
        self._crises[name, language, audience] = topic
        return topic

    # -- watching -------------------------------------------------------------------------------

    async def _watch_environment(self, environment: Environment) -> None:
        while True:
            try:
                await environment.database.changed(WAKE_AT_LEAST)
                await self._look(environment)
            except Unreadable:
                await asyncio.sleep(WAKE_AT_LEAST)
            except Exception:
                log.exception("a journal cannot be watched", environment=environment.name)
                await asyncio.sleep(WAKE_AT_LEAST)
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self, environment: Environment) -> None:
        watched = [t for t in self._crises.values() if t.environment is environment and len(t.viewers)]
        lists = [topic for topic in self._lists.values() if len(topic.viewers)]
        for desk in [d for d in self._desks.values() if d.environment is environment and len(d.viewers)]:
            await desk.refresh()
        if watched:
            await environment.look()
            await self._refresh_some(environment, watched)
        for topic in lists:
            await topic.refresh(datetime.now(UTC))

    async def _refresh_some(self, environment: Environment, watched: Sequence[CrisisTopic]) -> None:
        """What has changed at once; the others, for whom only the hour has, in turn and as far as the time goes.

        Doors are served on this loop, too: with a hundred crises open, looking at all of them each time held them up.
        """
        seen = self._seen.get(environment.name)
        folded, changed = await environment.read(lambda conn: changed_crises(conn, seen))
        self._seen[environment.name] = folded
        first = [topic for topic in watched if changed is None or topic.crisis in changed]
        began = monotonic()
        for topic in first:
            await self._refresh(topic, changed=changed is not None)
        rest = [topic for topic in watched if topic not in first and began - topic.looked_at >= LOOK_ANYWAY_EVERY]
        for topic in sorted(rest, key=lambda topic: topic.looked_at):
            if monotonic() - began > LOOK_FOR:
                break
            await self._refresh(topic)

    async def _refresh(self, topic: CrisisTopic, *, changed: bool = False) -> None:
        topic.looked_at = monotonic()
        try:
            await topic.refresh(changed=changed)
        except NoSuchCrisis:
            topic.viewers.end()
        await asyncio.sleep(0)  # whoever waits at a door goes first

    async def _scan(self) -> None:
        await self._environments.refresh()
        there = {environment.name: environment for environment in self._environments.all()}
        for name in [name for name in self._watches if name not in there]:
            self._watches.pop(name).cancel()
            for topic in [t for t in (*self._crises.values(), *self._desks.values()) if t.environment.name == name]:
                topic.viewers.end()
        for name, environment in there.items():
            if name not in self._watches:
                self._watches[name] = asyncio.create_task(self._watch_environment(environment), name=f"watch {name}")

    async def _scan_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SCAN_EVERY)
            try:
                await self._scan()
                for topic in self._lists.values():
                    if len(topic.viewers):
                        await topic.refresh(datetime.now(UTC))
            except Exception:
                log.exception("looking for environments failed")

    async def _ping_for_ever(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            for viewers in self._all_viewers():
                viewers.send([b": ping\n\nevent: ping\ndata: {}\n\n"])
