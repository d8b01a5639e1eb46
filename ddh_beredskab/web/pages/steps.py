"""Aktiveringsforløbet: a step that no event shows by itself is ticked by whoever did it, with a note."""

from __future__ import annotations

from ddh_beredskab.web.acting import Action
from ddh_beredskab.web.pages import crises
from schemas.crisis_staff import CompleteActivationStep

COMPLETE = Action("trin", CompleteActivationStep, page=crises.crisis, back="#trin")

PAGES = (COMPLETE.door(),)
