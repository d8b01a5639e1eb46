"""What a read model is: a name, the documents a message touches, and a pure fold.

The rule kept: a document depends on the journal's rows alone - no clock, no chance, no playbook. What changes with
the hour or with a playbook (overdue, targets, Danish words) is worked out when the document is read. Documents are
plain JSON objects; instants in them are ISO 8601 in UTC. A fold never changes the document it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ddh_beredskab.journal.messages import StoredMessage
from schemas.base import Model

Json = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class ReadModel:
    """One question, answered by one document per key.

    `keys` says which documents a message touches; `fold` gives such a document after the message (null: none).
    A fold whose meaning changes gets a higher `version`: it is then folded anew from the first row, beside the old.
    """

    name: str
    keys: Callable[[StoredMessage], tuple[str, ...]]
    fold: Callable[[str, Json | None, StoredMessage], Json | None]
    version: int = 1

    @property
    def stored_name(self) -> str:
        """What its rows are called in `documents` and `read_positions`."""
        return f"{self.name}.{self.version}"


def iso(instant: datetime) -> str:
    """An instant as documents hold it."""
    return instant.isoformat().replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """An instant out of a document."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def plain(value: Model, *without: str) -> Json:
    """A message or value as JSON, but for the fields named."""
    return value.model_dump(mode="json", exclude=set(without), by_alias=False)
