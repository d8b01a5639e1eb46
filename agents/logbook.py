"""The stream agent of `logbook`: the numbered, chained log of the crisis.

Decided in `ddh_beredskab.core.logbook`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from agents.doorbells import listen
from ddh_beredskab.streams.ringing import Ringer


def attach(app: Any, topic: Any, ringer: Ringer) -> None:
    """Register the agent on the commands and events topics."""

    async def logbook(stream: Any) -> None:
        await listen(stream, "logbook", ringer)

    app.agent(topic, name="logbook", concurrency=1)(logbook)
