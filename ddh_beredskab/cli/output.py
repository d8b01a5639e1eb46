"""What the command line writes: answers on stdout, remarks on stderr, with `--json` one object on stdout alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from ddh_beredskab.plain_text import plain


def out(text: str = "") -> None:
    """A line of the answer."""
    sys.stdout.write(plain(text) + "\n")


def remark(text: str) -> None:
    """A line beside the answer: progress, a warning, the sentence of a failure."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def out_json(value: Mapping[str, Any]) -> None:
    """The one object of `--json`."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def columns(rows: list[tuple[str, ...]]) -> None:
    """Rows under each other, each column as wide as its widest cell but the last."""
    if not rows:
        return
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        out("  ".join([*cells, row[-1]]).rstrip())
