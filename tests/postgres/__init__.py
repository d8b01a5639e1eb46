"""The same engine over PostgreSQL, with two workers that share the work."""
