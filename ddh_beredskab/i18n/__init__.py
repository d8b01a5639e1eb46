"""The catalogue: every sentence the command line and the processes say to people, by key.

Danish is the source (`da.yaml`). Code names a key and gives facts; it never holds the sentence.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

__all__ = ["keys", "say"]


def say(key: str, **facts: object) -> str:
    """The sentence of a dotted key, filled in. An unknown key is a bug and raises KeyError."""
    return _catalogue()[key].format(**facts)


def keys() -> tuple[str, ...]:
    """All keys, for tests."""
    return tuple(sorted(_catalogue()))


@cache
def _catalogue() -> dict[str, str]:
    text = resources.files(__name__).joinpath("da.yaml").read_text(encoding="utf-8")
    return dict(_flat(YAML(typ="safe", pure=True).load(text), ""))  # pyright: ignore[reportUnknownMemberType]


def _flat(node: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")  # pyright: ignore[reportUnknownArgumentType]
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found
