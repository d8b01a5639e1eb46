"""A copy of a SQLite journal that others are writing to: `VACUUM INTO`, then looked through before it is believed.

The copy is the journal as it stood when the copying began; writers are not held up, for they have the WAL.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from ddh_beredskab.backup.facts import Facts, facts_of, problems_of
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import Conn


def copy(source: Path, target: Path) -> None:
    """Copy the journal. Raises OSError (ENOSPC) when there is no room, `UserError` (journal) when it is damaged."""
    connection = driver.connect(source)
    try:
        connection.execute(f"PRAGMA busy_timeout={int(driver.BUSY_SECONDS * 1000)}")
        connection.execute("VACUUM INTO ?", (str(target),))
    except driver.DatabaseError as error:
        if driver.is_full(error):
            raise OSError(errno.ENOSPC, "no space", str(target)) from error
        raise UserError("journal", place=str(source), path=source, why=error) from error
    finally:
        connection.close()


def look_through(copy_: Path) -> tuple[Facts, tuple[str, ...]]:
    """What is in a copy, and what does not hold in it.

    Raises `UserError` (backup_unsound) when the file itself is damaged: such a copy is no copy.
    """
    connection: Any = driver.sqlite.connect(f"file:{_quoted(copy_)}?mode=ro&immutable=1", uri=True)
    try:
        said = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        if said != "ok":
            raise UserError("backup_unsound", place=str(copy_), why=said.splitlines()[0])
        conn = Conn(connection.cursor(), "sqlite")
        return facts_of(conn), problems_of(conn)
    except driver.DatabaseError as error:
        raise UserError("backup_unsound", place=str(copy_), why=error) from error
    finally:
        connection.close()


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
