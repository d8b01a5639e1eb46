"""What one check hands to the next, so that an auditor looks at new rows only.

The rule kept: everything here was verified from the journal's own rows. A fresh `Since` means: check everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Key = tuple[object, ...]

MOST_KEYS = 200_000
"""How many business keys (a log entry's cause and index, ...) are remembered to find the second of its kind."""


@dataclass(slots=True)
class Carried:
    """The documents of one read model, folded by the check itself: key -> packed JSON."""

    position: int = 0
    documents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    dirty: dict[str, None] = field(default_factory=dict[str, None])
    """Keys folded since they were last compared with what is stored."""


@dataclass(slots=True)
class Since:
    """How far the journal has been checked, and what must be known of it to go on from there."""

    position: int = 0
    streams: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    """Stream -> version and hash of its last verified event."""
    undone: set[int] = field(default_factory=set[int])
    """Positions with a delivery that had no outcome yet."""
    cause: tuple[str, str, int] | None = None
    """Cause, concern and index of the last event."""
    numbers: dict[Key, int] = field(default_factory=dict[Key, int])
    """(crisis, kind) -> the last number given."""
    once: dict[Key, None] = field(default_factory=dict[Key, None])
    """Effects that may be there once; the oldest are forgotten past `MOST_KEYS`."""
    holders: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """(crisis, role) -> who holds it."""
    asked: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """(crisis, role, person) with an open offer."""
    taken: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """(person, crisis, role) as the persons' own streams say."""
    ended: dict[str, list[tuple[int, int | None]]] = field(default_factory=dict[str, list[tuple[int, int | None]]])
    """Crisis -> positions between which it was over (the second is null while it is)."""
    feedback: int = 0
    """Feedback items up to here are counted and in `tally`."""
    tally: dict[tuple[str, str, str], list[int]] = field(default_factory=dict[tuple[str, str, str], list[int]])
    """(crisis, topic, municipality) -> total, yes, partly, no, transferred, urgent."""
    models: dict[str, Carried] = field(default_factory=dict[str, Carried])
    """Stored name of a read model -> what it should hold."""

    @property
    def fresh(self) -> bool:
        """Whether nothing has been checked yet: the next check looks at everything."""
        return self.position == 0
