"""The journal of a test, on SQLite and on PostgreSQL alike."""

from tests.journal.conftest import (
    databases,
    desk,
    empty_postgres,
    migrated_postgres,
    other_desk,
    place,
    sqlite_desk,
)

__all__ = ["databases", "desk", "empty_postgres", "migrated_postgres", "other_desk", "place", "sqlite_desk"]
