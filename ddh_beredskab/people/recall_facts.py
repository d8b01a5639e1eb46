"""After a recall: how long the wrong text was in force, who had it in front of them, and what was asked meanwhile.

Rules kept: the period is from the version's release until its recall, the end not included; what was registered counts
by the version it is stamped with, and what has no stamp (imports) is told apart; nothing here guesses.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import read_stream
from schemas.guides import GuideRecalled

_AGENTS = Statement(
    "SELECT agent, municipality, seen_at FROM guide_receipts WHERE crisis = :crisis AND version = :version"
    " ORDER BY municipality, agent"
)
_LEFT = Statement("SELECT municipality, seen FROM receipt_totals WHERE crisis = :crisis AND version = :version")
_ITEMS = Statement(
    "SELECT id, topic, time, guide_version FROM feedback_items WHERE crisis = :crisis"
    " AND ((guide_version = :version AND time >= :since)"
    " OR (guide_version IS NULL AND time >= :since AND time < :upto)) ORDER BY position"
)


@dataclass(frozen=True, slots=True)
class SawIt:
    """An agent who had the recalled version in front of him."""

    agent: str
    municipality: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecallFacts:
    """What is known of a recalled version."""

    version: int
    since: datetime
    upto: datetime
    wrong: str
    correction: str
    agents: tuple[SawIt, ...]
    """Who confirmed having seen it while it was in force."""
    late: tuple[SawIt, ...]
    """Who confirmed it after the recall."""
    by_municipality: tuple[tuple[str, int], ...]
    """Municipality -> how many saw it; known also when the names are deleted."""
    names_deleted: bool
    items: tuple[str, ...]
    """Ids of the questions registered with it while it was in force."""
    topics: tuple[tuple[str, int], ...]
    """Topic -> how many of these, most asked first."""
    unstamped: int
    """Questions of the period that name no version (from other channels)."""
    after: int
    """Questions registered with it after the recall."""

    @property
    def seen(self) -> int:
        return sum(count for _, count in self.by_municipality)


def recall_facts(conn: Conn, crisis: str, version: int) -> RecallFacts | None:
    """The facts of a recalled version; null: it was not recalled."""
    recalled = next(
        (
            row.message
            for row in read_stream(conn, f"guides-{crisis}")
            if isinstance(row.message, GuideRecalled) and row.message.version == version
        ),
        None,
    )
    if recalled is None:
        return None
    since, upto = recalled.in_force_from, recalled.in_force_to
    saw = [SawIt(str(a), str(m), from_micros(at)) for a, m, at in conn.all(_AGENTS, crisis=crisis, version=version)]
    left = [(str(m), int(n)) for m, n in conn.all(_LEFT, crisis=crisis, version=version)]
    agents = tuple(each for each in saw if each.at < upto)
    counted = Counter(each.municipality for each in agents)
    found = conn.all(_ITEMS, crisis=crisis, version=version, since=to_micros(since), upto=to_micros(upto))
    stamped = [(str(id_), str(topic), int(at)) for id_, topic, at, stamp in found if stamp is not None]
    during = [(id_, topic) for id_, topic, at in stamped if at < to_micros(upto)]
    topics = Counter(topic for _, topic in during)
    return RecallFacts(
        version=version,
        since=since,
        upto=upto,
        wrong=recalled.wrong,
        correction=recalled.correction,
        agents=agents,
        late=tuple(each for each in saw if each.at >= upto),
        by_municipality=tuple(sorted(left or counted.items())),
        names_deleted=bool(left),
        items=tuple(id_ for id_, _ in during),
        topics=tuple(sorted(topics.items(), key=lambda each: (-each[1], each[0]))),
        unstamped=len(found) - len(stamped),
        after=len(stamped) - len(during),
    )
