"""Folds the journal into read models: in order, without gaps, position and documents in one transaction.

Rules kept: a position never skips a row and never passes the head (I10); replaying the journal gives the stored
documents byte for byte (I3). Each model's position row is locked first, so any number of workers may try: one folds,
the others find nothing left to do.

Messages are read with their private values revealed, so documents hold people's words and names in clear. Erasing a
private value in the journal therefore is not enough: `rebuild` folds the documents anew and the text is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import NotReadable, StoredMessage, head_position, read_after
from ddh_beredskab.projections.read_model import Json, ReadModel
from schemas.canonical import canonical

log = structlog.stdlib.get_logger(__name__)

BATCH = 500

_START = Statement("INSERT INTO read_positions (model, position) VALUES (:model, 0) ON CONFLICT DO NOTHING")
_LOCK = Statement("SELECT position FROM read_positions WHERE model = :model {lock}")
_POSITION = Statement("SELECT position FROM read_positions WHERE model = :model")
_POSITIONS = Statement("SELECT model, position FROM read_positions")
_MOVE = Statement("UPDATE read_positions SET position = :position WHERE model = :model")
_GET = Statement("SELECT body FROM documents WHERE model = :model AND key = :key")
_PUT = Statement(
    "INSERT INTO documents (model, key, body, position) VALUES (:model, :key, :body, :position)"
    " ON CONFLICT (model, key) DO UPDATE SET body = excluded.body, position = excluded.position"
)
_DROP = Statement("DELETE FROM documents WHERE model = :model AND key = :key")
_DROP_ALL = Statement("DELETE FROM documents WHERE model = :model")
_ALL = Statement("SELECT key, body FROM documents WHERE model = :model")


def step(conn: Conn, models: Sequence[ReadModel], limit: int = BATCH) -> int:
    """Fold up to `limit` rows into each model, in the caller's transaction; the most rows any model moved by.

    0 means that all models stand at the head (or that one of them cannot fold the row it stands before: that one
    stays where it is and is logged, the others go on).
    """
    ordered = sorted(models, key=lambda model: model.stored_name)  # one order for all workers: no deadlock
    positions = {model.stored_name: _locked_position(conn, model) for model in ordered}
    rows_after: dict[int, list[StoredMessage]] = {}
    moved = 0
    for model in ordered:
        position = positions[model.stored_name]
        if position not in rows_after:
            rows_after[position] = read_after(conn, position, limit)
            _tell_of_unreadable(rows_after[position])
        rows = rows_after[position]
        if rows:
            moved = max(moved, _fold_rows(conn, model, rows))
    return moved


def _tell_of_unreadable(rows: Sequence[StoredMessage]) -> None:
    """A message that cannot be read answers no question: it is passed over, or every screen would stand still for it.

    It stays in the journal, the concerns that were to hear it have it in quarantine, and `doctor` names it.
    """
    for row in rows:
        if isinstance(row.message, NotReadable):
            log.error("read models pass over a message that cannot be read", position=row.position, type=row.type)


def rebuild(conn: Conn, model: ReadModel) -> int:
    """Forget the model's documents and fold them anew up to the head; how many rows. For after an erasure."""
    _locked_position(conn, model)
    conn.run(_DROP_ALL, model=model.stored_name)
    conn.run(_MOVE, model=model.stored_name, position=0)
    rows = 0
    while moved := step(conn, [model]):
        rows += moved
    return rows


def behind(conn: Conn, models: Iterable[ReadModel]) -> int:
    """How many rows the slowest model still has before it."""
    stands = {str(row[0]): int(row[1]) for row in conn.all(_POSITIONS)}
    at = [stands.get(model.stored_name, 0) for model in models]
    return head_position(conn) - min(at) if at else 0


def dump(conn: Conn, model: ReadModel) -> bytes:
    """All documents of the model as canonical JSON, by key."""
    return canonical({str(key): json.loads(body) for key, body in conn.all(_ALL, model=model.stored_name)})


def replayed(conn: Conn, model: ReadModel) -> bytes:
    """What `dump` should give: the journal folded from its first row to the model's position, nothing written."""
    return folded(model, _rows_upto(conn, _position(conn, model)))


def folded(model: ReadModel, rows: Iterable[StoredMessage]) -> bytes:
    """The model's documents after these rows, as `dump` gives them."""
    documents: dict[str, Json] = {}
    for row in rows:
        for key in model.keys(row):
            body = model.fold(key, documents.get(key), row)
            if body is None:
                documents.pop(key, None)
            else:
                documents[key] = body
    return canonical(documents)


def _rows_upto(conn: Conn, upto: int) -> Iterator[StoredMessage]:
    position = 0
    while position < upto and (rows := read_after(conn, position, min(BATCH, upto - position))):
        yield from rows
        position = rows[-1].position


@dataclass(slots=True)
class _Document:
    """A document while a batch is folded."""

    body: Json | None
    changed: bool = False


def _fold_rows(conn: Conn, model: ReadModel, rows: Sequence[StoredMessage]) -> int:
    """Fold rows that follow the model's position; documents and position are written, or nothing is."""
    open_: dict[str, _Document] = {}
    done = 0
    for row in rows:
        try:
            documents = _folded(conn, model, row, open_)
        except Exception:
            # A fault in one fold must not stop the other questions from being answered. The model stays before the
            # row (nothing is skipped), its lag shows in /health/ready, and a mended program goes on from here.
            log.exception("a read model cannot fold a row", model=model.name, position=row.position, type=row.type)
            break
        for key, body in documents:
            open_[key] = _Document(body, changed=True)
        done += 1
    if not done:
        return 0
    position = rows[done - 1].position
    _write(conn, model, open_, position)
    conn.run(_MOVE, model=model.stored_name, position=position)
    return done


def _folded(
    conn: Conn, model: ReadModel, row: StoredMessage, open_: dict[str, _Document]
) -> list[tuple[str, Json | None]]:
    folded: list[tuple[str, Json | None]] = []
    for key in dict.fromkeys(model.keys(row)):
        if (document := open_.get(key)) is None:
            document = open_[key] = _Document(_stored(conn, model, key))
        folded.append((key, model.fold(key, document.body, row)))
    return folded


def _write(conn: Conn, model: ReadModel, open_: dict[str, _Document], position: int) -> None:
    changed = [(key, document.body) for key, document in open_.items() if document.changed]
    conn.many(
        _PUT,
        [
            {
                "model": model.stored_name,
                "key": key,
                "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
                "position": position,
            }
            for key, body in changed
            if body is not None
        ],
    )
    conn.many(_DROP, [{"model": model.stored_name, "key": key} for key, body in changed if body is None])


def _stored(conn: Conn, model: ReadModel, key: str) -> Json | None:
    row = conn.one(_GET, model=model.stored_name, key=key)
    return json.loads(row[0]) if row else None


def _position(conn: Conn, model: ReadModel) -> int:
    row = conn.one(_POSITION, model=model.stored_name)
    return int(row[0]) if row else 0


def _locked_position(conn: Conn, model: ReadModel) -> int:
    if (row := conn.one(_LOCK, model=model.stored_name)) is None:
        conn.run(_START, model=model.stored_name)
        row = conn.one(_LOCK, model=model.stored_name)
    return int(row[0]) if row else 0
