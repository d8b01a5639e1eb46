"""The guide in force as outside readers get it: the chatbot's file, and the public feed.

Only what is meant for citizens stands here: no duty number, no transfers, no names of persons. A reader asks again with
the `ETag` it was given, and is told when nothing has changed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.activation import CrisisKind
from schemas.base import CrisisId, Instant, Model

PublicState = Literal["first_message", "in_force", "recalled", "closed"]


class PublicAnswer(Model):
    """One question and its answer; `id` stays the same from version to version."""

    id: str = Field(pattern=r"^(question|topic)\.[a-z][a-z0-9_-]*$")
    question: str
    text: str
    """Plain text."""
    html: str
    """The same with bold, lists and links."""


class PublicGuide(Model):
    """What is to be told citizens now about one crisis."""

    crisis: CrisisId
    title: str
    kind: CrisisKind
    authority: str
    state: PublicState
    """recalled: say the correction and nothing else; closed: the crisis is over, and no answer is in force."""
    version: int | None
    released_at: Instant | None
    confirmed_at: Instant | None
    """When the authority last said that it still holds, or released it."""
    next_update_at: Instant | None
    stale_since: Instant | None
    """Set when the authority has not confirmed it in time: since when. Say so."""
    correction: str
    lines: tuple[str, ...]
    """The first message, until there is a guide."""
    answers: tuple[PublicAnswer, ...]
    english: str
    details: str
    """The address of this one crisis."""


class PublicGuides(Model):
    """All that is in force."""

    guides: tuple[PublicGuide, ...]
