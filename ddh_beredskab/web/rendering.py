"""Jinja templates, with the words of one language and the names of one environment at hand.

Rule kept: everything people wrote is escaped; templates name keys and hold no sentences of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, Undefined, make_logging_undefined
from markupsafe import Markup

from ddh_beredskab.clock import from_micros
from ddh_beredskab.doors import new_id
from ddh_beredskab.reports.channels.marked import html
from ddh_beredskab.web.names import Names
from ddh_beredskab.web.words import Language, Words, local, utc


@dataclass(frozen=True, slots=True)
class Setting:
    """In which language, among whom and at what time something is shown."""

    language: Language
    names: Names
    now: datetime
    rate: float = 1.0

    @property
    def query(self) -> str:
        """What every link carries along."""
        return "" if self.language == "da" else f"?lang={self.language}"


def names_in(language: Language, names: dict[str, str]) -> Names:
    """The names with the language's word for the system."""
    return Names(names, words_in(language).t("system.person"))


@cache
def words_in(language: Language) -> Words:
    """The words of a language."""
    return Words(language)


def language_of(asked: str | None) -> Language:
    """The language asked for, Danish for everything else."""
    return "en" if asked == "en" else "da"


def render(template: str, setting: Setting, **values: Any) -> str:
    """A page or a fragment as HTML."""
    words = words_in(setting.language)
    return (
        _templates()
        .get_template(template)
        .render(
            t=words.t,
            n=words.n,
            words=words,
            names=setting.names,
            now=setting.now,
            now_iso=setting.now.isoformat(),
            rate=setting.rate,
            lang=setting.language,
            query=setting.query,
            age=partial(_swapped, words.age, setting.now),
            moment=partial(_swapped, words.moment, setting.now),
            new_id=new_id,
            **values,
        )
    )


_KEPT: list[FileSystemBytecodeCache] = []


def keep_compiled_in(folder: Path) -> None:
    """Keep compiled templates there (ours alone may write it, since it is code); call before the first page.

    All of them take three seconds of work to compile, and a killed web should be back sooner.
    """
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        if folder.stat().st_mode & 0o022 == 0:
            _KEPT.append(FileSystemBytecodeCache(str(folder)))


async def read_all() -> None:
    """Compile every template before somebody waits for it, a little at a time."""
    templates = _templates()
    for name in templates.list_templates():
        await asyncio.sleep(0.02)
        templates.get_template(name)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("ddh_beredskab.web", "templates"),
        autoescape=True,
        # A fault in a template leaves a gap and a line in the program's log; in a crisis the page must stand.
        undefined=make_logging_undefined(logging.getLogger(__name__), Undefined),
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_KEPT[-1] if _KEPT else None,
        cache_size=-1,
    )
    filters: dict[str, Any] = templates.filters
    filters |= {"iso": _iso, "local": local, "upper_first": _upper_first, "micros": from_micros, "marked": _marked}
    return templates


def _swapped(write: Callable[[datetime | str, datetime], str], now: datetime, when: datetime | str) -> str:
    """Templates name the instant only; now is the page's."""
    return write(when, now)


def _iso(when: datetime | str) -> str:
    return utc(when).isoformat().replace("+00:00", "Z")


def _marked(text: str) -> Markup:
    """A guide's text with its bold, lists and links."""
    return Markup(html(text))


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
