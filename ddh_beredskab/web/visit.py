"""One request: who asks, in which language, about which crisis, and what they may.

Rule kept: a page gets to know what it needs from its visit alone; who somebody is in a crisis is worked out here, from
the crisis as it stands at this moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.identity import BY_MUNICIPALITY, InCrisis, Standing, Who, standings
from ddh_beredskab.people.register import held_by
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.web.environments import Environment
from ddh_beredskab.web.reading import ClockReading, CrisisRead, read_clock
from ddh_beredskab.web.rendering import Setting, language_of, names_in, render, words_in
from ddh_beredskab.web.site import Site
from ddh_beredskab.web.topics import Audience, CrisisTopic, Looks, NoSuchCrisis
from ddh_beredskab.web.words import Language, Words
from schemas.base import Actor, Command, Role

STAFF_READERS: frozenset[Standing] = frozenset(
    {"crisis_leader", "log_keeper", "process_lead", "personnel_lead", "communications_lead", "secretariat",
     "steering_group", "project_leader", "strategic_leadership", "drill_leader", "evaluator", "operator"}
)  # fmt: skip
AUTHORITY_READERS: frozenset[Standing] = frozenset({"municipal_leader", "local_leader", "local_information_lead"})


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a form: the field, and a sentence that says what would be right."""

    field: str
    sentence: str


@dataclass(slots=True)
class Filled:
    """A form as somebody filled it in, to be shown again: nothing typed is lost."""

    name: str = ""
    values: ImmutableMultiDict[str, Any] = field(default_factory=lambda: ImmutableMultiDict[str, Any]())
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    refusal: str = ""

    def value(self, form: str, name: str, default: Any = "") -> Any:
        return self.values.get(name, default) if form == self.name and name in self.values else default

    def chosen(self, form: str, name: str, default: Sequence[str] = ()) -> list[str]:
        return [str(each) for each in self.values.getlist(name)] if form == self.name else list(default)

    def wrong(self, form: str, name: str) -> str:
        return next((m.sentence for m in self.mistakes if m.field == name), "") if form == self.name else ""


class Visit:
    """A request with its circumstances."""

    def __init__(self, site: Site, request: Request, who: Who | None) -> None:
        self.site = site
        self.request = request
        self.who = who
        self.filled = Filled()
        self.answer: Json | None = None
        """What became of the command that led here."""
        self.in_crisis: InCrisis | None = None
        self.situation: Json | None = None
        self.roster: Json | None = None
        self.in_exercise = False
        """Whether one plays, leads or watches the drill of the path: then its band leads to one's own page."""
        self._read: CrisisRead | None = None
        self._names: dict[str, str] = {}
        self._clock = ClockReading(datetime.now(UTC), 1.0)

    # -- circumstances --------------------------------------------------------------------------

    @property
    def language(self) -> Language:
        return language_of(self.request.query_params.get("lang") or self.request.cookies.get("ddh-lang"))

    @property
    def words(self) -> Words:
        return words_in(self.language)

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query_params)

    @property
    def crisis(self) -> str:
        """The crisis in the path."""
        return str(self.request.path_params["crisis"])

    @property
    def in_a_crisis(self) -> bool:
        return "crisis" in self.request.path_params

    @cached_property
    def environment(self) -> Environment:
        """The environment in the path, or the operation. Raises `NoSuchCrisis`."""
        name = self.request.path_params.get("environment", "drift")
        found = self.site.environments.get(str(name))
        if found is None:
            raise NoSuchCrisis(str(name))
        return found

    @property
    def drill(self) -> bool:
        return self.environment.name != "drift" if "environment" in self.request.path_params else False

    @property
    def base(self) -> str:
        """The path of the crisis, without a slash at the end."""
        return f"/krise/{self.environment.name}/{self.crisis}"

    @property
    def now(self) -> datetime:
        """The environment's clock."""
        return self._clock.now

    # -- who one is -----------------------------------------------------------------------------

    async def find_out(self) -> None:
        """Look at the crisis in the path, if there is one. Raises `NoSuchCrisis`, `Unreadable`."""
        names = dict(await self._people_names())
        if self.drill and self.who is not None:
            person = self.who.person
            parts = await self.environment.read(lambda conn: held_by(conn, person))
            self.in_exercise = bool(parts)
            self.who = self.who.with_parts(parts)
        if not self.in_a_crisis:
            self._names = names
            if "environment" in self.request.path_params:
                self._clock = await self.environment.read(read_clock)
                self._names = names | await self.environment.names()
            return
        crisis = self.crisis

        def look(conn: Conn) -> tuple[Json | None, Json | None, ClockReading]:
            return document(conn, SITUATION, crisis), document(conn, ROSTER, crisis), read_clock(conn)

        self.situation, self.roster, self._clock = await self.environment.read(look)
        if self.situation is None:
            raise NoSuchCrisis(f"{self.environment.name}/{crisis}")
        self._names = names | await self.environment.names()
        self.in_crisis = crisis_people(self.situation, self.roster)

    async def _people_names(self) -> dict[str, str]:
        found = self.site.environments.get("drift")
        return await found.names() if found else {}

    @cached_property
    def standings(self) -> frozenset[Standing]:
        """What one is here."""
        return standings(self.who, self.in_crisis)

    def may(self, route: str) -> bool:
        """Whether one may use a door here; templates ask this before they show it."""
        return self.site.rights.may(route, self.standings, signed_in=self.who is not None)

    def may_do(self, action: str) -> bool:
        """The same for a command of this crisis by the name in its path."""
        return self.may(f"POST /krise/{{environment}}/{{crisis}}/{action}")

    @property
    def audience(self) -> Audience:
        """Which entries of the log and which counts one sees."""
        return audience_of(self.standings)

    async def beside(self, environment: str, crisis: str) -> Audience | None:
        """As whom one would see another crisis than the path's; null: not at all, or there is none."""
        found = self.site.environments.get(environment)
        if found is None or self.who is None:
            return None

        def look(conn: Conn) -> tuple[Json | None, Json | None]:
            return document(conn, SITUATION, crisis), document(conn, ROSTER, crisis)

        situation, roster = await found.read(look)
        if situation is None:
            return None
        there = standings(self.who, crisis_people(situation, roster))
        if not self.site.rights.may("GET /krise/{environment}/{crisis}", there, signed_in=True):
            return None
        return audience_of(there)

    def actor(self, route: str, *, on_behalf_of: str | None = None, role: Role | None = None) -> Actor:
        """Oneself, in the role one acts in at this door."""
        who = self.who
        assert who is not None, "a door for everyone has no actor of its own"
        acts_as = role or self.site.rights.acts_as(route, self.standings) or "observer"
        if acts_as == "asked":
            offered = self.in_crisis.asked.get(who.person, ()) if self.in_crisis else ()
            acts_as = offered[0] if offered else "observer"  # type: ignore[assignment]
        municipality = next(
            (held.municipality for held in who.held if held.role == acts_as and acts_as in BY_MUNICIPALITY),
            who.municipality,
        )
        # Whoever writes for somebody else speaks for that person, not as a stand-in for the holder.
        deputy = bool(self.in_crisis and acts_as in self.in_crisis.deputies and not on_behalf_of)
        return Actor(
            person=who.person,
            role=acts_as,  # type: ignore[arg-type]
            deputy=deputy,
            on_behalf_of=on_behalf_of or None,
            municipality=municipality or None,
        )

    # -- the crisis -----------------------------------------------------------------------------

    @property
    def topic(self) -> CrisisTopic:
        """The crisis as a topic that can be watched by this audience."""
        looks = Looks(self.site.playbooks, self.audience)
        return CrisisTopic(self.environment, self.crisis, self.language, looks)

    async def read(self) -> CrisisRead:
        """The whole crisis as it stands, read once a visit."""
        if self._read is None:
            self._read = await self.topic.read()
        return self._read

    async def why_not(self, command: Command, route: str, **actor: Any) -> str | None:
        """Why a move is not allowed now, in a sentence; null: it is. One who lacks the right hears that first."""
        if not self.may(route):
            return self.words.t("access.not_your_move")
        crisis, environment, now = self.crisis, self.environment, self.now
        asking = self.actor(route, **actor)
        why = await environment.read(
            lambda conn: self.site.moves.refusal(conn, environment.name, crisis, command, asking, now)
        )
        return self.setting.names.plain(why) if why else None

    def log_kinds(self, *, every: bool = False) -> list[tuple[str, str]]:
        """The kinds one writes by hand; or every kind there is, to look for."""
        kinds = ["information_in", "information_out", "urgent", "decision", "action", "omission", "press"]
        if every:
            kinds += ["meeting", "relief", "contact_attempt", "correction", "system"]
        return [(kind, self.words.t(f"log.kind.{kind}")) for kind in kinds]

    # -- answers --------------------------------------------------------------------------------

    @property
    def setting(self) -> Setting:
        return Setting(self.language, names_in(self.language, self._names), self._clock.now, self._clock.rate)

    def know(self, names: dict[str, str]) -> None:
        """More names than those of the path's environment, for a page over several."""
        self._names = self._names | names

    def page(self, template: str, title: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the site, with everything its frame needs."""
        frame: dict[str, Any] = {"drill": self.drill, "base": None, "subpage": False, "tabs": [], "topic": None}
        values = frame | values
        if self.in_a_crisis and self.situation is not None:
            values.setdefault("environment", self.environment.name)
            values.setdefault("environment_name", self._environment_name())
            values.setdefault("crisis", self.crisis)
            values.setdefault("title", self.situation["title"])
            values.setdefault("situation", self.situation)
            values["base"] = self.base
            values["tabs"] = self.menu("tab")
        html = render(
            template,
            self.setting,
            page_title=title,
            visit=self,
            me=self.who,
            filled=self.filled,
            answer=self.answer,
            demo=self.site.demo,
            nav=self.menu("nav"),
            **values,
        )
        return HTMLResponse(html, status, headers={"Content-Language": self.language})

    def menu(self, kind: str) -> list[tuple[str, str, bool]]:
        """(address, word, whether one is there) of the pages one may open."""
        found: list[tuple[int, str, str, bool]] = []
        here = self.request.url.path.rstrip("/") or "/"
        for page in self.site.pages:
            key = page.nav if kind == "nav" else page.tab
            if key is None or not self.may(page.route):
                continue
            address = page.path
            if kind == "tab":
                address = address.replace("/krise/{environment}/{crisis}", self.base)
            found.append((page.order, address, self.words.t(key), address == here))
        return [(address, word, there) for _, address, word, there in sorted(found)]

    def go(self, address: str, **more: str) -> Response:
        """On to another page, by GET; `more` goes into its query, before the part of the page."""
        path, hash_, part = address.partition("#")
        if more:
            path += f"{'&' if '?' in path else '?'}{urlencode(more)}"
        return RedirectResponse(f"{path}{hash_}{part}", 303)

    @property
    def here(self) -> str:
        """The address of this page, to come back to it; of a form that was sent, its crisis."""
        if self.request.method not in ("GET", "HEAD"):
            return self.base if self.in_a_crisis else "/"
        return self.request.url.path + (f"?{self.request.url.query}" if self.request.url.query else "")

    def to_login(self) -> Response:
        """Say who you are, and come back."""
        back = self.request.url.path + (f"?{self.request.url.query}" if self.request.url.query else "")
        return self.go("/log-ind" if back == "/" else f"/log-ind?til={quote(back, safe='')}")

    def _environment_name(self) -> str:
        name = self.environment.name
        drill = name.partition(".")[2]
        return self.words.t("environment.drill", name=drill) if drill else self.words.t("environment.drift")


def audience_of(there: frozenset[Standing]) -> Audience:
    """Which entries of the log and which counts somebody sees who is all this."""
    if there & STAFF_READERS:
        return "staff"
    return "authority" if there & AUTHORITY_READERS else "everyone"


def crisis_people(situation: Json, roster: Json | None) -> InCrisis:
    """Who is who in a crisis, from its documents."""
    authority: Json = situation.get("authority") or {}
    holders: dict[str, str] = {}
    deputies: set[str] = set()
    asked: dict[str, tuple[str, ...]] = {}
    # Nobody is asked any more when the staff has stood down, nor from before it was called out again.
    over = (roster or {}).get("stood_down_at")
    since: str = over or (roster or {}).get("called_out_at") or ""
    for role, doc in (roster or {"roles": {}})["roles"].items():
        if held := doc["holder"]:
            holders[role] = held["person"]
            if held["deputy"]:
                deputies.add(role)
        elif over and doc["history"]:
            holders[role] = doc["history"][-1]["person"]  # whoever was in it reads on, evaluates, and may reopen
        for offer in doc["offers"]:
            if offer["answer"] is None and offer["at"] >= since:
                asked[offer["person"]] = (*asked.get(offer["person"], ()), role)
    report: Json = situation.get("report") or {}
    return InCrisis(
        affected=tuple(authority.get("affected", ())),
        holders=holders,
        deputies=frozenset(deputies),
        asked=asked,
        asked_by=report.get("asked_by"),
    )
