"""Is the web ready to serve? Plain text for probes and people: one line per environment.

Live means that the process answers at all; ready means that every journal can be read and no read model lags.
"""

from __future__ import annotations

from ddh_beredskab.web.environments import Environments, Unreadable
from ddh_beredskab.web.reading import rows_behind


async def readiness(environments: Environments) -> tuple[bool, str]:
    """Whether all is well, and the lines that say so."""
    ready = not environments.broken
    lines = [f"{name} unreadable" for name in environments.broken]
    for environment in environments.all():
        try:
            rows = await environment.read(rows_behind)
        except Unreadable:
            ready = False
            lines.append(f"{environment.name} unreadable")
        else:
            lagging = environment.lagging and rows > 0
            ready = ready and not lagging
            lines.append(f"{environment.name} {'lagging' if lagging else 'ok'} rows_behind={rows}")
    return ready, "\n".join(["ready" if ready else "not ready", *lines]) + "\n"
