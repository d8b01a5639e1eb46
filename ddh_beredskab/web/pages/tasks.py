"""Opgaver: the aktionsliste with owners and deadlines, and the actioncards of the roles, one's own first.

Rule kept: a task may be moved by the staff or by whoever has it, a card is ticked in the role it belongs to; where one
may not, the decider's own sentence stands there.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages.around import Asked, me, people_to_choose, table, why_nots
from ddh_beredskab.web.pages.tasks_board import View, card_of, own_cards, task_lines
from ddh_beredskab.web.plain_forms import text_of
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit
from schemas import crisis_staff as s
from schemas.base import Command, Role

DOOR = f"POST {CRISIS}/opgaver"


async def page(visit: Visit) -> Response:
    """The list and the cards."""
    await with_answer(visit)
    _name_form(visit)
    found = await table(visit, "actions", "cards")
    lines = task_lines(found.parts["actions"], visit.now)
    person = me(visit)
    await _allow(visit, lines)
    mine = own_cards(visit)
    cards = visit.site.playbooks.roles.roles
    order: list[Role] = [*mine, *(role for role, card in cards.items() if card.action_card and role not in mine)]
    shown = [card_of(visit.site.playbooks, role, found.parts["cards"]) for role in order]
    await _allow_cards(visit, shown)
    sample = s.AddAction(text="-", owner=person)
    (why_add,) = await why_nots(visit, [Asked(sample, f"{DOOR}/ny")])
    return visit.page(
        "tasks/page.html",
        visit.words.t("tasks.heading"),
        open=[line for line in lines if line["status"] != "done"],
        done=[line for line in lines if line["status"] == "done"],
        own=sum(1 for line in lines if line["owner"] == person and line["status"] != "done"),
        overdue=sum(1 for line in lines if line["overdue"]),
        cards=shown,
        mine=set(mine),
        called_out=found.ever_called_out,
        why_add=why_add,
        people=await people_to_choose(visit, found.pool, person),
    )


async def _allow(visit: Visit, lines: list[View]) -> None:
    """Say of each open task why one may not move it, or give it to somebody else."""
    asked: list[Asked] = []
    for line in lines:
        number, other = line["number"], line["others"][0]
        asked.append(Asked(s.ChangeActionStatus(number=number, status=other), f"{DOOR}/status"))
    for line, why in zip(lines, await why_nots(visit, asked), strict=True):
        line["why"] = why


async def _allow_cards(visit: Visit, cards: list[View]) -> None:
    """Say of each card why one may not tick it."""
    asked: list[Asked] = []
    for card in cards:
        done = card["points"][0]["tick"] is None
        command = s.TickActionCard(role=card["role"], point=1, done=done)
        asked.append(Asked(command, f"{DOOR}/kort", role=_ticks_as(visit, command, None)))
    for card, why in zip(cards, await why_nots(visit, asked), strict=True):
        card["why"] = why


def _name_form(visit: Visit) -> None:
    """Several forms go through one door: each is known by its task, or its card."""
    filled = visit.filled
    if filled.name in ("opgaver/status", "opgaver/ansvar"):
        filled.name += f"-{filled.values.get('number', '')}"
    elif filled.name == "opgaver/kort":
        filled.name += f"-{filled.values.get('role', '')}"


def _ticks_as(visit: Visit, command: s.TickActionCard, _on_behalf_of: str | None) -> Role | None:
    """One ticks one's own card in its role; others' as whoever may do it for them."""
    return command.role if command.role in visit.standings else None


def _tick(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """The button says which point, and whether it is done (3+) or not after all (3-)."""
    word = text_of(fields, "tick")
    given = {"point": word[:-1], "done": word.endswith("+")} if word[-1:] in ("+", "-") else {}
    made, mistakes = filled_in(s.TickActionCard, fields, visit.words, **given)
    return made if made is not None else mistakes


ADD = Action("opgaver/ny", s.AddAction, page=page, back="/opgaver#liste")
STATUS = Action("opgaver/status", s.ChangeActionStatus, page=page, back="/opgaver#liste")
REASSIGN = Action("opgaver/ansvar", s.ReassignAction, page=page, back="/opgaver#liste")
TICK = Action("opgaver/kort", s.TickActionCard, page=page, back="/opgaver#kort", read=_tick, acts_as=_ticks_as)

PAGES = (
    Page("GET", f"{CRISIS}/opgaver", page),
    *(action.door() for action in (ADD, STATUS, REASSIGN, TICK)),
)
