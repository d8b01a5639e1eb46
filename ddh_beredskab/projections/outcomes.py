"""What became of a command? The last hundred per crisis: waiting, decided (what it led to), or refused (why).

For the receipt page: "afventer" until an event names the command as its cause.
"""

from __future__ import annotations

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, ReadModel, iso
from schemas.base import Command, CommandRefused, DeadlineCancelled, DeadlineSet, Event
from schemas.logbook import LogEntryRecorded, WriteLogEntry

LAST = 100


def keys(message: StoredMessage) -> tuple[str, ...]:
    """Commands, and the events that name their cause."""
    match message.message:
        case Command() | CommandRefused():
            return (message.subject,)
        case DeadlineSet() | DeadlineCancelled():
            return ()
        case Event() if message.causation_id is not None:
            return (message.subject,)
        case _:
            return ()


def fold(_key: str, doc: Json | None, row: StoredMessage) -> Json | None:
    """The list after one message; events whose cause is no command in it change nothing."""
    commands: Json = doc["commands"] if doc else {}
    match row.message:
        case Command() as command:
            new: Json = {
                "type": type(command).short_name(),
                "at": iso(row.time),
                "by": row.actor.person,
                "outcome": "waiting",
                "code": None,
                "facts": {},
                "events": [],
            }
            kept = dict(list(commands.items())[-(LAST - 1) :])
            return {"commands": kept | {str(row.id): new}}
        case CommandRefused() as refused if (known := commands.get(str(refused.command_id))) is not None:
            done = {"outcome": "refused", "code": refused.code, "facts": refused.facts, "decided_at": iso(row.time)}
            return {"commands": commands | {str(refused.command_id): known | done}}
        case CommandRefused():
            return doc
        case event if (known := commands.get(str(row.causation_id))) is not None:
            if isinstance(event, LogEntryRecorded) and known["type"] not in _LOG_COMMANDS:
                return doc  # the log telling of it is no outcome
            events = [*known["events"], type(event).short_name()]
            done = {"outcome": "decided", "events": events, "decided_at": iso(row.time)}
            return {"commands": commands | {str(row.causation_id): known | done}}
        case _:
            return doc


OUTCOMES = ReadModel("outcomes", keys, fold)

_LOG_COMMANDS = frozenset({WriteLogEntry.short_name(), "correct_log_entry"})


def outcome(doc: Json | None, command_id: str) -> Json | None:
    """What is known of one command; null when it is not among the last hundred."""
    return (doc or {"commands": {}})["commands"].get(command_id)
