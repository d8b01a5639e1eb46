"""The response that carries server-sent events: headers that no proxy buffers, never compressed, ended when told.

Rule kept: the client's going is noticed at once (by its disconnect), so that nobody sends into the void.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ddh_beredskab.web.hub import Hub, Wanted
from ddh_beredskab.web.viewers import Viewer
from ddh_beredskab.web.words import Language


class EventStream(Response):
    """One open stream of topics."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, wanted: Sequence[Wanted], language: Language) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._hub = hub
        self._wanted = wanted
        self._language: Language = language
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        viewer = Viewer()
        leaving = asyncio.create_task(_until_gone(receive, viewer))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            first = await self._hub.watch(viewer, self._wanted, self._language)
            await send({"type": "http.response.body", "body": first, "more_body": True})
            async for chunk in viewer.chunks():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            pass  # the client went while we sent
        finally:
            leaving.cancel()
            self._hub.leave(viewer)
            with contextlib.suppress(asyncio.CancelledError):
                await leaving


async def _until_gone(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.end()


def wanted_topics(asked: Sequence[str], last_event_id: str | None) -> list[tuple[str, int]]:
    """`topic=drift/abc@57` twice or more, and the id of the last event: topics with the log entry each has.

    What cannot be read counts as nothing: a stream never fails for a number.
    """
    last_topic, _, last_number = (last_event_id or "").rpartition(":")
    found: dict[str, int] = {}
    for each in asked:
        name, _, after = each.partition("@")
        number = int(after) if after.isdecimal() and len(after) < 10 else 0
        if name == last_topic and last_number.isdecimal() and len(last_number) < 10:
            number = max(number, int(last_number))
        found[name] = number
    return list(found.items())
