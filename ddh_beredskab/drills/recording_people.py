"""Who takes part in a recording: people, municipalities, the call agents, and short names for who acts in which role.

Rule kept: everybody is somebody the recording has introduced, and the authority is fictional.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ddh_beredskab.drills.mistakes import meant
from ddh_beredskab.drills.recording_file import Place, RecordingFile
from ddh_beredskab.drills.recording_model import Municipality, Person
from schemas.activation import Authority, Directory
from schemas.base import Actor


class People:
    """Everybody in the file `data` was read from."""

    def __init__(self, file: RecordingFile, data: dict[str, Any]) -> None:
        self._file = file
        self.municipalities = file.models(data, "municipalities", Municipality)
        self.people = {each.ref: each for each in file.models(data, "people", Person)}
        self.agents = _agents(self.municipalities)
        self.authority = file.model(Authority, data.get("authority"), ("authority",))
        self.directory = file.model(Directory, data.get("directory"), ("directory",))
        self._check_people(data)
        self.named = self._named(data)

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.municipalities]

    def who(self, entry: dict[str, Any], place: Place) -> Actor | None:
        """Who gives an input: a short name, or a whole actor."""
        who = entry.get("who")
        if who is None:
            self._file.wrong(place, "missing", key="who")
            return None
        if not isinstance(who, str):
            return self._actor(who, (*place, "who"))
        if who not in self.named:
            self._file.wrong((*place, "who"), "unknown_actor", name=who, meant=meant(who, self.named))
        return self.named.get(who)

    def _named(self, data: dict[str, Any]) -> dict[str, Actor]:
        """`who: asta` then means that whole actor."""
        actors = data.get("actors")
        if actors is None or (named := self._file.mapping(actors, ("actors",))) is None:
            return {}
        found = {name: self._actor(value, ("actors", name)) for name, value in named.items()}
        return {name: actor for name, actor in found.items() if actor is not None}

    def _actor(self, value: Any, place: Place) -> Actor | None:
        actor = self._file.model(Actor, value, place)
        if actor is None:
            return None
        self._known(actor.person, (*place, "person"))
        if actor.on_behalf_of is not None:
            self._known(actor.on_behalf_of, (*place, "on_behalf_of"))
        person = self.people.get(actor.person)
        if actor.municipality is None and person is not None:
            return actor.model_copy(update={"municipality": person.municipality})
        return actor

    def _check_people(self, data: dict[str, Any]) -> None:
        codes = self.codes
        for at, person in enumerate(self._file.items(data, "people")):
            code = cast("dict[str, Any]", person).get("municipality") if isinstance(person, dict) else None
            if isinstance(code, str) and code not in codes:
                near = meant(code, codes)
                self._file.wrong(("people", at, "municipality"), "unknown_municipality", code=code, meant=near)
        if self.authority is not None and not (self.authority.fictional and self.authority.code.startswith("9")):
            self._file.wrong(("authority",), "not_fictional")
        if self.directory is None:
            return
        for part in ("steering_group", "candidates"):
            for at, each in enumerate(getattr(self.directory, part)):
                self._known(each.person, ("directory", part, at, "person"))
        for at, ref in enumerate(self.directory.strategic_leadership):
            self._known(ref, ("directory", "strategic_leadership", at))
        if self.directory.project_leader is not None:
            self._known(self.directory.project_leader, ("directory", "project_leader"))

    def _known(self, ref: str, place: Place) -> None:
        if ref not in self.people:
            self._file.wrong(place, "unknown_person", ref=ref, meant=meant(ref, self.people))


def _agents(municipalities: Sequence[Municipality]) -> dict[str, str]:
    codes = [each.code for each in municipalities for _ in range(each.agents)]
    return {f"agent-{number:03d}": code for number, code in enumerate(codes, start=1)}
