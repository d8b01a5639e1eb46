"""The crisis log as one writes it: an entry by hand, from the page where one reads it."""

from __future__ import annotations

from ddh_beredskab.web.acting import Action
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages import crises
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.base import Command
from schemas.logbook import WriteLogEntry


def _entry(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """Without a time it happened now."""
    given = {} if fields.get("happened_at") else {"happened_at": visit.now}
    made, mistakes = filled_in(WriteLogEntry, fields, visit.words, **given)
    return made if made is not None else mistakes


WRITE = Action("log", WriteLogEntry, page=crises.crisis, back="#log", read=_entry)

PAGES = (WRITE.door(),)
