"""The stream agent of `crisis_staff`: roles, who comes, relief, meetings and the situation picture.

Decided in `ddh_beredskab.core.crisis_staff`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from agents.doorbells import listen
from ddh_beredskab.streams.ringing import Ringer


def attach(app: Any, topic: Any, ringer: Ringer) -> None:
    """Register the agent on the commands and events topics."""

    async def crisis_staff(stream: Any) -> None:
        await listen(stream, "crisis_staff", ringer)

    app.agent(topic, name="crisis_staff", concurrency=1)(crisis_staff)
