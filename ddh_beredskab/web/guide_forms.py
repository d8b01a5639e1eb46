"""The guide's commands out of their forms: what each asks for, and what a person on the phone has been read.

Rules kept: who acts for the authority names the person he speaks with and has read the text aloud; a first message
with a hole in it goes nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ddh_beredskab.core.role_holders import AUTHORITY_ROLES
from ddh_beredskab.web.acting import CRISIS
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.guide_texts import holes
from ddh_beredskab.web.visit import Mistake, Visit
from schemas import guides as g
from schemas.base import Command

Read = Callable[[Visit, Fields], "Command | list[Mistake]"]


def route(name: str) -> str:
    """A move of the guide as the table of rights writes it."""
    return f"POST {CRISIS}/guide/{name}"


def speaks_itself(visit: Visit, name: str) -> bool:
    """Whether one makes the move as the authority, and for nobody else."""
    return visit.site.rights.acts_as(route(name), visit.standings) in AUTHORITY_ROLES


def first_message(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """line.0, line.1 ...: a line with a hole is shown again."""
    texts = visit.site.playbooks.texts
    names = sorted((name for name in fields if name.startswith("line.")), key=lambda name: int(name[5:] or 0))
    mistakes = [
        Mistake(name, visit.words.t("guides.hole", holes=", ".join(found)))
        for name in names
        if (found := holes(texts, str(fields[name])))
    ]
    lines = [" ".join(str(fields[name]).split()) for name in names if str(fields[name]).strip()]
    if not lines:
        mistakes.append(Mistake("line.0", visit.words.t("form.missing")))
    if mistakes:
        return mistakes
    made, wrong = filled_in(g.ReleaseFirstMessage, Fields([]), visit.words, lines=lines)
    return made if made is not None else wrong


def on_the_phone(visit: Visit, fields: Fields, name: str) -> list[Mistake]:
    """Who acts for the authority says for whom; nothing is wrong when one is of the authority."""
    if speaks_itself(visit, name):
        return []
    return [] if fields.get("on_behalf_of") else [Mistake("on_behalf_of", visit.words.t("form.choose"))]


def read_back(kind: type[Any], name: str) -> Read:
    """A command for which the text is read aloud to the person on the phone."""

    def read(visit: Visit, fields: Fields) -> Command | list[Mistake]:
        mistakes = on_the_phone(visit, fields, name)
        person = str(fields.get("on_behalf_of", ""))
        if person and not fields.get("read_back"):
            mistakes.append(Mistake("read_back", visit.words.t("guides.read_back_missing")))
        made, wrong = filled_in(kind, fields, visit.words, read_back_to=person or None)
        mistakes += wrong
        return made if made is not None and not mistakes else mistakes

    return read


def release(kind: type[Any]) -> Read:
    def read(visit: Visit, fields: Fields) -> Command | list[Mistake]:
        mistakes: list[Mistake] = []
        if not fields.getlist("channels"):
            mistakes.append(Mistake("channels", visit.words.t("form.choose_one")))
        if not fields.get("reason"):
            mistakes.append(Mistake("reason", visit.words.t("form.missing")))
        made, wrong = filled_in(kind, fields, visit.words)
        known = {m.field for m in mistakes}
        mistakes += [m for m in wrong if m.field not in known]
        return made if made is not None and not mistakes else mistakes

    return read
