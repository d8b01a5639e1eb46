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
        message = event.message
        try:
            bell = doorbell.read(event.headers)
        except doorbell.NotADoorbell as error:
            place = f"{message.topic}/{message.partition}/{message.offset}"
            await ringer.set_aside(place, say("quarantine.foreign", why=error), bytes(message.value or b""))
        else:
            if concern in bell.concerns:
                place = f"{message.topic}/{message.partition}/{message.offset}"
                with bound_contextvars(concern=concern, crisis_id=bell.crisis, message_id=str(bell.id)):
                    await ringer.answer(concern, bell, place, bytes(message.value or b""))
        crash_point("before-ack")
        await stream.ack(event)
