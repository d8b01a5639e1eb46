"""Citizens' questions that come with an inject: spread over its minutes, asked of the agents on shift, each once.

Rules kept: they go through the door every question goes through; how many have been asked stands in the inject's row
and moves in the transaction that stores them; a question the guide answers is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.doors import accept_feedback
from ddh_beredskab.drills.plan import Inject
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from schemas.feedback import FeedbackItem

_ASKING = Statement(
    "SELECT inject, delivered_at, asked FROM drill_injects WHERE state = 'delivered' AND delivered_at IS NOT NULL"
    " ORDER BY delivered_at, key"
)
_ASKED = Statement("UPDATE drill_injects SET asked = :asked WHERE key = :key AND asked = :before")
_ON_SHIFT = Statement(
    "SELECT DISTINCT agent FROM agents_on_shift WHERE since <= :at AND (until IS NULL OR until > :at) ORDER BY agent"
)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asking:
    """An inject whose questions have not all been asked."""

    inject: Inject
    delivered_at: datetime
    asked: int

    def due(self, now: datetime) -> int:
        """How many must have been asked by then."""
        questions = self.inject.questions
        assert questions is not None
        minutes = (now - self.delivered_at) // MINUTE
        if minutes >= questions.over_minutes:
            return questions.count
        return questions.count * (minutes + 1) // (questions.over_minutes + 1)

    def next_at(self, now: datetime) -> datetime:
        """When there is something to ask next; `now` when there is already."""
        at = now
        while self.due(at) <= self.asked:
            at = self.delivered_at + ((at - self.delivered_at) // MINUTE + 1) * MINUTE
        return at


def asking(conn: Conn) -> list[Asking]:
    """Injects that have been delivered, and have questions left."""
    rows = [
        Asking(Inject.model_validate_json(str(row[0])), from_micros(int(row[1])), int(row[2]))
        for row in conn.all(_ASKING)
    ]
    return [each for each in rows if each.inject.questions and each.asked < each.inject.questions.count]


def ask(conn: Conn, each: Asking, now: datetime, recording: Recording, participants: frozenset[str]) -> int:
    """Store what is due by now, in the caller's transaction; how many."""
    upto = each.due(now)
    if upto <= each.asked or conn.run(_ASKED, key=each.inject.key, before=each.asked, asked=upto) != 1:
        return 0
    crisis = recording.crisis_id(each.inject.crisis)
    on_shift = [str(row[0]) for row in conn.all(_ON_SHIFT, at=to_micros(now))]
    agents = [agent for agent in on_shift if agent not in participants]
    guide: Json = document(conn, GUIDE_IN_FORCE, crisis) or {}
    version = guide.get("version")
    content: Json = guide.get("content") or {}
    items = [
        _item(each, number, now, recording, agents, version, answered=_topic(each) in content.get("by_topic", {}))
        for number in range(each.asked, upto)
    ]
    return accept_feedback(conn, items).new


def _topic(each: Asking) -> str:
    assert each.inject.questions is not None
    return each.inject.questions.topic


def _item(
    each: Asking,
    number: int,
    now: datetime,
    recording: Recording,
    agents: Sequence[str],
    version: int | None,
    *,
    answered: bool,
) -> FeedbackItem:
    questions = each.inject.questions
    assert questions is not None
    affected = recording.authority_of(each.inject.crisis).affected
    return FeedbackItem(
        id=_id(recording, each.inject.key, number),
        crisis_id=recording.crisis_id(each.inject.crisis),
        topic=questions.topic,
        time=now,
        answered="yes" if answered else "no",
        municipality=affected[0] if affected else "",
        guide_version=version,
        agent=agents[number % len(agents)] if agents else None,
        text=questions.text,
    )


def _id(recording: Recording, key: str, number: int) -> UUID:
    return uuid5(recording.namespace, f"inject/{key}/{number}")
