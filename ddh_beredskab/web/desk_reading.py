"""What the desk of an environment is made of: the crises that run, their guides with every version, and one's receipts.

Rule kept: the web only reads here. A version that was released never changes, so its text is read once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import read_stream
from ddh_beredskab.people.shifts import on_shift_since
from ddh_beredskab.projections.documents import documents
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.phase import RUNNING
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.web.guide_texts import flat
from ddh_beredskab.web.reading import ClockReading, read_clock, read_crises
from schemas.guides import GuideReleased

FIRST_MESSAGE = "first_message"
"""The field a førstebesked stands in, beside those of a guide."""

_SEEN = Statement(
    "SELECT crisis, max(version) FROM guide_receipts WHERE agent = :agent AND crisis IN {list:crises} GROUP BY crisis"
)

Texts = dict[str, str]
Kept = dict[tuple[str, int], Texts]
"""(crisis, version) -> the version's texts by field."""


@dataclass(frozen=True, slots=True)
class DeskCrisis:
    """One running crisis, as the desk shows it."""

    crisis: str
    situation: Json
    guide: Json

    @property
    def version(self) -> int | None:
        """The version in force; 0 is the first message, null: nothing yet."""
        return self.guide.get("version")


@dataclass(frozen=True, slots=True)
class DeskRead:
    """All of them, newest first, and the environment's clock."""

    crises: Sequence[DeskCrisis]
    clock: ClockReading


@dataclass(frozen=True, slots=True)
class Agent:
    """What one agent has seen, and since when he is on shift."""

    seen: dict[str, int]
    on_shift_since: datetime | None


def read_desk(conn: Conn, kept: Kept) -> DeskRead:
    """The crises that run; texts of versions not met before are added to `kept`."""
    lines = [line for line in read_crises(conn) if line["phase"] in RUNNING]
    keys = [line["crisis"] for line in lines]
    situations, guides = documents(conn, SITUATION, keys), documents(conn, GUIDE_IN_FORCE, keys)
    found = [DeskCrisis(key, situations[key], guides.get(key) or {}) for key in keys if key in situations]
    for each in found:
        keep_texts(conn, each, kept)
    return DeskRead(found, read_clock(conn))


def keep_texts(conn: Conn, each: DeskCrisis, kept: Kept) -> None:
    """The texts of all versions up to the one in force."""
    version = each.version
    if version is None or (each.crisis, version) in kept:
        return
    if first := each.guide.get("first_message"):
        kept[each.crisis, 0] = {FIRST_MESSAGE: "\n".join(first["lines"])}
    for row in read_stream(conn, f"guides-{each.crisis}") if version else ():
        if isinstance(row.message, GuideReleased):
            kept[each.crisis, row.message.version] = flat(row.message.content)


def read_agent(conn: Conn, agent: str, crises: Sequence[str], at: datetime) -> Agent:
    """The newest version an agent has confirmed in each crisis, and his shift."""
    rows = conn.all(_SEEN, agent=agent, crises=json.dumps(list(crises))) if crises else []
    return Agent({str(crisis): int(version) for crisis, version in rows}, on_shift_since(conn, agent, at))
