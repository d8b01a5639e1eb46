"""The AsyncAPI 3.0 document: which topics there are, what travels on them, and who sends and who receives.

Payloads are not written twice: every message refers to its own published file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas import catalog
from schemas.base import Message, Model, TimerFired
from schemas.feedback import ReportForOutside, ReportIssued
from schemas.guides import FirstMessageReleased, GuideClosed, GuideRecalled, GuideReleased

FORMAT = "application/schema+json;version=2020-12"
FOR_OUTSIDE: dict[str, tuple[type[Message], ...]] = {
    "guides": (FirstMessageReleased, GuideReleased, GuideRecalled, GuideClosed),
    "reports": (ReportIssued,),
}
"""Topics whose messages travel in clear."""
TOLD: dict[type[Message], type[Model]] = {ReportIssued: ReportForOutside}
"""What travels there in the place of the data, where not all of it may be told."""

_ABOUT = {
    "commands": "What people and doors ask for, and deadlines that have come. Private fields are commitments.",
    "events": "What has happened, in the journal's order per crisis. Private fields are commitments.",
    "feedback": "Citizens' questions as envelopes of up to 100 items of one crisis, without texts.",
    "guides": "The guide in force, in clear, for channels outside. Sent again when the broker has been wiped.",
    "reports": "Reports to the authority, in clear; counts too small to be told are null.",
    "deadletter": "Records that could not be handled, byte for byte; the journal's quarantine holds them as well.",
}
_RECEIVED = ("commands", "events", "feedback")
_HEADERS = {
    "type": "object",
    "description": "A record rings; the journal knows. Everything needed to look it up stands here, as UTF-8.",
    "required": ["id", "type", "position", "crisis", "for"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "The message's id."},
        "type": {"type": "string", "description": "The message's type, e.g. dk.ddh.beredskab.crisis_activated.v1."},
        "position": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Its place in the journal."},
        "crisis": {"type": "string", "description": "The crisis id; also the record's key."},
        "for": {"type": "string", "description": "The concerns that have to handle it, separated by commas."},
        "ring": {"type": "string", "const": "1", "description": "Set when the sweeper rings again."},
    },
}


def message_file(message: type[Message], *, clear: bool = False) -> str:
    """Where a message's full schema is published, relative to the folder."""
    return f"messages/{message.short_name()}.{'clear.' if clear else ''}v{message.schema_version}.json"


def document() -> dict[str, Any]:
    """The whole document."""
    commands = (*catalog.commands(), TimerFired)
    messages = {
        "commands": {_name(m): _message(m) for m in sorted(commands, key=_name)},
        "events": {_name(m): _message(m) for m in catalog.events()},
        "feedback": {"feedback_envelope": _plain("FeedbackEnvelope", "feedback_envelope.v1.json", headers=False)},
        **{topic: {_name(m): _message(m, clear=True) for m in sent} for topic, sent in FOR_OUTSIDE.items()},
        "deadletter": {"dead_letter": {"name": "dead_letter", "title": "DeadLetter", "contentType": "*/*",
                                       "payload": {"description": "Any bytes."}}},
    }  # fmt: skip
    return {
        "asyncapi": "3.0.0",
        "id": "urn:dk.ddh.beredskab",
        "info": {
            "title": "DDH Beredskab",
            "version": "1.0.0",
            "description": "Topics of ddh-beredskab. Kafka carries, SQL remembers: a reader may miss records when an "
            "embedded broker is restarted, and may see one twice; `id` tells. Only the relay writes these topics; "
            "foreign systems come in by HTTP or import. Readers must bear fields and choices that are new to them.",
            "license": {"name": "MPL-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{broker}",
                "protocol": "kafka",
                "description": "Apache Kafka, or the embedded broker on the loopback address.",
                "variables": {"broker": {"default": "127.0.0.1:9092", "description": "host:port"}},
            }
        },
        "channels": {topic: _channel(topic, found) for topic, found in messages.items()},
        "operations": _operations(messages),
        "components": {
            "messages": {f"{topic}-{name}": body for topic, found in messages.items() for name, body in found.items()},
            "schemas": {"doorbell_headers": _HEADERS},
            "parameters": {
                "prefix": {
                    "default": "drift",
                    "description": "drift, or oevelse.<drill id>: a drill shares nothing with operation.",
                    "examples": ["drift", "oevelse.stormflod-1"],
                }
            },
        },
    }


def _channel(topic: str, messages: Iterable[str]) -> dict[str, Any]:
    return {
        "address": f"{{prefix}}.{topic}",
        "description": _ABOUT[topic],
        "parameters": {"prefix": {"$ref": "#/components/parameters/prefix"}},
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{topic}-{name}"} for name in messages},
    }


def _operations(topics: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for topic in topics:
        channel = {"$ref": f"#/channels/{topic}"}
        found[f"send_{topic}"] = {"action": "send", "channel": channel, "summary": f"The relay fills {topic}."}
        if topic in _RECEIVED:
            found[f"receive_{topic}"] = {
                "action": "receive",
                "channel": channel,
                "summary": f"Stream agents are rung by {topic}.",
            }
    return found


def _name(message: type[Message]) -> str:
    return message.short_name()


def _message(message: type[Message], *, clear: bool = False) -> dict[str, Any]:
    made = _plain(message.__name__, message_file(message, clear=clear), headers=True)
    made["name"] = message.type_name()
    made["summary"] = (message.__doc__ or "").strip().splitlines()[0]
    made["correlationId"] = {"location": "$message.payload#/correlation_id"}
    return made


def _plain(title: str, file: str, *, headers: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": title,
        "title": title,
        "contentType": "application/json",
        "payload": {"schemaFormat": FORMAT, "schema": {"$ref": f"./{file}"}},
    }
    if headers:
        made["headers"] = {"$ref": "#/components/schemas/doorbell_headers"}
    return made
