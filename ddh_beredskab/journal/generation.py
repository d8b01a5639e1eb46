"""Which life of an environment this journal tells: a restored journal begins a new one, with topics of its own.

Records of the life before name positions that the restored journal gives to other messages, and consumer offsets that
mean nothing to it. So each restore draws a name, and everything on Kafka is prefixed with it; no name: the first life.
"""

from __future__ import annotations

import re
import secrets

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Statement

_READ = Statement("SELECT value FROM meta WHERE key = 'generation'")
_WRITE = Statement(
    "INSERT INTO meta (key, value) VALUES ('generation', :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_NAME = re.compile(r"r[0-9]{8}t[0-9]{6}-[0-9a-f]{4}")


def read_generation(conn: Conn) -> str:
    """The name of this life, empty for the first. Raises ValueError when it would be no part of a topic's name."""
    row = conn.one(_READ)
    name = str(row[0]) if row else ""
    if name and not _NAME.fullmatch(name):
        raise ValueError(f"generation {name!r}")
    return name


def begin_generation(conn: Conn) -> str:
    """Begin a new life, named so that no other restore of the same backup has the same."""
    name = f"r{from_micros(wall_micros()):%Y%m%dt%H%M%S}-{secrets.token_hex(2)}"
    conn.run(_WRITE, value=name)
    return name


def topic_prefix(environment: str, generation: str) -> str:
    """`drift.`, `oevelse.<id>.`, or after a restore `drift.r20261122t031500-a1b2.`"""
    return f"{environment}.{generation}." if generation else f"{environment}."
