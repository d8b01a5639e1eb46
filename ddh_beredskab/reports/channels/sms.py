"""How long a text message is: GSM 7-bit where every character is in it (æ, ø and å are), else UCS-2; in segments.

Pure. After 3GPP TS 23.038 (the alphabet, and characters that take two places) and 23.040 (160 or 70 alone, 153 or 67
in several; no character is cut in two). Rule kept: typographic characters that say nothing more are made plain first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES = frozenset("\f^{}\\[~]|€")
_PLAIN = str.maketrans({
    "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{MINUS SIGN}": "-", "\N{NON-BREAKING HYPHEN}": "-",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{DOUBLE LOW-9 QUOTATION MARK}": '"', "»": '"', "«": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{HORIZONTAL ELLIPSIS}": "...", "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ",
    "\N{BULLET}": "-", "\N{SOFT HYPHEN}": "", "\t": " ",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """What a text costs: its alphabet, the places it takes, how many messages, and what makes it dear."""

    alphabet: Literal["gsm-7", "ucs-2"]
    places: int
    segments: int
    left: int
    """Places left in the last message."""
    dear: tuple[str, ...]
    """The characters that are not in GSM 7-bit; they more than halve what a message holds."""


def made_plain(text: str) -> str:
    """The text with dashes, quotation marks and spaces that every telephone has."""
    lines = [" ".join(line.split()) for line in text.translate(_PLAIN).split("\n")]
    return "\n".join(line for line in lines if line)


def length(text: str) -> Length:
    """How many messages a text is."""
    dear = tuple(dict.fromkeys(each for each in text if each not in _BASIC and each not in _TWO_PLACES))
    if dear:
        return _counted("ucs-2", [len(each.encode("utf-16-le")) // 2 for each in text], 70, 67, dear)
    return _counted("gsm-7", [2 if each in _TWO_PLACES else 1 for each in text], 160, 153, ())


def _counted(
    alphabet: Literal["gsm-7", "ucs-2"], sizes: list[int], alone: int, several: int, dear: tuple[str, ...]
) -> Length:
    places = sum(sizes)
    if places <= alone:
        return Length(alphabet, places, 1 if places else 0, alone - places, dear)
    segments, used = 1, 0
    for size in sizes:
        if used + size > several:
            segments, used = segments + 1, 0
        used += size
    return Length(alphabet, places, segments, several - used, dear)
