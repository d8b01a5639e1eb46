"""The stream agent of `guides`: first message, versions and the clock that keeps the guide fresh.

Decided in `ddh_beredskab.core.guides`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from agents.doorbells import listen
from ddh_beredskab.streams.ringing import Ringer


def attach(app: Any, topic: Any, ringer: Ringer) -> None:
    """Register the agent on the commands and events topics."""

    async def guides(stream: Any) -> None:
        await listen(stream, "guides", ringer)

    app.agent(topic, name="guides", concurrency=1)(guides)
