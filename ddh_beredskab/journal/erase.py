"""Erasing private values: value and salt are deleted, the messages and their hash chains stay as they are.

What was copied out of a value goes with it: values of the same chain of cause and effect that hold the erased text,
snapshots, and read models (the worker folds them anew, and they then read `[slettet]`). On SQLite `scrub_sqlite`
removes what is left in the file's free pages. States in a running process's memory live until it is started again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import Conn, Statement
from schemas.commitments import ERASED

SHORTEST_COPY = 4
"""Shorter texts ("ja") are no copies of each other when one stands inside the other."""

_OF_MESSAGE = Statement("SELECT commitment, value FROM private_values WHERE message_id = :id")
_OF_CORRELATION = Statement(
    "SELECT p.commitment, p.value FROM private_values p JOIN messages m ON m.id = p.message_id"
    " WHERE m.correlation_id = (SELECT correlation_id FROM messages WHERE id = :id)"
)
_MENTIONING = Statement("SELECT commitment FROM private_values WHERE lower(value) LIKE :pattern ESCAPE '!'")
_DELETE = Statement("DELETE FROM private_values WHERE commitment IN {list:commitments}")
_PERSON = Statement("SELECT name FROM persons WHERE ref = :ref")
_FORGET_PERSON = Statement("UPDATE persons SET name = :name WHERE ref = :ref")
_FORGET_TEXT = Statement("UPDATE feedback_items SET text = :text WHERE id IN {list:ids} AND text <> :text")
_FORGET_MENTIONS = Statement(
    "UPDATE feedback_items SET text = :text WHERE lower(text) LIKE :pattern ESCAPE '!' AND text <> :text"
)
_DERIVED = (
    Statement("DELETE FROM snapshots"),
    Statement("DELETE FROM documents"),
    Statement("UPDATE read_positions SET position = 0"),
)


def erase_message(conn: Conn, message_id: UUID) -> int:
    """Erase what a message holds in private, and what was copied from it within its correlation; how many values."""
    own = {str(r[0]): str(r[1]) for r in conn.all(_OF_MESSAGE, id=str(message_id))}
    texts = sorted({text for text in own.values() if len(text) >= SHORTEST_COPY})
    copies = {
        str(stands_for)
        for stands_for, value in conn.all(_OF_CORRELATION, id=str(message_id))
        if value in own.values() or any(text in value for text in texts)
    }
    return _erase(conn, own.keys() | copies)


def erase_person(conn: Conn, ref: str) -> int:
    """Erase every private value that mentions a person by ref or by name, and the name itself; how many values.

    The ref stays in messages as the pseudonym it is.
    """
    row = conn.one(_PERSON, ref=ref)
    words = [f"@{ref}"]
    if row is not None and row[0] != ERASED:
        words.append(str(row[0]))
        conn.run(_FORGET_PERSON, name=ERASED, ref=ref)
    return erase_mentions(conn, words)


def erase_mentions(conn: Conn, words: Iterable[str]) -> int:
    """Erase every private value and every citizen's question that holds one of the words; how many values."""
    found: set[str] = set()
    questions = 0
    for word in words:
        if word.strip():
            for spelled in sorted({word.lower(), _ascii_lower(word)}):
                pattern = f"%{_escaped(spelled)}%"
                found |= {str(row[0]) for row in conn.all(_MENTIONING, pattern=pattern)}
                questions += conn.run(_FORGET_MENTIONS, pattern=pattern, text=ERASED)
    return _erase(conn, found) + questions


def erase_questions(conn: Conn, ids: Iterable[UUID]) -> int:
    """Erase the texts of citizens' questions; the counts stay. Returns how many."""
    return conn.run(_FORGET_TEXT, ids=json.dumps([str(each) for each in ids]), text=ERASED)


def scrub_sqlite(path: Path) -> None:
    """Write the file anew so that nothing erased is left in it or in its WAL. Nobody else may be writing."""
    connection = driver.connect(path)
    try:
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _erase(conn: Conn, commitments: Iterable[str]) -> int:
    if not (wanted := sorted(commitments)):
        return 0
    erased = conn.run(_DELETE, commitments=json.dumps(wanted))
    for statement in _DERIVED:
        conn.run(statement)
    return erased


def _ascii_lower(word: str) -> str:
    """As SQLite lowers, and PostgreSQL in its C locale: Ærø stays Ærø there."""
    return "".join(char.lower() if char.isascii() else char for char in word)


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
