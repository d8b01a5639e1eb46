"""A sign of life to an outside watchman (DDH_HEARTBEAT_URL), after an audit that found nothing.

The rule kept: silence is the alarm, so it is sent after a clean audit and never otherwise. It carries nothing but the
request itself. It has a thread of its own and ten seconds; a failure is a line in the log and no more.
"""

from __future__ import annotations

import asyncio
import urllib.request

import structlog

log = structlog.stdlib.get_logger(__name__)

TIMEOUT_SECONDS = 10.0


async def send_sign_of_life(url: str) -> bool:
    """Ask for the address once; whether it answered."""
    try:
        await asyncio.wait_for(asyncio.to_thread(_ask, url), TIMEOUT_SECONDS + 1)
    except Exception as error:
        log.warning("the outside watchman did not answer", error=repr(error))
        return False
    return True


def _ask(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("DDH_HEARTBEAT_URL must begin with http:// or https://")
    request = urllib.request.Request(url, headers={"User-Agent": "ddh-beredskab"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        answer.read(1)
