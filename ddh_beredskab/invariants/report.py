"""What a check found: for each invariant how much was looked at, and every breach with its place and a Danish sentence.

The rule kept: a report names ids, streams and positions, never what a person wrote. Sentences come from the catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ddh_beredskab.i18n import say

INVARIANTS = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10")
MOST_BREACHES = 100
"""So many of each invariant are told one by one; the rest are only counted."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that does not hold."""

    invariant: str
    place: str
    """Where: `crisis_staff-k1 version 7`, `logbook/12`, a timer's or a message's id."""
    what: str
    """One Danish sentence."""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one check."""

    checked: Mapping[str, int]
    """Invariant -> how many things were looked at."""
    breaches: tuple[Breach, ...]
    more: int = 0
    """Breaches that were found but not kept one by one."""

    @property
    def ok(self) -> bool:
        """Whether everything that was looked at holds."""
        return not self.breaches

    @property
    def count(self) -> int:
        """How many breaches in all."""
        return len(self.breaches) + self.more

    def told(self) -> str:
        """A table for people: one line for each invariant, and under it what does not hold."""
        lines: list[str] = []
        by = Counter(each.invariant for each in self.breaches)
        for name in INVARIANTS:
            state = say("invariants.breached", n=by[name]) if by[name] else say("invariants.holds")
            checked = self.checked.get(name, 0)
            counted = say("invariants.checked", n=f"{checked:,}".replace(",", ".")) if checked else _nothing(name)
            lines.append(f"{name:<4}{say('invariants.name.' + name)}: {state} ({counted})")
            lines += [f"      {each.place}: {each.what}" for each in self.breaches if each.invariant == name]
        if self.more:
            lines.append(say("invariants.more", n=self.more))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "ok": self.ok,
            "checked": dict(self.checked),
            "breaches": [{"invariant": b.invariant, "place": b.place, "what": b.what} for b in self.breaches],
            "more": self.more,
        }


def _nothing(name: str) -> str:
    return say("invariants.no_effects_yet" if name == "I4" else "invariants.not_checked")


class Findings:
    """Collects while a check walks."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter(dict.fromkeys(INVARIANTS, 0))
        self._breaches: list[Breach] = []
        self._kept: Counter[str] = Counter()
        self._seen: set[tuple[str, str, str]] = set()
        self._more = 0

    def breach(self, invariant: str, place: str, key: str, **facts: object) -> None:
        """Note a breach once; `key` names its sentence under `invariants.breach`."""
        if (invariant, place, key) in self._seen:
            return
        self._seen.add((invariant, place, key))
        if self._kept[invariant] >= MOST_BREACHES:
            self._more += 1
            return
        self._kept[invariant] += 1
        self._breaches.append(Breach(invariant, place, say(f"invariants.breach.{key}", **facts)))

    def report(self) -> Report:
        """What was found, in the order of the invariants."""
        ordered = sorted(self._breaches, key=lambda each: INVARIANTS.index(each.invariant))
        return Report(dict(self.checked), tuple(ordered), self._more)
