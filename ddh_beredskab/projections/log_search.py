"""Where in the log does it say so? Entries by words, kind, author, time and pin; the newest first.

A page that cannot hold what is looked for is not taken apart: that is seen in its JSON as it lies, since the web waits
while it searches.

The rule kept: it searches what `timeline` holds, so both databases answer alike, also for æ, ø and å, and an erased
text is found no more (`[slettet]` stands in its place). Who may see what is the caller's: it names the visibilities.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.timeline import TIMELINE, page_key, page_of

AT_A_TIME = 10
"""Pages read in one go."""

_PAGES = Statement("SELECT key, body FROM documents WHERE model = :model AND key IN {list:keys}")
_TEXTS = ("text", "from_", "to", "channel", "source", "reason")
_REF = re.compile(r"@([a-z0-9][a-z0-9._-]{0,79})")


@dataclass(frozen=True, slots=True)
class Found:
    """Entries, the newest first; `before` is where the next search goes on, null when there is nothing more."""

    entries: list[Json]
    before: int | None


def search_entries(
    conn: Conn,
    crisis: str,
    *,
    text: str = "",
    kinds: Collection[str] = (),
    author: str | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
    pinned: bool | None = None,
    visibilities: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    limit: int = 50,
    before: int | None = None,
) -> Found:
    """Entries that hold every word of `text`, in any field or as the number, and fit the rest. Empty: no condition.

    `from_` and `to` are about when it happened, both included. `names` (ref -> name) lets people be found by name.
    """
    wanted = _Wanted(_words(text), kinds, author, from_, to, pinned, visibilities, names or {})
    found: list[Json] = []
    for entry in _newest_first(conn, crisis, before, wanted):
        if not wanted.fits(entry):
            continue
        if len(found) == limit:
            return Found(found, found[-1]["number"] if found else before)
        found.append(entry)
    return Found(found, None)


@dataclass(frozen=True, slots=True)
class _Wanted:
    words: list[str]
    kinds: Collection[str]
    author: str | None
    from_: datetime | None
    to: datetime | None
    pinned: bool | None
    visibilities: Collection[str]
    names: Mapping[str, str]

    def may_be_on(self, page: str) -> bool:
        """Can an entry of this page, as its JSON lies, fit? A no is sure, a yes is not."""
        if self.kinds and not any(f'"kind":"{kind}"' in page for kind in self.kinds):
            return False
        if self.author is not None and f':"{self.author}"' not in page:
            return False
        if self.pinned and '"pinned":{' not in page:
            return False
        if not self.words:
            return True
        folded, people = page.casefold(), " ".join(self.names.values()).casefold()
        return all(json.dumps(word, ensure_ascii=False)[1:-1] in folded or word in people for word in self.words)

    def fits(self, entry: Json) -> bool:
        if self.kinds and entry["kind"] not in self.kinds:
            return False
        if self.visibilities and entry["visibility"] not in self.visibilities:
            return False
        if self.author is not None and self.author not in (entry["author"], entry["on_behalf_of"]):
            return False
        if self.pinned is not None and self.pinned != (entry["pinned"] is not None):
            return False
        return self._in_time(entry) and self._says(entry)

    def _in_time(self, entry: Json) -> bool:
        if self.from_ is None and self.to is None:
            return True
        at = instant(entry["happened_at"])
        return (self.from_ is None or self.from_ <= at) and (self.to is None or at <= self.to)

    def _says(self, entry: Json) -> bool:
        if not self.words:
            return True
        said = " ".join(str(entry[name]) for name in _TEXTS if entry[name])
        people = " ".join(self._name(entry[who]) for who in ("author", "on_behalf_of", "owner") if entry[who])
        named = _REF.sub(lambda ref: self._name(ref[1]), said) if self.names else said
        whole = f"{said} {named} {people}".casefold()
        own = {str(entry["number"]), (entry["paper_number"] or "").casefold()}
        return all(word in whole or word in own for word in self.words)

    def _name(self, ref: str) -> str:
        name = self.names.get(ref) or self.names.get(ref.rstrip("._-"))
        return f"{ref} {name}" if name else ref


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _newest_first(conn: Conn, crisis: str, before: int | None, wanted: _Wanted) -> Iterator[Json]:
    """Entries with a number under `before`, the last first, of pages that may hold some; read some pages at a time."""
    head = document(conn, TIMELINE, crisis)
    last = min(head["entries"] if head else 0, before - 1 if before is not None else 1 << 62)
    page = page_of(last) if last > 0 else 0
    while page > 0:
        pages = list(range(page, max(page - AT_A_TIME, 0), -1))
        keys = [page_key(crisis, each) for each in pages]
        bodies = dict(conn.all(_PAGES, model=TIMELINE.stored_name, keys=json.dumps(keys)))
        for body in (str(bodies[key]) for key in keys if key in bodies):
            entries: list[Json] = json.loads(body)["entries"] if wanted.may_be_on(body) else []
            yield from (entry for entry in reversed(entries) if entry["number"] <= last)
        page = pages[-1] - 1
