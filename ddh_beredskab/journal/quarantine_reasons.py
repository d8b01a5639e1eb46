"""Why something is in quarantine, in words an operator can act on, and what a retry can do about it.

What is stored is either a Danish sentence already or what the program said (`ValueError: ...`). The latter is sorted
into a few kinds by the name of its error; the technical text stays beside it for those who mend the program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ddh_beredskab.i18n import say
from ddh_beredskab.journal.quarantine import Poison

Kind = Literal["unknown_type", "unreadable", "storage", "program", "told"]
Advice = Literal["retry", "upgrade", "cannot"]

_ERROR = re.compile(r"^([A-Za-z_][A-Za-z0-9_.]*): ", re.ASCII)
_KINDS: dict[str, Kind] = {
    "UnknownType": "unknown_type",
    "Unreadable": "unreadable",
    "ValidationError": "unreadable",
    "JSONDecodeError": "unreadable",
    "IntegrityError": "storage",
    "DataError": "storage",
    "OverflowError": "storage",
    "ProgrammingError": "storage",
    "DBAPIError": "storage",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`sentence` is for people; `technical` is what the program said, null when the sentence is all there is."""

    kind: Kind
    sentence: str
    technical: str | None


def reason_of(stored: str) -> Reason:
    """What a stored reason means."""
    found = _ERROR.match(stored)
    if found is None:
        return Reason("told", stored, None)
    kind = _KINDS.get(found[1].rpartition(".")[2], "program")
    return Reason(kind, say(f"quarantine.kind_{kind}"), stored)


def advice_on(poison: Poison) -> Advice:
    """What trying again can do: nothing for what is not in the journal, little before the program is mended."""
    if poison.position is None or poison.concern is None:
        return "cannot"
    return "retry" if reason_of(poison.reason).kind == "told" else "upgrade"
