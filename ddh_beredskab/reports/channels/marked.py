"""A guide's text as HTML and as plain text: the little of markdown that one may write, and nothing else.

Rule kept: HTML in a text is shown as it stands (`html=False`), and what comes out is cleaned once more, so that neither
a script nor a link to one gets through.
"""

from __future__ import annotations

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "strong", "em", "ul", "li", "a"}
_NO_LIST = re.compile(r"^(\s*\d*)([.)+])(?=\s)", re.M)
"""A line may begin with a date (3. maj) or a number with a sign: never a list, which would count anew from one."""
_LINK = re.compile(r"\[([^\]]*)\]\((?:<([^>]*)>|([^)\s]*))\)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])[*_](?=\S)([^*_\n]+?)(?<=\S)[*_](?![\w*])")


def html(text: str) -> str:
    """Bold, emphasis, lists and links; a line break is a line break."""
    made = _parser().render(_NO_LIST.sub(r"\1\\\2", text))
    return nh3.clean(
        made, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http", "tel", "mailto"}, link_rel=None
    ).strip()


def plain(text: str) -> str:
    """Without marks, for what shows none: a link becomes its words and its address."""
    text = _LINK.sub(lambda match: _said(match[1], match[2] or match[3] or ""), text)
    return _EMPHASIS.sub(r"\1", _BOLD.sub(r"\2", text)).strip()


def _said(words: str, address: str) -> str:
    address = address.removeprefix("tel:").removeprefix("mailto:")
    return words if not address or address == words else f"{words} ({address})" if words else address


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True})
    return parser.enable(["emphasis", "link", "list", "newline", "escape"])
