"""What a person is told after handing in a command: that it is received, and what became of it.

The rule kept: "received" is said after the commit and never before; "decided" only when every concern that had the
command delivered is done with it; what takes longer is "afventer", which is no failure.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.wording import refusal_sentence
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import StoredMessage, read_at
from schemas.base import CommandRefused, DeadlineCancelled, DeadlineSet

_OPEN = Statement(
    "SELECT count(*), count(d.done_at) FROM messages m JOIN deliveries d ON d.position = m.position WHERE m.id = :id"
)
_CAUSED = Statement("SELECT position FROM messages WHERE subject = :crisis AND causation_id = :id ORDER BY position")

Verdict = Literal["decided", "refused", "waiting"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command."""

    verdict: Verdict
    events: tuple[str, ...] = ()
    code: str | None = None
    sentence: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": self.verdict,
            "events": list(self.events),
            "refused": {"code": self.code, "sentence": self.sentence} if self.code else None,
        }


async def outcome_of(database: Database, playbooks: Playbooks, crisis: str, command: UUID, *, within: float) -> Outcome:
    """Wait for the command to be decided, at most `within` seconds."""
    until = time.monotonic() + within
    while True:
        found = await database.read(lambda conn: _look(conn, playbooks, crisis, command))
        left = until - time.monotonic()
        if found is not None:
            return found
        if left <= 0:
            return Outcome("waiting")
        await database.changed(min(left, 0.25))


def _look(conn: Conn, playbooks: Playbooks, crisis: str, command: UUID) -> Outcome | None:
    row = conn.one(_OPEN, id=str(command))
    deliveries, done = (int(row[0]), int(row[1])) if row else (0, 0)
    if deliveries == 0 or done < deliveries:
        return None
    caused = read_at(conn, [int(r[0]) for r in conn.all(_CAUSED, crisis=crisis, id=str(command))])
    refused = next((each.message for each in caused if isinstance(each.message, CommandRefused)), None)
    if refused is not None:
        sentence = refusal_sentence(playbooks.texts, refused.code, refused.facts)
        return Outcome("refused", code=refused.code, sentence=sentence)
    return Outcome("decided", events=tuple(_name(each) for each in caused if _tells(each)))


def _tells(row: StoredMessage) -> bool:
    return not isinstance(row.message, (DeadlineSet, DeadlineCancelled))


def _name(row: StoredMessage) -> str:
    return type(row.message).short_name()
