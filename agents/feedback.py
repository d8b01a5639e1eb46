"""The stream agent of `feedback`: gaps, urgent notices and the reports to the authority.

Decided in `ddh_beredskab.core.feedback`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from agents.doorbells import listen
from ddh_beredskab.streams.ringing import Ringer


def attach(app: Any, topic: Any, ringer: Ringer) -> None:
    """Register the agent on the commands and events topics."""

    async def feedback(stream: Any) -> None:
        await listen(stream, "feedback", ringer)

    app.agent(topic, name="feedback", concurrency=1)(feedback)
