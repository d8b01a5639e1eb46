"""The command line: one file per group of commands, one handler at the edge, all words in the catalogue.

The rule kept: `main` imports nothing heavy, and each command imports what it needs when it runs, so that help comes at
once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """`ddh-beredskab`: run the command and end the process with its exit code."""
    from ddh_beredskab.cli.edge import run

    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))
