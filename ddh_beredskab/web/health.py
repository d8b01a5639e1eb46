"""Is the web ready to serve? Plain text for probes and people: one line per environment.

Live means that the process answers at all. Ready means that every journal can be read and has the schema this program
knows; that read models lag or that no worker runs is told, but takes no web server out of service: its pages say so.
"""

from __future__ import annotations

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.migrate import HEAD
from ddh_beredskab.web.environments import Environment, Environments, Unreadable
from ddh_beredskab.web.reading import rows_behind

_SCHEMA = Statement("SELECT version_num FROM alembic_version")


async def readiness(environments: Environments) -> tuple[bool, str]:
    """Whether all is well, and the lines that say so."""
    lines = [f"{name} unreadable" for name in environments.broken]
    ready = not lines
    for environment in environments.all():
        fine, line = await _one(environment)
        ready = ready and fine
        lines.append(f"{environment.name} {line}")
    return ready, "\n".join(["ready" if ready else "not ready", *lines]) + "\n"


async def _one(environment: Environment) -> tuple[bool, str]:
    try:
        schema, rows = await environment.read(_look)
    except Unreadable:
        return False, "unreadable"
    if schema != HEAD:
        return False, f"schema={schema} expected={HEAD}"
    lagging = environment.lagging and rows > 0
    return True, f"{'lagging' if lagging else 'ok'} rows_behind={rows}"


def _look(conn: Conn) -> tuple[str, int]:
    row = conn.one(_SCHEMA)
    return str(row[0]) if row else "-", rows_behind(conn)
