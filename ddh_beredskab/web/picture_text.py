"""A situation picture out of a text file or a pasted text: which heading says what, and which files we take.

Pure. Rules kept: we store text only, and say so plainly when a file is something else; a text without our headings is
kept whole, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

LONGEST = 20_000
SUFFIXES = (".txt", ".text", ".md")
_MARKED = re.compile(r"^\s*(?:#{1,4}\s*|\d{1,2}[.)]\s+)?(.*?)\s*:?\s*$")


@dataclass(frozen=True, slots=True)
class NoText:
    """Why a file is not taken: a key of the words."""

    key: str


def text_of_file(name: str, content: bytes) -> str | NoText:
    """The text of a plain text file, also of one that an older Windows wrote."""
    if PurePath(name.lower()).suffix not in SUFFIXES or b"\x00" in content:
        return NoText("situation.file_kind")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").strip() or NoText("situation.file_empty")
    return NoText("situation.file_kind")


def headings_of(text: str, known: Sequence[str], whole: str) -> dict[str, str]:
    """Heading -> text. A heading is one of the known, on a line of its own or before a colon; what comes before the
    first one stands under `whole`."""
    labels = {label.casefold(): label for label in known}
    found: dict[str, list[str]] = {}
    here = whole
    for line in text.replace("\r\n", "\n").split("\n"):
        label, rest = _heading(line, labels)
        if label:
            here = label
            found.setdefault(here, [])
            line = rest
        if line.strip() or here in found:
            found.setdefault(here, []).append(line.rstrip())
    said = {label: "\n".join(lines).strip() for label, lines in found.items()}
    return {label: text for label, text in said.items() if text}


def _heading(line: str, labels: dict[str, str]) -> tuple[str, str]:
    """(the known heading this line is or begins with, what stands after it)"""
    match = _MARKED.match(line)
    if match and (label := labels.get(match[1].strip("*_ ").casefold())):
        return label, ""
    before, colon, after = line.partition(":")
    if colon and (label := labels.get(before.strip("#*_ ").casefold())):
        return label, after.strip("* ")
    return "", line
