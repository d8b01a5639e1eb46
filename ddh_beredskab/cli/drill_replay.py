"""`drill replay`: a recording through the rules alone, compared with what was decided then, or under other rules.

No broker, no database: the deciders in memory, in a second or two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.drill import with_known_topics
from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ddh_beredskab.drills.decisions import Decision, Difference, Kept
    from ddh_beredskab.drills.recording_model import Recording

_PERSON = re.compile(r"@([a-z][a-z0-9-]*)")
SHOWN = 20
"""So many differences are told on a screen; `--json` tells all."""


def replay(
    name: Annotated[str, typer.Argument(metavar="NAVN", help=say("cli.drill.name"))],
    verify: Annotated[bool, typer.Option("--verify", help=say("cli.replay.verify"))] = False,
    keep: Annotated[bool, typer.Option("--keep", help=say("cli.replay.keep"))] = False,
    playbooks: PlaybookFolder = None,
    data: Data = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.drills import core_replay
    from ddh_beredskab.drills.decisions import Kept, compare, decisions_of
    from ddh_beredskab.drills.decisions import keep as keep_decisions
    from ddh_beredskab.drills.decisions import kept as kept_decisions
    from ddh_beredskab.drills.rules_told import rules_told
    from ddh_beredskab.playbooks import find_playbooks, load_playbooks

    own, given = find_playbooks(None), settings_of(data, playbooks).playbooks
    rules = load_playbooks(find_playbooks(given))
    recording = with_known_topics(name, [find_playbooks(given) / "drills", own / "drills"], rules)
    decided = decisions_of(core_replay.replay(recording, rules))
    if keep:
        out(say("cli.replay.kept", path=keep_decisions(recording, decided, rules_told(rules)), count=len(decided)))
        return
    what_if = playbooks is not None and not verify
    if what_if:  # not against the file: against the rules of today
        usual = load_playbooks(own)
        before = decisions_of(core_replay.replay(recording, usual))
        then = Kept(recording.sha256, rules_told(usual), before)
    else:
        then = kept_decisions(recording)
    found = compare(then.decisions, decided)
    told = _Told(recording, then, decided, found, rules_told(rules))
    if json:
        out_json(told.as_json())
    elif what_if:
        told.table()
    else:
        told.lines()
    if found and not what_if:
        raise typer.Exit(1)


class _Told:
    """The differences as people and machines read them."""

    def __init__(
        self,
        recording: Recording,
        then: Kept,
        now: Sequence[Decision],
        found: Sequence[Difference],
        rules: dict[str, Any],
    ) -> None:
        from ddh_beredskab.drills.rules_told import changed_rules

        self._recording, self._then, self._now, self._found = recording, then, now, found
        self._rules = changed_rules(then.rules, rules)

    def as_json(self) -> dict[str, Any]:
        return {
            "recording": self._recording.name,
            "decisions": len(self._now),
            "same": not self._found,
            "rules_changed": [{"place": place, "then": then, "now": now} for place, then, now in self._rules],
            "differences": [
                {
                    "at": each.at,
                    "type": each.type,
                    "then": _side(each.then),
                    "now": _side(each.now),
                    "fields": [{"field": field, "then": then, "now": now} for field, then, now in each.fields()],
                }
                for each in self._found
            ],
        }

    def lines(self) -> None:
        """For whoever changed the program or the rules."""
        if not self._found:
            out(say("cli.replay.same", count=len(self._now), name=self._recording.name))
            return
        remark(say("cli.replay.differs", differences=len(self._found), count=len(self._now)))
        self._why()
        for each in self._found[:SHOWN]:
            remark("")
            remark(f"{_clock(each)}  {each.type}")
            remark(say("cli.replay.then", told=self._sentence(each.then)))
            remark(say("cli.replay.now", told=self._sentence(each.now)))
            for field, then, now in each.fields()[:5]:
                remark(f"    {field}: {_short(then)} -> {_short(now)}")
        if len(self._found) > SHOWN:
            remark(say("cli.replay.more", more=len(self._found) - SHOWN))

    def table(self) -> None:
        """For the steering group: only what the log has words for."""
        if not self._found:
            out(say("cli.replay.no_difference", name=self._recording.name))
            return
        out(say("cli.replay.what_if", title=self._recording.title))
        self._why(out)
        for each in (each for each in self._found if each.told):
            out("")
            out(_clock(each))
            out(say("cli.replay.usual", told=self._sentence(each.then)))
            out(say("cli.replay.changed", told=self._sentence(each.now)))
        if silent := sum(not each.told for each in self._found):
            out("")
            out(say("cli.replay.silent", count=silent))

    def _sentence(self, each: Decision | None) -> str:
        """As the log tells it, with names."""
        from ddh_beredskab.danish_time import day_and_clock

        if each is None:
            return say("cli.replay.nothing")
        people = self._recording.people
        told = _PERSON.sub(lambda found: people[found[1]].name if found[1] in people else found[0], each.told)
        return told or say("cli.replay.untold", type=each.type, clock=day_and_clock(each.instant))

    def _why(self, write: Any = remark) -> None:
        if not self._rules:
            write(say("cli.replay.rules_same"))
        for place, then, now in self._rules:
            write(say("cli.replay.rule", place=place, then=_short(then), now=_short(now)))


def _side(each: Decision | None) -> dict[str, Any] | None:
    return None if each is None else {"at": each.at, "told": each.told, "data": each.data}


def _clock(each: Difference) -> str:
    from datetime import datetime

    from ddh_beredskab.danish_time import day_and_clock

    return day_and_clock(datetime.fromisoformat(each.at))


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
