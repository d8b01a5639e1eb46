"""Bring a journal to this program's schema, and refuse one that a newer program wrote.

SQLite files are migrated by whoever opens them first; PostgreSQL by `ddh-beredskab migrate`, a schema per environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import from_database

HEAD = "0007"
"""The newest revision in `migrations/versions` (a test keeps this true)."""

KNOWN = ("0001", "0003", "0004", "0005", "0006", "0007")


def prepare_sqlite(path: Path) -> None:
    """Create or migrate the journal file; its folder is made too.

    Raises `UserError` when the folder cannot be written or a newer program wrote the journal.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise UserError("data_folder", place=str(path.parent), folder=path.parent, why=why) from error
    try:
        connection = driver.connect(path)
    except driver.DatabaseError as error:
        if path.exists():
            raise UserError("journal", place=str(path), path=path, why=error) from error
        raise UserError("data_folder", place=str(path.parent), folder=path.parent, why=error) from error
    try:
        revision = _sqlite_revision(connection, path)
        if revision == HEAD:
            return
        _refuse_newer(revision, str(path))
        ready = _sqlalchemy_over(connection)  # its first connect rolls back, so before we begin
        driver.begin_blocking(connection)
        try:
            if _sqlite_revision(connection, path) != HEAD:  # another process may have been first
                _upgrade(ready)
            if connection.in_transaction:  # alembic commits what it began on
                connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except Exception as error:
        if not from_database(error):
            raise
        why = getattr(error, "orig", None) or error  # what SQLite said, without the statement around it
        raise UserError("journal", place=str(path), path=path, why=why) from error
    finally:
        connection.close()


def check_sqlite(path: Path) -> None:
    """Refuse a journal that is not there or was written by a newer program; an older one is migrated, none is made."""
    if not path.exists():
        raise UserError("no_journal", place=str(path), path=path)
    prepare_sqlite(path)


async def postgres_environments(url: str) -> list[str]:
    """The environments that have a schema with a journal in this database; drift first."""
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT table_schema FROM information_schema.tables WHERE table_name = 'alembic_version'")
            )
            names = sorted(str(row[0]) for row in rows)
            found = ["drift"] if "drift" in names else []
            for name in names:
                if name.startswith("oevelse_"):
                    row = (
                        await connection.execute(
                            text(f'SELECT value FROM "{name}".meta WHERE key = :k'), {"k": "environment"}
                        )
                    ).first()
                    found.append(str(row[0]) if row else "oevelse." + name.removeprefix("oevelse_").replace("_", "-"))
            return found
    except Exception as error:
        if not from_database(error):
            raise
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise UserError("database_away", why=why) from error
    finally:
        await engine.dispose()


async def prepare_postgres(url: str, schema: str, *, migrate: bool = True) -> None:
    """Create the schema if need be and migrate it, under an advisory lock so that two may try."""
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('ddh-beredskab-migrate'))"))
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
            await connection.execute(text(f'SET LOCAL search_path TO "{schema}"'))
            found = await connection.execute(
                text(
                    "SELECT 1 FROM information_schema.tables WHERE table_schema = :s AND table_name = 'alembic_version'"
                ),
                {"s": schema},
            )
            revision = None
            if found.first() is not None:
                row = (await connection.execute(text("SELECT version_num FROM alembic_version"))).first()
                revision = str(row[0]) if row else None
            if revision != HEAD:
                _refuse_newer(revision, schema)
                if not migrate:
                    raise UserError("no_journal", place=schema, path=schema)
                await connection.run_sync(_upgrade)
    except Exception as error:
        if not from_database(error):
            raise
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise UserError("database_away", why=why) from error
    finally:
        await engine.dispose()


def _refuse_newer(revision: str | None, place: str) -> None:
    if revision is not None and revision not in KNOWN:
        raise UserError("newer_schema", place=place, theirs=revision, ours=HEAD)


def _sqlite_revision(connection: Any, path: Path) -> str | None:
    there = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).fetchone()
    if there is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _sqlalchemy_over(raw: Any) -> Any:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        "sqlite://",
        creator=lambda: raw,
        poolclass=StaticPool,
        pool_reset_on_return=None,  # the transaction is ours
        isolation_level="AUTOCOMMIT",
        module=driver.sqlite,
    )
    return engine.connect()


def _upgrade(connection: Any) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
