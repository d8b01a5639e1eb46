"""Contract of the journal: one suite, run on SQLite and on PostgreSQL."""
