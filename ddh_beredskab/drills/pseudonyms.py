"""Other names for everybody and everything in a real crisis: people, agents, municipalities, crises.

Rule kept: one thing has one pseudonym through the whole recording, given in the order of first appearance, so that
nothing about anybody can be read out of it; the same crisis gives the same pseudonyms every time.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Pseudonyms:
    """Real name -> pseudonym, made when first asked for."""

    people: dict[str, str] = field(default_factory=dict[str, str])
    municipalities: dict[str, str] = field(default_factory=dict[str, str])
    crises: dict[str, str] = field(default_factory=dict[str, str])
    home: dict[str, str] = field(default_factory=dict[str, str])
    """Pseudonym of a person -> pseudonym of the municipality."""
    _agents: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def person(self, ref: str, municipality: str | None = None) -> str:
        """`person-007` for a person."""
        known = self.people.setdefault(ref, f"person-{len(self.people) + 1:03d}")
        if municipality is not None:
            self.home.setdefault(known, self.municipality(municipality))
        return known

    def municipality(self, code: str) -> str:
        """`9107` for a municipality, a region or a state authority."""
        return self.municipalities.setdefault(code, str(9101 + len(self.municipalities)))

    def crisis(self, crisis_id: str) -> str | None:
        """`$crisis1` for a crisis of the recording; null for one that is not in it."""
        return self.crises.get(crisis_id)

    def saw_agent(self, ref: str, municipality: str | None) -> None:
        """An agent is in the recording; a municipality told once is remembered."""
        if self._agents.get(ref) is None:
            self._agents[ref] = municipality

    def agents(self) -> dict[str, str]:
        """Real agent -> `agent-001`, numbered as a recording does: municipality by municipality."""
        for code in self._agents.values():
            self.municipality(code or "")
        order = list(self.municipalities)
        ranked = sorted(self._agents.items(), key=lambda each: order.index(each[1] or ""))
        return {ref: f"agent-{number:03d}" for number, (ref, _) in enumerate(ranked, start=1)}

    def agents_in(self, code: str) -> int:
        """How many agents of that municipality are in the recording."""
        return sum((home or "") == code for home in self._agents.values())
