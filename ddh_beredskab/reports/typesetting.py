"""From a template and facts to a tagged PDF (PDF/UA-1), with fonts that come with the package.

Rule kept: a template holds layout and no sentences; everything it says comes in `facts`, words included. Nothing is
fetched: no net, no system fonts, so paper looks the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import fontpkg_ibm_plex_sans
import segno
import typst

_FONTS = str(Path(fontpkg_ibm_plex_sans.ROOT) / "files")


def pdf(template: str, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """The template (`phone_list` of `templates/phone_list.typ`) with these facts, as made `at`.

    A template reads them by `#let facts = json(bytes(sys.inputs.facts))`; it may import `common.typ`.
    """
    return pdf_of(template, facts_json(facts), at=at)


def facts_json(facts: Mapping[str, Any]) -> str:
    """Facts as a template gets them; what JSON does not know stands as its own words."""
    return json.dumps(facts, ensure_ascii=False, default=str)


def pdf_of(template: str, facts: str, *, at: datetime) -> bytes:
    """The same from facts that are JSON already."""
    made = _made(template, facts, at, "pdf")
    assert isinstance(made, bytes), "one PDF, whatever the number of its pages"
    return made


def pages(template: str, facts: Mapping[str, Any], *, at: datetime) -> int:
    """How many pages that would be."""
    made = _made(template, facts_json(facts), at, "svg")
    return len(made) if isinstance(made, list) else 1


def _made(template: str, facts: str, at: datetime, kind: Literal["pdf", "svg"]) -> bytes | list[bytes]:
    with resources.as_file(resources.files("ddh_beredskab.reports") / "templates") as folder:
        compiler = typst.Compiler(
            folder / f"{template}.typ", root=folder, font_paths=_fonts(), ignore_system_fonts=True,
            sys_inputs={"facts": facts},
        )  # fmt: skip
        made = compiler.compile(
            format=kind, pdf_standards=["ua-1"] if kind == "pdf" else [], timestamp=int(at.timestamp())
        )
    assert made is not None, "no file was named, so the document comes back"
    return made


def qr(text: str) -> str:
    """A QR code as SVG, to be given as a fact and shown by `image(bytes(facts.qr), format: "svg", alt: ...)`."""
    return segno.make(text, error="m").svg_inline(border=2, omitsize=True)


@cache
def _fonts() -> typst.Fonts:
    """Ours and those that typst brings, read once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[_FONTS])
