"""Sets type in a process of its own, which ends when the document is made.

Why: typst keeps what it has set for its next documents, some 40 MB for the paper of one long crisis. A process that
serves pages for weeks must not carry that, nor fall when a document cannot be set (docs/decisions/0031).

`python -m ddh_beredskab.reports.press TEMPLATE INSTANT`: facts as JSON in, the PDF out.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ddh_beredskab.reports.typesetting import facts_json, pdf_of

WITHIN = 60.0
"""Seconds; the longest paper there is takes less than one on a machine that has time."""
NICE = 5
"""Screens and doors come first."""


class PressFailed(Exception):
    """The document could not be set; its last words are the text."""


async def pdf_apart(template: str, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """The same PDF as `typesetting.pdf` makes, byte for byte. Raises `PressFailed`, and `OSError` when no process can
    be started."""
    press = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ddh_beredskab.reports.press", template, at.isoformat(),
        stdin=PIPE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN):
            made, words = await press.communicate(facts_json(facts).encode())
    except TimeoutError as error:
        raise PressFailed(f"not set within {WITHIN:g} s") from error
    finally:
        if press.returncode is None:
            press.kill()
            await press.wait()
    if press.returncode:
        told = words.decode(errors="replace").strip().splitlines()
        raise PressFailed(told[-1] if told else f"ended with {press.returncode}")
    return made


def main(template: str, at: str) -> None:
    """In the process of its own."""
    os.nice(NICE)
    facts = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(pdf_of(template, facts, at=datetime.fromisoformat(at)))


if __name__ == "__main__":
    main(*sys.argv[1:])
