"""What every stream agent does with its stream: hear the doorbells meant for its concern, answer, acknowledge.

`ringer.answer` returns only when every undone delivery is durable; the acknowledgement comes strictly after that.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import Any

from structlog.contextvars import bound_contextvars

from ddh_beredskab.crash import crash_point
from ddh_beredskab.i18n import say
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.ringing import Ringer


async def listen(stream: Any, concern: str, ringer: Ringer) -> None:
    """Serve one concern's stream for ever."""
    async for event in stream.noack().events():
        if doorbell.is_for(concern, event.headers):
            await _answer(event, concern, ringer)
        crash_point("before-ack")
        await stream.ack(event)


async def _answer(event: Any, concern: str, ringer: Ringer) -> None:
    message = event.message
    place = f"{message.topic}/{message.partition}/{message.offset}"
    raw = bytes(message.value or b"")
    try:
        bell = doorbell.read(event.headers)
    except doorbell.NotADoorbell as error:
        await ringer.set_aside(place, say("quarantine.foreign", why=error), raw)
        return
    if concern in bell.concerns:
        with bound_contextvars(concern=concern, crisis_id=bell.crisis, message_id=str(bell.id)):
            await ringer.answer(concern, bell, place, raw)
