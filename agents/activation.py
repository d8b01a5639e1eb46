"""The stream agent of `activation`: incident, scoring, decision, levels and stepping down.

Decided in `ddh_beredskab.core.activation`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from agents.doorbells import listen
from ddh_beredskab.streams.ringing import Ringer


def attach(app: Any, topic: Any, ringer: Ringer) -> None:
    """Register the agent on the commands and events topics."""

    async def activation(stream: Any) -> None:
        await listen(stream, "activation", ringer)

    app.agent(topic, name="activation", concurrency=1)(activation)
