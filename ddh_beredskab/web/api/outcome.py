"""What became of a command: per concern whether it waits, is decided, refused (why), or in quarantine.

Rule kept: it is read from deliveries and events, so it is true also while the read models are behind; for commands of
any age, not only the last hundred.
"""

from __future__ import annotations

from typing import Any, cast

from ddh_beredskab.clock import from_micros
from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.core.playbook import Texts
from ddh_beredskab.core.redaction import redact_message
from ddh_beredskab.core.wording import refusal_sentence
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import read_at
from schemas.base import Actor, Command, CommandRefused, DeadlineCancelled, DeadlineSet
from schemas.catalog import commands
from schemas.commitments import ERASED

_MESSAGE = Statement("SELECT position, type, subject, time, recorded_at FROM messages WHERE id = :id")
_DELIVERIES = Statement("SELECT concern, done_at, outcome FROM deliveries WHERE position = :position ORDER BY concern")
_CAUSED = Statement(
    "SELECT position FROM messages WHERE subject = :crisis AND position > :position AND causation_id = :id"
    " AND stream = :stream ORDER BY position"
)
_COMMANDS = frozenset(each.short_name() for each in commands())

_STATUS = {None: "waiting", "quarantined": "quarantined", "refused": "refused"}
_WORST_FIRST = ("waiting", "quarantined", "refused", "decided")


def outcome_of(conn: Conn, texts: Texts, command_id: str) -> dict[str, Any] | None:
    """The answer as JSON; null when no such command was ever received."""
    row = conn.one(_MESSAGE, id=command_id)
    if row is None or str(row[1]).removeprefix("dk.ddh.beredskab.").partition(".")[0] not in _COMMANDS:
        return None
    position, type_, crisis = int(row[0]), str(row[1]), str(row[2])
    concerns = [
        _concern(conn, texts, command_id, position, crisis, str(concern), done_at, outcome)
        for concern, done_at, outcome in conn.all(_DELIVERIES, position=position)
    ]
    status = next((each for each in _WORST_FIRST if any(c["status"] == each for c in concerns)), "decided")
    return {
        "id": command_id,
        "type": type_,
        "subject": crisis,
        "time": _iso(row[3]),
        "received_at": _iso(row[4]),
        "status": status,
        "label": say(f"api.status.{status}"),
        "concerns": concerns,
    }


def _concern(
    conn: Conn, texts: Texts, id_: str, position: int, crisis: str, concern: str, done_at: int | None, outcome: Any
) -> dict[str, Any]:
    status = "waiting" if done_at is None else _STATUS.get(str(outcome), "decided")
    events: list[str] = []
    refusal: dict[str, str] | None = None
    if status in ("decided", "refused"):
        stream = own_stream(concern, crisis)
        caused = read_at(
            conn, [int(r[0]) for r in conn.all(_CAUSED, crisis=crisis, position=position, id=id_, stream=stream)]
        )
        for each in caused:
            match each.message:
                case DeadlineSet() | DeadlineCancelled():
                    pass
                case CommandRefused() as refused:
                    refusal = {
                        "code": refused.code,
                        "detail": refusal_sentence(texts, refused.code, refused.facts),
                    }
                case event:
                    events.append(type(event).short_name())
    return {
        "concern": concern,
        "status": status,
        "label": say(f"api.status.{status}"),
        "decided_at": None if done_at is None else _iso(done_at),
        "events": events,
        "refusal": refusal,
    }


def _iso(micros: Any) -> str:
    return from_micros(int(micros)).isoformat().replace("+00:00", "Z")


# -- the same id again ----------------------------------------------------------------------------

_STORED = Statement("SELECT position FROM messages WHERE id = :id")


def is_same(conn: Conn, command_id: str, command: Command, crisis: str, actor: Actor) -> bool:
    """Whether what is stored under the id is this command; what has been erased since counts as the same."""
    row = conn.one(_STORED, id=command_id)
    if row is None:
        return False
    (stored,) = read_at(conn, [int(row[0])])
    if (type(stored.message), stored.subject, stored.actor) != (type(command), crisis, actor):
        return False
    sent, _ = redact_message(command)
    return _alike(stored.message.model_dump(mode="json"), sent.model_dump(mode="json"))


def _alike(stored: Any, sent: Any) -> bool:
    if isinstance(stored, dict) and isinstance(sent, dict):
        ours, theirs = cast("dict[str, Any]", stored), cast("dict[str, Any]", sent)
        return ours.keys() == theirs.keys() and all(_alike(ours[key], theirs[key]) for key in ours)
    if isinstance(stored, list) and isinstance(sent, list):
        ours, theirs = cast("list[Any]", stored), cast("list[Any]", sent)
        return len(ours) == len(theirs) and all(map(_alike, ours, theirs))
    if isinstance(stored, str) and isinstance(sent, str):
        return stored == ERASED or stored == sent.replace("\x00", "")
    return bool(stored == sent)
