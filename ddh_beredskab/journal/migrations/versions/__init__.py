"""Alembic migrations of the journal; one history for SQLite and PostgreSQL."""
