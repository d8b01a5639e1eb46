"""Jinja templates, with the words of one language and the names of one environment at hand.

Rule kept: everything people wrote is escaped; templates name keys and hold no sentences of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ddh_beredskab.web.names import Names
from ddh_beredskab.web.words import LANGUAGES, Language, Words, local, utc


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
    return next((language for language in LANGUAGES if language == asked), "da")


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
            age=lambda since: words.age(since, setting.now),
            moment=lambda when: words.moment(when, setting.now),
            **values,
        )
    )


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("ddh_beredskab.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["iso"] = lambda when: utc(when).isoformat().replace("+00:00", "Z")
    templates.filters["local"] = local
    templates.filters["upper_first"] = lambda text: text[:1].upper() + text[1:]
    return templates
