"""Aktionslisten and the actioncards as they are shown: in what order, what is overdue, which card is one's own.

Rule kept: overdue is worked out from the hour of looking, and said in words.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.staff_room.actions import overdue
from ddh_beredskab.web.visit import Visit
from schemas.base import Role

STATUSES = ("waiting", "ongoing", "done")
SOON = timedelta(minutes=30)
View = dict[str, Any]


def task_lines(doc: Json | None, now: datetime) -> list[View]:
    """Open tasks first: overdue, then by deadline, then by number; done ones last, the latest first."""
    lines = [_line(each, now) for each in (doc or {"actions": []})["actions"]]
    still_open = [line for line in lines if line["status"] != "done"]
    done = [line for line in lines if line["status"] == "done"]
    still_open.sort(key=lambda line: (line["due_at"] is None, line["due_at"] or "", line["number"]))
    done.sort(key=lambda line: line["changed"]["at"], reverse=True)
    return [*still_open, *done]


def _line(task: Json, now: datetime) -> View:
    due = instant(task["due_at"]) if task["due_at"] else None
    late = overdue(task, now)
    soon = bool(due and not late and task["status"] != "done" and due - now <= SOON)
    return task | {"overdue": late, "soon": soon, "others": [each for each in STATUSES if each != task["status"]]}


def own_cards(visit: Visit) -> list[Role]:
    """The roles one has here that come with a card, in the order of roles.yaml."""
    cards = visit.site.playbooks.roles.roles
    return [role for role, card in cards.items() if card.action_card and role in visit.standings]


def card_of(playbooks: Playbooks, role: Role, ticks: Json | None) -> View:
    """A role's actioncard with what is done of it."""
    card = playbooks.roles.roles[role]
    ticked: Json = (ticks or {"roles": {}})["roles"].get(role, {})
    points: list[View] = [
        {"number": number, "text": text, "tick": tick if (tick := ticked.get(str(number))) and tick["done"] else None}
        for number, text in enumerate(card.action_card, start=1)
    ]
    return {
        "role": role,
        "name": card.name,
        "task": card.task,
        "group": card.group,
        "points": points,
        "done": sum(1 for point in points if point["tick"]),
        "next": next((point for point in points if not point["tick"]), None),
    }
