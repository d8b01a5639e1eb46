"""Who is hit and who asks, when an incident is reported: municipalities, callers, and the command they make up.

Rules kept: membership and people come from the register, which wins over the playbook's list; the caller counts as the
one who asked, whoever types; somebody we do not know yet becomes a person of the register, never a name in a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.directory import directory, extra_municipalities
from ddh_beredskab.people.identity import BY_MUNICIPALITY, Who
from ddh_beredskab.people.register import Person, add_person, channels, persons, positions, set_channel
from ddh_beredskab.playbooks.municipalities import Municipalities, Municipality
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.incident_form import title_of
from ddh_beredskab.web.visit import Mistake
from ddh_beredskab.web.words import Words, local
from schemas.activation import Authority, Entry, ReportIncident, Scope

MEMBERSHIP = "contact_centre"
_OFFICIAL = {"0101": "Københavns Kommune", "0400": "Bornholms Regionskommune"}
_FICTIONAL_BEGINS = "9"
_MADE_UP = " (opdigtet)"
"""Stands behind the names of the demo's municipalities; the authority says it in a field of its own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may be on the phone."""

    ref: str
    name: str
    place: str
    """The municipality's name."""

    @property
    def label(self) -> str:
        return f"{self.name}, {self.place}" if self.place else self.name


def municipalities(listed: Municipalities, conn: Conn) -> dict[str, Municipality]:
    """All there are by code: the playbook's, and over them the register's; the made-up ones last.

    One that somebody leads and nobody has named is there by its code.
    """
    found = {each.code: each for each in listed.lines}
    for code, name, membership, fictional in extra_municipalities(conn):
        known = found.get(code, Municipality(code, name))
        member = membership == MEMBERSHIP if membership else known.member
        found[code] = Municipality(code, name, known.region, known.population, member, fictional)
    for held in positions(conn):
        if held.role in BY_MUNICIPALITY and held.municipality and held.municipality not in found:
            code = held.municipality
            found[code] = Municipality(code, code, fictional=code.startswith(_FICTIONAL_BEGINS))
    return dict(sorted(found.items(), key=lambda item: (item[1].fictional, item[1].name)))


def official_name(municipality: Municipality) -> str:
    """Strandby Kommune, Københavns Kommune."""
    name = municipality.name.removesuffix(_MADE_UP)
    if municipality.code in _OFFICIAL:
        return _OFFICIAL[municipality.code]
    return name if "kommune" in name.lower() or municipality.fictional else f"{name} Kommune"


def own_municipalities(who: Who) -> list[str]:
    """The codes somebody leads or stands in for."""
    return list(dict.fromkeys(h.municipality for h in who.held if h.role in BY_MUNICIPALITY and h.municipality))


def callers(conn: Conn, known: Mapping[str, Municipality]) -> list[Caller]:
    """Everybody of a municipality, its leaders first."""
    leaders = {held.person for held in positions(conn) if held.role in BY_MUNICIPALITY}
    found = [
        (person.ref not in leaders, Caller(person.ref, person.name, _place(person, known))) for person in persons(conn)
    ]
    return [caller for _, caller in sorted(found, key=lambda each: (each[0], each[1].name))]


def _place(person: Person, known: Mapping[str, Municipality]) -> str:
    here = known.get(person.municipality)
    return official_name(here) if here else ""


def caller_of(conn: Conn, typed: str, phone: str, municipality: str, known: Mapping[str, Municipality], by: str) -> str:
    """The person behind a name as it was chosen or typed: the one we know, else a new one of that municipality."""
    found = callers(conn, known)
    same = [each for each in found if typed in (each.label, each.ref)]
    same = same or [each for each in found if each.name.casefold() == typed.casefold()]
    if len(same) == 1:
        return same[0].ref
    fictional = municipality in known and known[municipality].fictional
    return new_person(conn, typed.partition(",")[0], phone, municipality, by=by, fictional=fictional)


def new_person(conn: Conn, name: str, phone: str, municipality: str, *, by: str, fictional: bool) -> str:
    """Somebody we had not met."""
    ref = add_person(conn, name[:200], municipality, by=by, fictional=fictional)
    if phone:
        set_channel(conn, ref, "phone", phone[:100], by=by)
    return ref


def authority_of(
    lead: Municipality, scope: Scope, others: Sequence[str], known: Mapping[str, Municipality]
) -> Authority:
    """Who owns the incident, and everybody it hits: the lead first."""
    match scope:
        case "municipality":
            more: list[str] = []
        case "municipalities":
            more = [code for code in others if code in known]
        case "region":
            more = [
                each.code for each in known.values() if (each.region, each.fictional) == (lead.region, lead.fictional)
            ]
        case "country":
            more = [each.code for each in known.values() if each.fictional == lead.fictional]
    affected = tuple(dict.fromkeys((lead.code, *more)))
    if scope == "municipalities" and len(affected) == 1:
        scope = "municipality"
    return Authority(code=lead.code, name=official_name(lead), scope=scope, affected=affected, fictional=lead.fictional)


def command_of(
    conn: Conn,
    fields: Fields,
    words: Words,
    playbooks: Playbooks,
    listed: Municipalities,
    *,
    lead: str,
    asked_by: str,
    entered_by: str,
    entry: Entry,
) -> ReportIncident | list[Mistake]:
    """The command a filled-in form stands for."""
    known = municipalities(listed, conn)
    scope = str(fields.get("scope") or "municipality")
    if lead not in known:
        return [Mistake("municipality", words.t("incident.needs.municipality"))]
    if scope not in ("municipality", "municipalities", "region", "country"):
        return [Mistake("scope", words.t("form.choose"))]
    authority = authority_of(known[lead], scope, [str(code) for code in fields.getlist("others")], known)
    members = [each.code for each in known.values() if each.member and each.fictional == authority.fictional]
    count = len(members) if authority.fictional else max(len(members), listed.contact_centre_members)
    texts = {name: str(fields.get(name, "")) for name in ("what_happened", "where", "situation", "started")}
    made, mistakes = filled_in(
        ReportIncident,
        fields,
        words,
        title=title_of(fields, playbooks),
        authority=authority,
        asked_by=asked_by,
        entered_by=entered_by,
        entry=entry,
        directory=directory(
            conn,
            authority.affected,
            members=members,
            member_count=count,
            trained_days=playbooks.limits.training_valid_days,
        ),
        **texts,
    )
    return made if made is not None else mistakes


def crisis_id(authority: Authority, command: UUID, now: datetime) -> str:
    """A readable id: the authority's first word, the Danish date, and the end of the command's id."""
    letters = {"æ": "ae", "ø": "oe", "å": "aa"}
    word = "".join(letters.get(sign, sign) for sign in authority.name.lower().split(" ")[0])
    slug = "".join(sign for sign in word if sign.isascii() and sign.isalnum())[:40] or "krise"
    return f"{slug}-{local(now):%Y%m%d}-{command.hex[-6:]}"


@dataclass(frozen=True, slots=True)
class Number:
    """Somebody one may phone, and as what."""

    person: str
    name: str
    role: str
    phone: str


def numbers(conn: Conn, wanted: Sequence[tuple[str, str]]) -> list[Number]:
    """The phone numbers of (role, person), each person once; those without a phone are left out."""
    phones = {each.person: each.value for each in channels(conn) if each.channel == "phone"}
    names = {person.ref: person.name for person in persons(conn)}
    once = {person: role for role, person in reversed(wanted)}
    order = list(dict.fromkeys(person for _, person in wanted))
    return [Number(ref, names.get(ref, ref), once[ref], phones[ref]) for ref in order if ref in phones]
