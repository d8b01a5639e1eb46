"""Who is who: the register as the secretariat sees it, one person, and what was done to whose rights.

Rule kept: names, phones and rights are shown here and on the phone list only; no secret is ever on a page that can be
read twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import entry, register
from ddh_beredskab.people.identity import BY_MUNICIPALITY, ROLES
from ddh_beredskab.people.register import Channel, Person, PositionHeld
from ddh_beredskab.people.training import day_of, last_drills, noon
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.plain_forms import day_field
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

DAY = 24 * 3600 * 1_000_000
CHANNELS = ("phone", "sms", "mail")


@dataclass(frozen=True, slots=True)
class Register:
    """Everything the pages are made of, read in one go."""

    persons: list[Person]
    positions: list[PositionHeld]
    channels: list[Channel]
    municipalities: dict[str, str]

    def of(self, ref: str) -> tuple[list[PositionHeld], list[Channel]]:
        return [p for p in self.positions if p.person == ref], [c for c in self.channels if c.person == ref]


async def read_register(visit: Visit) -> Register:
    """The register as it stands."""
    names = await municipality_names(visit)

    def job(conn: Conn) -> Register:
        trained = last_drills(conn)
        held = [_trained(each, trained.get((each.person, each.role))) for each in register.positions(conn)]
        return Register(register.persons(conn), held, register.channels(conn), names)

    return await visit.site.people.read(job)


def _trained(held: PositionHeld, last: date | None) -> PositionHeld:
    """With the last drill in the role, also when the role was given after it."""
    if last is None or (held.trained_at is not None and day_of(held.trained_at) >= last):
        return held
    return replace(held, trained_at=noon(last))


def role_view(visit: Visit, held: PositionHeld, municipalities: dict[str, str]) -> dict[str, Any]:
    """A role somebody has, with whether its training is too old."""
    days = visit.site.playbooks.limits.training_valid_days
    to_train = held.role in visit.site.training.roles
    overdue = to_train and (held.trained_at is None or wall_micros() - held.trained_at > days * DAY)
    return {
        "id": held.id,
        "role": held.role,
        "name": role_name(visit.site.playbooks, held.role),
        "municipality": municipalities.get(held.municipality, held.municipality),
        "by_municipality": held.role in BY_MUNICIPALITY,
        "position": held.position,
        "on_duty": held.on_duty,
        "absent": held.absent,
        "order": held.call_order,
        "to_train": to_train,
        "trained_at": held.trained_at,
        "trained_day": day_field(held.trained_at),
        "overdue": overdue,
    }


def role_choices(visit: Visit) -> list[tuple[str, str]]:
    """Every role that can be given, by its name on the screen. Only who runs the system gives that right on."""
    mine = visit.standings
    roles = [role for role in ROLES if role != "operator" or "operator" in mine]
    return sorted(((role, role_name(visit.site.playbooks, role)) for role in roles), key=lambda each: each[1])


async def people(visit: Visit) -> Response:
    """All persons, or those a filter leaves: a part of the name, a role, or what is missing."""
    found = await read_register(visit)
    text, role, lacks = (
        visit.query.get("q", "").strip().lower(),
        visit.query.get("rolle", ""),
        visit.query.get("mangler", ""),
    )
    lines: list[dict[str, Any]] = []
    for person in found.persons:
        held, channels = found.of(person.ref)
        roles = [role_view(visit, each, found.municipalities) for each in held]
        line = {
            "person": person,
            "municipality": found.municipalities.get(person.municipality, person.municipality),
            "roles": roles,
            "channels": channels,
            "overdue": any(each["overdue"] for each in roles),
            "access": access_of(person),
        }
        if text and text not in person.name.lower() and text not in person.ref:
            continue
        if role and all(each.role != role for each in held):
            continue
        if (lacks == "kontakt" and (channels or not held)) or (lacks == "uddannelse" and not line["overdue"]):
            continue
        if lacks == "adgang" and line["access"] not in ("none", "invited"):
            continue
        lines.append(line)
    return visit.page(
        "people/list.html",
        visit.words.t("people.heading"),
        lines=lines,
        all_=len(found.persons),
        roles=role_choices(visit),
        municipalities=list(found.municipalities.items()),
        done=_done(visit),
        filtered=bool(text or role or lacks),
    )


def access_of(person: Person) -> str:
    """How somebody gets in: closed, password, demo, invited (an account without a password), none."""
    if person.disabled:
        return "closed"
    if person.demo:
        return "demo"
    if person.has_password:
        return "password"
    return "invited" if person.login else "none"


def _done(visit: Visit) -> str:
    """What was just done, in words."""
    key = f"people.done.{visit.query.get('gjort', '')}"
    return visit.words.t(key) if visit.words.has(key) else ""


async def person(visit: Visit) -> Response:
    """One person: roles, ways to reach, access, and what was done."""
    return await person_page(visit)


async def person_page(visit: Visit, *, shown: dict[str, Any] | None = None) -> Response:
    """The same, with a code or a link that is shown this once. Raises 404 for a person nobody knows."""
    ref = str(visit.request.path_params["person"])
    found = await read_register(visit)
    who = next((each for each in found.persons if each.ref == ref), None)
    if who is None:
        raise HTTPException(404)
    held, channels = found.of(ref)
    sessions = await visit.site.people.read(lambda conn: entry.sessions_of(conn, ref))
    log = await visit.site.people.read(lambda conn: register.read_log(conn, 30, person=ref))
    return visit.page(
        "people/person.html",
        who.name,
        person=who,
        municipality=found.municipalities.get(who.municipality, who.municipality),
        access=access_of(who),
        roles=[role_view(visit, each, found.municipalities) for each in held],
        channels={each.channel: each for each in channels},
        channel_kinds=CHANNELS,
        role_choices=role_choices(visit),
        municipalities=list(found.municipalities.items()),
        sessions=sessions,
        log=[log_line(visit, each, found.municipalities) for each in log],
        shown=shown,
        done=_done(visit),
        oneself=bool(visit.who and visit.who.person == ref),
    )


async def people_log(visit: Visit) -> Response:
    """The newest five hundred lines of what was done to whose rights."""
    found = await read_register(visit)
    log = await visit.site.people.read(lambda conn: register.read_log(conn, 500))
    lines = [log_line(visit, each, found.municipalities) for each in log]
    return visit.page("people/log.html", visit.words.t("people.log.heading"), log=lines)


def log_line(visit: Visit, line: dict[str, Any], municipalities: dict[str, str]) -> dict[str, Any]:
    """A line of the people log, its details in words."""
    words, details = visit.words, line["details"]
    key = f"people.log.what.{line['what']}"
    told: list[str] = []
    if details.get("role"):
        told.append(role_name(visit.site.playbooks, str(details["role"])))
    if code := str(details.get("municipality") or ""):
        told.append(municipalities.get(code, code))
    if (position := details.get("position")) in ("deputy", "pool"):
        told.append(words.t(f"people.position.{position}"))
    told += [words.t(f"people.{mark}") for mark in ("on_duty", "absent") if details.get(mark)]
    if (channel := details.get("channel")) in CHANNELS:
        told.append(words.t(f"people.channel.{channel}"))
    told += [str(reason)] if (reason := details.get("reason")) else []
    if words.has(how := f"entry.how.{details.get('how')}"):
        told.append(words.t(how))
    return {
        "at": line["at"],
        "by": line["by"],
        "person": line["person"],
        "what": words.t(key) if words.has(key) else line["what"],
        "details": ", ".join(told),
    }


PAGES = (
    Page("GET", "/personer", people, nav="nav.people", order=70),
    Page("GET", "/personer/log", people_log),
    Page("GET", "/personer/{person}", person),
)
