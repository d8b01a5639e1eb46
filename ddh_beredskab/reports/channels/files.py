"""The guide as files: Markdown, HTML and JSON for Selvbetjening.nu, JSON for a chatbot, plain text for the rest.

Pure. Rule kept: each file says on its own which version it is and when it came into force.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from markupsafe import escape

from ddh_beredskab.reports.channels.marked import html, plain
from ddh_beredskab.reports.channels.texts import Source

Sections = Sequence[tuple[str, str]]


def as_markdown(source: Source, head: str, sections: Sections) -> str:
    """One heading for each part."""
    parts = [f"# {source.title}", head, *(f"## {heading}\n\n{text}" for heading, text in sections)]
    return "\n\n".join(parts) + "\n"


def as_html(source: Source, head: str, sections: Sections) -> str:
    """A whole page that stands alone, without script or style."""
    body = "\n".join(f"<h2>{escape(heading)}</h2>\n{html(text)}" for heading, text in sections)
    return (
        f'<!doctype html>\n<html lang="da">\n<head>\n<meta charset="utf-8">\n<title>{escape(source.title)}</title>\n'
        f"</head>\n<body>\n<h1>{escape(source.title)}</h1>\n<p>{escape(head)}</p>\n{body}\n</body>\n</html>\n"
    )


def as_json(source: Source, sections: Sections) -> str:
    """The same parts as data."""
    parts = [{"heading": heading, "text": plain(text), "html": html(text)} for heading, text in sections]
    made = {
        "crisis": source.crisis,
        "title": source.title,
        "version": source.version,
        "released_at": source.doc["released_at"],
        "state": source.doc["state"],
        "sections": parts,
    }
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def as_text(head: str, sections: Sections) -> str:
    """Plain text to be pasted anywhere."""
    return "\n\n".join([head, *(f"{heading}\n{plain(text)}" for heading, text in sections)]) + "\n"
