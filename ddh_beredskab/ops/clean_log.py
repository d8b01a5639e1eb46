"""What a log line may hold: ids, places, counts and the names of errors; never what somebody wrote.

Errors repeat what they were given: pydantic its input, database drivers their parameters. That is cut out here, for
every line of the program alike, and CPR numbers, phone numbers, mail and street addresses are struck out of the rest.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from ddh_beredskab.core.redaction import strike_contact, strike_cpr

LEFT_OUT = "[udeladt]"
LONGEST = 8_000
_KNOWN = frozenset({"event", "level", "timestamp", "environment", "crisis_id", "message_id", "request_id", "concern"})
"""Ours, and ids: a uuid has digits that could look like a phone number."""

_GIVEN = (
    re.compile(r"(?<=input_value=).*?(?=, input_type=|$)", re.DOTALL),  # pydantic
    re.compile(r"(?<=\[parameters: ).*?(?=\]\s*(?:\(Background|$))", re.DOTALL),  # SQLAlchemy
    re.compile(r"(?<=query argument \$)(?P<n>\d+): .*", re.DOTALL),  # asyncpg
    re.compile(r"(?<=DETAIL: ).*"),  # PostgreSQL
    re.compile(r"(?<=Key \().*?(?=\) already exists)"),
)


def clean(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the last before the line is written."""
    for name, value in line.items():
        if name not in _KNOWN and isinstance(value, str):
            line[name] = cleaned(value)
    return line


def cleaned(text: str) -> str:
    """A text of the program without what it was given."""
    for pattern in _GIVEN:
        text = pattern.sub(LEFT_OUT, text)
    text, _ = strike_cpr(text)
    text, _ = strike_contact(text)
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."
