"""Texts that people wrote, as a terminal may show them.

Rule kept: what somebody sent in must not be able to recolour, rename or overwrite the terminal of who reads it.
"""

from __future__ import annotations

import unicodedata

_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows; right-to-left letters need none of them."""


def plain(text: str) -> str:
    """The text as a terminal may show it: no escape sequences, and nothing that turns a line around.

    Line breaks and tabs stay; every other control character is shown as the sign for what cannot be shown.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if _acts(sign) else sign for sign in text)


def _acts(sign: str) -> bool:
    return sign not in "\n\t" and (sign in _TURNS or unicodedata.category(sign) == "Cc")
