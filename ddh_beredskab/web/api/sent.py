"""What may be sent: a command in the manner of CloudEvents, and citizens' questions.

Rule kept: what these types and the commands' own types let through can be stored on both databases; what they do not
say cannot be sent.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from schemas.base import Actor, Command, CrisisId, Instant, Model
from schemas.catalog import commands
from schemas.feedback import FeedbackItem, NoteUrgentTransfers

MOST_ITEMS = 500
MESSAGE_ID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

OURS_ALONE: tuple[type[Command], ...] = (NoteUrgentTransfers,)
"""Commands that the engine gives itself."""

ACCEPTED: tuple[type[Command], ...] = tuple(each for each in commands() if each not in OURS_ALONE)


class SentCommand(Model):
    """A command; `data` is read by its type. Without an `id` it gets one, without a `time` it happened now."""

    id: Annotated[str, StringConstraints(pattern=MESSAGE_ID)] | None = None
    type: str = Field(max_length=200)
    subject: CrisisId
    time: Instant | None = None
    actor: Actor
    data: dict[str, Any]


class SentItem(FeedbackItem):
    """A question as other systems may send it: every value fits its column and its index."""

    topic: str = Field(min_length=1, max_length=100)
    transferred_to: str = Field(default="", max_length=200)
    municipality: str = Field(default="", max_length=40)
    guide_version: int | None = Field(default=None, ge=0, le=1_000_000)
    """0 is the first message (førstebesked)."""


class SentFeedback(Model):
    """Citizens' questions, all or none of them."""

    items: tuple[SentItem, ...] = Field(min_length=1, max_length=MOST_ITEMS)
