"""A guide's text on the desk: its bold, lists and links as they were written, and what is new in it marked as new.

Pure. Rule kept: what comes out is balanced and cleaned whatever was written; where a mark and a link would meet, the
link wins, since an agent reads it aloud.
"""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markupsafe import Markup

from ddh_beredskab.reports.channels.marked import html
from ddh_beredskab.web.word_diff import Piece

_BEGIN, _END = "\ue000", "\ue001"
"""Letters nobody writes: they pass through the markdown and become <ins> behind it."""
_TAGS = {"p", "br", "strong", "em", "ul", "li", "a", "ins"}


def shown(pieces: Sequence[Piece]) -> Markup:
    """The text as it stands now; what went is left out."""
    now = [piece for piece in pieces if piece.change != "gone"]
    text = "".join(piece.text for piece in now).replace(_BEGIN, "").replace(_END, "")
    if "](" in text or all(piece.change == "same" for piece in now):
        return Markup(html(text))
    made = html("".join(_marked(piece) for piece in now))
    marked = made.replace(_BEGIN, "<ins>").replace(_END, "</ins>")
    return Markup(nh3.clean(marked, tags=_TAGS, attributes={"a": {"href"}}, link_rel=None).strip())


def without_bold(text: str) -> str:
    """A piece of a text, which may hold one end of a mark only."""
    return text.replace("**", "")


def _marked(piece: Piece) -> str:
    """Each line of what is new by itself, and not the spaces around it: a mark never reaches over a paragraph."""
    if piece.change != "new":
        return piece.text
    return "\n".join(_line(line) for line in piece.text.split("\n"))


def _line(line: str) -> str:
    words = line.strip()
    if not words or words in ("-", "*", "+"):
        return line
    before, after = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
    item = words[:2] if words[:2] in ("- ", "* ", "+ ") else ""
    return f"{before}{item}{_BEGIN}{words[len(item) :]}{_END}{after}"
