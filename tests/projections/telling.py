"""Messages as they stand in the journal, told in a line each: `told(message, minute)`, and `folded(model, ...)`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, ReadModel
from schemas.base import SYSTEM, Actor, Command, Message, TimerFired

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CRISIS = "stormflod-1"
_SPACE = UUID("00000000-0000-0000-0000-00000000dd11")
_CONCERNS = {"activation": "activation", "crisis_staff": "crisis_staff", "guides": "guides", "feedback": "feedback"}


def told(
    message: Message,
    minute: float = 0,
    *,
    actor: Actor = SYSTEM,
    cause: UUID | None = None,
    position: int = 1,
    crisis: str = CRISIS,
    recorded: float | None = None,
    id_: UUID | None = None,
) -> StoredMessage:
    """The message at a minute after T0, in the stream of the module it is defined in."""
    module = type(message).__module__.rpartition(".")[2]
    concern = getattr(message, "concern", None) or {"logbook": "logbook"}.get(module, _CONCERNS.get(module, module))
    loose = isinstance(message, Command | TimerFired)
    return StoredMessage(
        position=position,
        id=id_ or uuid5(_SPACE, f"{minute}/{position}/{message!r}"),
        type=type(message).type_name(),
        source="test",
        subject=crisis,
        time=T0 + timedelta(minutes=minute),
        recorded_at=T0 + timedelta(minutes=minute if recorded is None else recorded),
        stream=None if loose else f"{concern}-{crisis}",
        version=None if loose else position,
        correlation_id=_SPACE,
        causation_id=cause,
        actor=actor,
        environment="drift",
        hash=None if loose else f"{position:064x}",
        message=message,
    )


def folded(model: ReadModel, rows: Sequence[StoredMessage]) -> dict[str, Json]:
    """The model's documents after these messages."""
    documents: dict[str, Json] = {}
    for row in rows:
        for key in model.keys(row):
            after = model.fold(key, documents.get(key), row)
            if after is not None:
                documents[key] = after
    return documents


def minute(number: float) -> str:
    """How an instant stands in a document."""
    return (T0 + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
