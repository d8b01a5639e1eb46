"""What an agent sends from the desk: questions as they were registered, one by a form or several that waited.

Rules kept: each is judged by itself, so that one with a mistake never holds up the others; the sender's clock is not
believed, only how long ago it was; no text is longer than it is shown; what names somebody is struck out at the door.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from pydantic import Field, ValidationError

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.redaction import strike_feedback
from ddh_beredskab.journal import clock_row
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import documents
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.web.desk_views import topic_keys
from ddh_beredskab.web.forms import Fields
from schemas.base import CrisisId, Model
from schemas.feedback import Answered, FeedbackItem, Resolution

MOST_AT_ONCE = 200
LONGEST_TEXT = 300
OLDEST_SECONDS = 30 * 24 * 3600.0
"""A desk whose line was away for a month has lost more than a question."""


class Question(Model):
    """One registered question. `age` is how many seconds ago, on the sender's own clock."""

    id: UUID
    crisis: CrisisId
    version: int | None = Field(default=None, ge=0, le=1_000_000)
    topic: str = Field(min_length=1, max_length=100)
    answered: Answered
    resolution: Resolution = "resolved"
    transferred_to: str = Field(default="", max_length=200)
    municipality: str = Field(default="", max_length=40)
    text: str = Field(default="", max_length=LONGEST_TEXT)
    age: float = Field(default=0.0, ge=0.0, le=OLDEST_SECONDS)


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that could not be taken: the key of a sentence, and which field it is about."""

    id: str
    key: str
    field: str = ""


def questions_of(fields: Fields) -> tuple[list[Question], list[Refused]]:
    """Of a form that was sent: the many in `items` (JSON), or the one its own fields are."""
    sent = str(fields.get("items", ""))
    if not sent:
        return _read([_one(fields)])
    try:
        loaded: Any = json.loads(sent)
    except (ValueError, RecursionError):
        return [], [Refused("", "desk.unreadable")]
    if not isinstance(loaded, list) or len(cast("list[Any]", loaded)) > MOST_AT_ONCE:
        return [], [Refused("", "desk.unreadable")]
    return _read(cast("list[Any]", loaded))


def _one(fields: Fields) -> dict[str, Any]:
    """A form without a script: the button for akut omstilling is the resolution, and answers for the guide."""
    given = {name: fields[name] for name in Question.model_fields if fields.get(name, "") != "" and name != "age"}
    if fields.get("urgent"):
        given["resolution"] = "urgent_transfer"
        given.setdefault("answered", "partly")
        given.setdefault("topic", "andet")
    if given.get("resolution", "resolved") == "resolved":
        given.pop("transferred_to", None)
    return given


def _read(sent: Sequence[Any]) -> tuple[list[Question], list[Refused]]:
    found: list[Question] = []
    refused: list[Refused] = []
    for each in sent:
        try:
            found.append(Question.model_validate(each))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            id_ = str(cast("dict[str, Any]", each).get("id", "")) if isinstance(each, dict) else ""
            refused.append(
                Refused(id_, f"desk.missing.{field}" if field in ("topic", "answered") else "desk.wrong", field)
            )
    return found, refused


def items_of(
    conn: Conn, questions: Sequence[Question], agent: str, playbooks: Playbooks
) -> tuple[list[FeedbackItem], list[Refused]]:
    """As they are stored: on the environment's clock, with the version the agent had, in topics the crisis has."""
    keys = sorted({question.crisis for question in questions})
    situations, guides = documents(conn, SITUATION, keys), documents(conn, GUIDE_IN_FORCE, keys)
    clock, wall = clock_row.read_clock(conn), wall_micros()
    items: list[FeedbackItem] = []
    refused: list[Refused] = []
    for question in questions:
        situation = situations.get(question.crisis)
        if situation is None:
            refused.append(Refused(str(question.id), "desk.no_crisis", "crisis"))
            continue
        if not _known(question.topic, situation, guides.get(question.crisis), playbooks):
            refused.append(Refused(str(question.id), "desk.missing.topic", "topic"))
            continue
        then = wall - int(question.age * 1_000_000)
        at = from_micros(then) if clock is None else clock.at(then)
        items.append(_item(question, agent, _not_before(situation, at), guides.get(question.crisis)))
    return items, refused


def _known(topic: str, situation: Json, guide: Json | None, playbooks: Playbooks) -> bool:
    """A topic of the playbook, or one that the guide in force has an answer to."""
    kind = str(situation.get("kind") or "andet")
    content: Json = (guide or {}).get("content") or {}
    return topic in {key for key, _, _ in topic_keys(playbooks, kind)} or topic in content.get("by_topic", {})


def _item(question: Question, agent: str, at: datetime, guide: Json | None) -> FeedbackItem:
    newest = (guide or {}).get("version")
    version = question.version if question.version is not None and newest is not None else None
    return FeedbackItem(
        id=question.id,
        crisis_id=question.crisis,
        topic=question.topic,
        time=at,
        answered=question.answered,
        resolution=question.resolution,
        transferred_to=strike_feedback(question.transferred_to)[0] if question.resolution != "resolved" else "",
        municipality=question.municipality,
        guide_version=min(version, newest) if version is not None and newest is not None else None,
        agent=agent,
        text=" ".join(question.text.split()),
    )


def _not_before(situation: Mapping[str, Any], at: datetime) -> datetime:
    """A clock that went wrong does not put a question before the crisis was heard of."""
    reported = situation.get("reported_at")
    return max(at, instant(reported) - timedelta(days=1)) if reported else at


__all__ = ["MOST_AT_ONCE", "Question", "Refused", "items_of", "questions_of"]
