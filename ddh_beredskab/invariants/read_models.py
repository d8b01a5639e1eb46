"""I3: the stored read models are what replaying the journal gives, document by document, as canonical JSON.

The check folds the journal itself, in order, and keeps what it has folded (packed) for the next time; a model that has
been folded anew from its first row, as after an erasure, is folded anew here too. A document stored at a later
position than the check has come to is compared next time.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from typing import Any

import orjson

from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import as_json
from ddh_beredskab.invariants.since import Carried, Since
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import StoredMessage, read_after
from ddh_beredskab.projections.read_model import Json, ReadModel

ROWS = 25
"""Rows folded in one slice: reading a row into its class costs far more than looking at it."""
DOCUMENTS = 50

_POSITION = Statement("SELECT position FROM read_positions WHERE model = :model")
_STORED = Statement("SELECT key, body, position FROM documents WHERE model = :model AND key IN {list:keys}")
_KEYS = Statement("SELECT key FROM documents WHERE model = :model AND key > :after ORDER BY key LIMIT :limit")


def check_models(
    models: Sequence[ReadModel], since: Since, everything: bool, found: Findings
) -> Generator[None, Conn, None]:
    """Fold what is new, compare what it touched; with `everything`, also look for documents nobody folded."""
    conn = yield
    targets = {model.stored_name: _position(conn, model) for model in models}
    for model in models:
        carried = since.models.setdefault(model.stored_name, Carried())
        if targets[model.stored_name] < carried.position:
            since.models[model.stored_name] = Carried()
    open_: dict[tuple[str, str], Json | None] = {}
    while True:
        behind = [model for model in models if since.models[model.stored_name].position < targets[model.stored_name]]
        if not behind:
            break
        conn = yield
        if not _fold_some(conn, behind, targets, since, open_, found):
            return
    _pack(open_, since)
    for model in models:
        yield from _compare(model, since.models[model.stored_name], found)
        if everything:
            yield from _look_for_others(model, since.models[model.stored_name], found)


def _fold_some(
    conn: Conn,
    behind: Sequence[ReadModel],
    targets: dict[str, int],
    since: Since,
    open_: dict[tuple[str, str], Json | None],
    found: Findings,
) -> bool:
    start = min(since.models[model.stored_name].position for model in behind)
    try:
        rows = read_after(conn, start, ROWS)
    except ValueError:
        found.breach("I3", f"message {start + 1}", "unreadable")
        return False
    if not rows:
        return False  # the journal is shorter than the models say: I10 tells
    for model in behind:
        carried = since.models[model.stored_name]
        for row in rows:
            if carried.position < row.position <= targets[model.stored_name]:
                try:
                    _fold(model, row, carried, open_)
                except Exception as error:
                    found.breach(
                        "I3", f"{model.stored_name} message {row.position}", "no_fold", why=type(error).__name__
                    )
                    return False
                carried.position = row.position
    return True


def _fold(model: ReadModel, row: StoredMessage, carried: Carried, open_: dict[tuple[str, str], Json | None]) -> None:
    for key in dict.fromkeys(model.keys(row)):
        place = (model.stored_name, key)
        before = open_[place] if place in open_ else _unpacked(carried.documents.get(key))
        open_[place] = model.fold(key, before, row)
        carried.dirty[key] = None


def _pack(open_: dict[tuple[str, str], Json | None], since: Since) -> None:
    for (name, key), document in open_.items():
        documents = since.models[name].documents
        if document is None:
            documents.pop(key, None)
        else:
            # as the runner stores it, keys in their order: a fold may forget its oldest entries
            documents[key] = zlib.compress(orjson.dumps(document), 1)


def _unpacked(packed: bytes | None) -> Json | None:
    return None if packed is None else orjson.loads(zlib.decompress(packed))


def _canonical(document: Any) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _compare(model: ReadModel, carried: Carried, found: Findings) -> Generator[None, Conn, None]:
    waiting = list(carried.dirty)
    for start in range(0, len(waiting), DOCUMENTS):
        keys = waiting[start : start + DOCUMENTS]
        conn = yield
        stored = {str(r[0]): r for r in conn.all(_STORED, model=model.stored_name, keys=as_json(keys))}
        unmoved = _position(conn, model) == carried.position
        for key in keys:
            row, packed = stored.get(key), carried.documents.get(key)
            if (row is None and not unmoved and packed is not None) or (row is not None and row[2] > carried.position):
                continue  # written since we folded: next time
            found.checked["I3"] += 1
            carried.dirty.pop(key, None)
            if (row is None) != (packed is None):
                found.breach(
                    "I3", f"{model.stored_name} {key}", "document_missing" if row is None else "document_surplus"
                )
            elif row is not None and packed is not None and _stored(row[1]) != _canonical(_unpacked(packed)):
                found.breach("I3", f"{model.stored_name} {key}", "document_differs")


def _stored(body: str) -> bytes:
    try:
        return _canonical(orjson.loads(body))
    except ValueError:
        return b""


def _look_for_others(model: ReadModel, carried: Carried, found: Findings) -> Generator[None, Conn, None]:
    after = ""
    while True:
        conn = yield
        keys = [str(row[0]) for row in conn.all(_KEYS, model=model.stored_name, after=after, limit=500)]
        if not keys:
            return
        unmoved = _position(conn, model) == carried.position
        for key in keys:
            if key not in carried.documents and unmoved:
                found.breach("I3", f"{model.stored_name} {key}", "document_surplus")
        after = keys[-1]


def _position(conn: Conn, model: ReadModel) -> int:
    row = conn.one(_POSITION, model=model.stored_name)
    return int(row[0]) if row else 0
