"""A supervisor in a process of its own, so that a test can kill -9 it.

Arguments: DIRECTORY, then BEHAVIOUR=NAME for each child; `broker` is the real embedded broker.
"""

import asyncio
import os
import sys
from pathlib import Path

from ddh_beredskab.streams.embedded_broker import broker_child, free_port
from ddh_beredskab.streams.supervisor import Child, Limits, Supervisor

CHILD_SCRIPT = Path(__file__).with_name("child_script.py")


def child(description: str) -> Child:
    behaviour, _, name = description.partition("=")
    if behaviour == "broker":
        return broker_child(free_port())
    argv = [sys.executable, str(CHILD_SCRIPT), behaviour, name]
    return Child(name=name, argv=argv, heartbeat=behaviour == "beats")


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    os.environ.setdefault("NOTES", str(directory / "notes"))
    asyncio.run(Supervisor([child(d) for d in sys.argv[2:]], directory, limits=Limits(silence=1.0, backoff=0.05)).run())
