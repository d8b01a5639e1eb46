"""The shift plan in the journal: who should be on shift, as the last file said.

Rules kept: the same file twice changes nothing; a shift whose end was moved is moved; a shift that is no longer in the
file stays until somebody takes it out by a file that says so (nothing disappears in silence).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.shift_file import Known, PlannedRow

_OF = Statement("SELECT ends_at, municipality FROM planned_shifts WHERE agent = :agent AND begins_at = :begins")
_PUT = Statement(
    "INSERT INTO planned_shifts (agent, begins_at, ends_at, municipality, source, imported_at)"
    " VALUES (:agent, :begins, :ends, :municipality, :source, :at)"
    " ON CONFLICT (agent, begins_at) DO UPDATE SET ends_at = excluded.ends_at, municipality = excluded.municipality,"
    " source = excluded.source, imported_at = excluded.imported_at"
)
_PEOPLE = Statement(
    "SELECT p.ref, p.name, p.municipality, a.login FROM persons p LEFT JOIN accounts a ON a.person = p.ref"
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changed."""

    new: int
    changed: int
    known: int


def known_people(conn: Conn, municipalities: Mapping[str, str]) -> Known:
    """The register as a plan's file names it; `municipalities` is code -> name."""
    people: dict[str, set[str]] = {}
    where: dict[str, str] = {}
    for ref, name, municipality, login in conn.all(_PEOPLE):
        where[str(ref)] = str(municipality)
        for word in (ref, name, login):
            if word:
                people.setdefault(str(word).casefold(), set()).add(str(ref))
    return Known(
        {word: tuple(sorted(refs)) for word, refs in people.items()},
        where,
        _called(municipalities.items()),
    )


def _called(municipalities: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Code, name, and the name without "Kommune" -> code."""
    found: dict[str, str] = {}
    for code, name in municipalities:
        low = name.casefold()
        found |= {code.casefold(): code, low: code, low.removesuffix(" (opdigtet)"): code}
        found[low.removesuffix(" (opdigtet)").removesuffix(" kommune")] = code
    return found


def put_plan(conn: Conn, rows: Sequence[PlannedRow], source: str, at: datetime) -> Imported:
    """Take in the shifts of a file."""
    new = changed = 0
    for row in rows:
        ends, begins = to_micros(row.ends_at), to_micros(row.begins_at)
        before = conn.one(_OF, agent=row.agent, begins=begins)
        if before is not None and (int(before[0]), str(before[1])) == (ends, row.municipality):
            continue
        conn.run(
            _PUT, agent=row.agent, begins=begins, ends=ends, municipality=row.municipality, source=source[:200],
            at=to_micros(at),
        )  # fmt: skip
        new, changed = new + (before is None), changed + (before is not None)
    return Imported(new, changed, len(rows) - new - changed)
