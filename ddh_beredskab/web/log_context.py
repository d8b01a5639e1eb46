"""What every log line of a request carries: its path's environment and crisis, and an id of the request.

The rule kept: ids only. What somebody wrote (a query, a body, a header) never comes into the log.
"""

from __future__ import annotations

import secrets

from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

_BEFORE_ENVIRONMENT = ("krise", "environments")
_BEFORE_CRISIS = ("crises",)


class LogContext:
    """Binds them while the request lasts; as plain ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with bound_contextvars(request_id=secrets.token_hex(6), **ids_in(str(scope["path"]))):
            await self._app(scope, receive, send)


def ids_in(path: str) -> dict[str, str]:
    """The environment and the crisis a path names."""
    parts, found = [part[:100] for part in path.split("/") if part], dict[str, str]()
    for at, part in enumerate(parts[:-1]):
        if part in _BEFORE_ENVIRONMENT and "environment" not in found:
            found["environment"] = parts[at + 1]
            if part == "krise" and at + 2 < len(parts):
                found["crisis_id"] = parts[at + 2]
        elif part in _BEFORE_CRISIS:
            found["crisis_id"] = parts[at + 1]
    return found
