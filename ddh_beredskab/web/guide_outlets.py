"""Where the guide's text is out, and where an old text still stands: what the pages of the channels show.

Rule kept: nobody is told that something was sent; a text is out when a named person has said so, and of this version.
"""

from __future__ import annotations

from typing import Literal, get_args

from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.reports.channels.texts import Source
from ddh_beredskab.web.guide_board import kind_of
from ddh_beredskab.web.visit import Visit
from schemas.activation import Channel
from schemas.guides import Outlet

OUTLETS: tuple[Outlet, ...] = ("ivr", "voicebot", "chatbot", "sms", "web", "selvbetjening", "viva", "contact_centre")
SERVICE: frozenset[str] = frozenset(get_args(Channel))
IN_FORCE = ("in_force", "first_message", "recalled")
Carries = Literal["live", "old", "recalled", "never"]


def source_of(visit: Visit, doc: Json) -> Source | None:
    """The guide of the crisis in the path; null while nothing is in force."""
    if doc.get("version") is None or doc["state"] not in IN_FORCE:
        return None
    situation: Json = visit.situation or {}
    authority: Json = situation.get("authority") or {}
    return Source(
        crisis=visit.crisis,
        title=str(situation.get("title", "")),
        authority=str(authority.get("name", "")),
        doc=doc,
        playbook=visit.site.playbooks.kinds[kind_of(visit)],
        at=visit.words.moment(doc["released_at"], visit.now),
        drill=visit.drill,
    )


def outlets_of(doc: Json) -> list[Outlet]:
    """The places the text goes to: what it was released to, and where it is copied by hand."""
    released: list[str] | None = doc.get("channels") if doc["state"] != "first_message" else None
    return [outlet for outlet in OUTLETS if outlet not in SERVICE or released is None or outlet in released]


def carries(doc: Json, outlet: str) -> Carries:
    """Which text a place has, as far as anybody has said."""
    live: Json | None = doc.get("live", {}).get(outlet)
    if live is None:
        return "never"
    if live["version"] != doc["version"]:
        return "old"
    return "recalled" if doc["state"] == "recalled" else "live"


def old_texts(doc: Json) -> list[str]:
    """The places that still have an old or a recalled text."""
    if doc.get("state") not in IN_FORCE:
        return []
    return [outlet for outlet in outlets_of(doc) if carries(doc, outlet) in ("old", "recalled")]
