"""The paper twin of a crisis: what the staff needs on the desk when every screen is dark.

Rules kept: it is made of the same documents as the screen; corrected text stays readable, struck through; the log's
head hash stands on it, so that nobody can change the log and the paper agree; blank lines carry the next numbers of the
paper's own series, which are never used twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ddh_beredskab.clock import to_micros
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.journal import clock_row
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.phone_list import Line, PhoneList, phone_list
from ddh_beredskab.people.register import channels
from ddh_beredskab.projections.documents import document, documents
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.projections.staff_room import STAFF_ROOM, part_key
from ddh_beredskab.projections.timeline import TIMELINE, page_key
from ddh_beredskab.reports.paper_parts import Speech, Words, entry_line, guide_facts, role_lines

MOST_ENTRIES = 400
"""So many of the newest entries are printed; the older stand in the log's export."""
BLANK_LINES = 36
SERIES = re.compile(r"^P([0-9]+)-([0-9]+)$")
WORDS = (
    "log", "number", "happened", "written", "kind", "by", "text", "from", "to", "roles", "role", "person", "phone",
    "since", "relief", "uncovered", "guide", "no_guide", "does_not_answer", "transfer", "duty_number", "by_topic",
    "actions", "action", "owner", "due", "no_actions", "contacts", "phones", "blank", "blank_how", "head", "head_how",
    "classified", "danger", "how", "now", "meeting_place", "no_meeting_place", "name", "organisation", "municipality",
    "nobody", "no_number", "signed", "steering_group", "project_leader", "secretariat", "held_by", "changed_answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaperRead:
    """Everything of one crisis that is printed, read in one go."""

    environment: str
    crisis: str
    now: datetime
    situation: Json
    roster: Json | None
    guide: Json | None
    log: Json
    entries: list[Json]
    parts: Mapping[str, Json]

    @property
    def drill(self) -> bool:
        return self.environment != "drift"


@dataclass(frozen=True, slots=True)
class Reached:
    """How people are reached, as the register has it."""

    listed: PhoneList
    phones: Mapping[str, str]
    """Person -> phone, for everybody."""


def read_reached(conn: Conn) -> Reached:
    """From the operation's journal."""
    phones = {each.person: each.value for each in channels(conn) if each.channel == "phone"}
    return Reached(phone_list(conn), phones)


def read_paper(conn: Conn, environment: str, crisis: str, now: datetime) -> PaperRead | None:
    """The crisis as it stands; null when there is none."""
    situation = document(conn, SITUATION, crisis)
    if situation is None:
        return None
    log = document(conn, TIMELINE, crisis) or {"entries": 0, "pages": 0, "head": None}
    wanted = [page_key(crisis, page) for page in range(1, log["pages"] + 1)]
    pages = documents(conn, TIMELINE, wanted)
    entries = [entry for key in wanted if key in pages for entry in pages[key]["entries"]]
    names = ("contacts", "meetings", "actions")
    parts = {name: document(conn, STAFF_ROOM, part_key(crisis, name)) or {} for name in names}
    clock = clock_row.read_clock(conn)
    if clock is not None:
        now = clock.at(to_micros(now))
    return PaperRead(
        environment, crisis, now, situation, document(conn, ROSTER, crisis), document(conn, GUIDE_IN_FORCE, crisis),
        log, entries, parts,
    )  # fmt: skip


def paper_facts(
    read: PaperRead,
    reached: Reached,
    playbooks: Playbooks,
    speech: Speech,
    *,
    at: datetime,
) -> dict[str, Any]:
    """Lines and words, as the template reads them."""
    words, person, text = speech.words, speech.person, speech.text
    s, now, t = read.situation, read.now, words.t
    made = t("paper.made", date=words.date(at), clock=words.clock(at))
    entries = read.entries[-MOST_ENTRIES:]
    series, first = next_numbers(entry["paper_number"] for entry in read.entries)
    authority: Json = s["authority"] or {}
    listed = reached.listed
    return {
        "title": text(s["title"]) or t("crises.untitled"),
        "language": "da",
        "size": 9,
        "drill_band": t("site.drill_band") if read.drill else "",
        "foot": t("paper.foot", title=text(s["title"]), made=made, entries=read.log["entries"]),
        "made": made,
        "words": {word: t(f"paper.{word}") for word in WORDS},
        "standing": [
            (t("overview.phase"), t(f"phase.{s['phase']}")),
            *([(t("overview.level"), t(f"level.{s['level']}").replace("\u00ad", ""))] if s["level"] else []),
            (t("overview.authority"), authority.get("name", "")),
            *([(t("overview.activated"), words.moment(s["activated_at"], now))] if s["activated_at"] else []),
            (t("overview.next_meeting"), _moment(words, read.parts["meetings"].get("next_at"), now)),
            (t("overview.guide"), _guide_line(read.guide, words, now)),
        ],
        "clock": t("paper.drill_clock", moment=f"{words.date(now)} {words.clock(now)}") if read.drill else "",
        "meeting_place": _meeting_place(read, playbooks, words),
        "roles": role_lines(read.roster, playbooks, speech, reached.phones),
        "phones": {
            name: [asdict(line) for line in lines]
            for name, lines in (
                ("steering_group", listed.steering_group),
                ("project_leader", listed.project_leader),
                ("secretariat", listed.secretariat),
            )
        },
        "authority_phones": [asdict(line) for line in _authority_lines(listed, authority)],
        "contacts": [
            [text(c["name"]), text(c["organisation"]), text(c["phone"]), person(c["held_by"])]
            for c in read.parts["contacts"].get("contacts", [])
            if c["closed"] is None
        ],
        "guide": guide_facts(read.guide, playbooks, speech, s),
        "actions": [
            [str(a["number"]), text(a["text"]), person(a["owner"]), words.day_hm(a["due_at"]) if a["due_at"] else ""]
            for a in read.parts["actions"].get("actions", [])
            if a["status"] != "done"
        ],
        "entries": [entry_line(entry, speech) for entry in entries],
        "older": t("paper.older", last=entries[0]["number"] - 1) if entries and entries[0]["number"] > 1 else "",
        "count": t("paper.count", entries=read.log["entries"]),
        "head": read.log["head"] or "",
        "blank": [f"P{series}-{number}" for number in range(first, first + BLANK_LINES)],
    }


def next_numbers(used: Iterable[str | None]) -> tuple[int, int]:
    """(series, first free number) of the paper's own series; a sheet that was typed in is never written on again."""
    found = [(int(match[1]), int(match[2])) for each in used if each and (match := SERIES.match(each))]
    series, last = max(found, default=(1, 0))
    return series, last + 1


def _moment(words: Words, when: str | None, now: datetime) -> str:
    return words.moment(when, now) if when else words.t("paper.not_agreed")


def _guide_line(guide: Json | None, words: Words, now: datetime) -> str:
    if guide is None or guide.get("version") is None:
        return words.t("overview.guide_none")
    first = guide["state"] == "first_message"
    name = words.t("overview.first_message") if first else words.t("overview.guide_version", version=guide["version"])
    return f"{name}, {words.moment(guide['fresh_at'], now)}"


def _meeting_place(read: PaperRead, playbooks: Playbooks, words: Words) -> list[tuple[str, str]]:
    links: Json = read.parts["meetings"].get("links") or playbooks.agendas.meeting_links.model_dump()
    return [
        (words.t(f"paper.{name}"), str(links[name]))
        for name in ("teams_url", "phone_bridge", "phone_code")
        if links.get(name)
    ]


def _authority_lines(listed: PhoneList, authority: Json) -> list[Line]:
    """The contact persons of the affected municipality; the list names it with its name."""
    name = str(authority.get("name", "")).removesuffix(" Kommune")
    return [line for town, lines in listed.contacts for line in lines if name and town.startswith(name)]
