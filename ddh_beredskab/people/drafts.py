"""Drafts: what somebody has begun to fill in and has not sent.

Rules kept: CPR numbers are struck out before anything is stored; what has been sent stands in the journal and no longer
here; what nobody sent is gone after a month.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.core.redaction import strike_cpr
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.entry import DAY

KEPT_FOR = 30 * DAY

_SAVE = Statement(
    "INSERT INTO drafts (id, owner, kind, title, body, made_at, changed_at)"
    " VALUES (:id, :owner, :kind, :title, :body, :now, :now)"
    " ON CONFLICT (id) DO UPDATE SET title = excluded.title, body = excluded.body, changed_at = excluded.changed_at"
    " WHERE drafts.sent_at IS NULL AND drafts.kind = excluded.kind"
)
_OF = Statement("SELECT id, owner, kind, title, body, changed_at, sent_at FROM drafts WHERE id = :id")
_OF_KIND = Statement(
    "SELECT id, owner, kind, title, body, changed_at, sent_at FROM drafts"
    " WHERE kind = :kind AND sent_at IS NULL ORDER BY changed_at DESC, id"
)
_SENT = Statement("UPDATE drafts SET sent_at = :now, title = '', body = '[]' WHERE id = :id")
_DROP = Statement("DELETE FROM drafts WHERE id = :id AND sent_at IS NULL")
_DROP_OLD = Statement("DELETE FROM drafts WHERE changed_at < :before")


@dataclass(frozen=True, slots=True)
class Draft:
    """A form half filled in. `changed_at` in microseconds."""

    id: str
    owner: str
    kind: str
    title: str
    fields: tuple[tuple[str, str], ...]
    changed_at: int
    sent: bool


def save(conn: Conn, id_: str, owner: str, kind: str, title: str, fields: Iterable[tuple[str, str]]) -> int:
    """Keep it, in place of what stood there; how many CPR numbers were struck out. One that was sent stays sent."""
    struck, kept = 0, list[tuple[str, str]]()
    for name, value in fields:
        clean, count = strike_cpr(value)
        struck += count
        kept.append((name, clean))
    conn.run(_DROP_OLD, before=wall_micros() - KEPT_FOR)
    body = json.dumps(kept, ensure_ascii=False)
    conn.run(_SAVE, id=id_, owner=owner, kind=kind, title=strike_cpr(title)[0], body=body, now=wall_micros())
    return struck


def draft(conn: Conn, id_: str) -> Draft | None:
    row = conn.one(_OF, id=id_)
    return _draft(row) if row else None


def drafts_of(conn: Conn, kind: str, owner: str | None = None) -> list[Draft]:
    """Those not sent, newest first: one person's, or everybody's."""
    found = [_draft(row) for row in conn.all(_OF_KIND, kind=kind)]
    return [each for each in found if owner is None or each.owner == owner]


def sent(conn: Conn, id_: str) -> None:
    """It stands in the journal now; nothing of it is kept here."""
    conn.run(_SENT, id=id_, now=wall_micros())


def drop(conn: Conn, id_: str) -> None:
    conn.run(_DROP, id=id_)


def _draft(row: tuple[object, ...]) -> Draft:
    id_, owner, kind, title, body, changed_at, sent_at = row
    fields = tuple((str(name), str(value)) for name, value in json.loads(str(body)))
    return Draft(str(id_), str(owner), str(kind), str(title), fields, int(str(changed_at)), sent_at is not None)
