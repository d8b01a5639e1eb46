"""The words on the pages, by key: one catalogue per language (a file per area), Danish the source, English second.

Rule kept: code and templates name a key and give facts; no sentence stands anywhere else. A count picks between
`key.one` and `key.other`. Times are Danish local time: "kl. 14.00" in text, 14:00 in tables and log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from ruamel.yaml import YAML

Language = Literal["da", "en"]
LANGUAGES: tuple[Language, ...] = ("da", "en")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_LOCALES: dict[Language, str] = {"da": "da_DK", "en": "en_GB"}


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Dotted key -> sentence, from the language's files. Raises `ValueError` for a key that stands in two of them."""
    found: dict[str, str] = {}
    for file in sorted(resources.files("ddh_beredskab.web.i18n").joinpath(language).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        loaded: Any = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType]
        for key, sentence in _flat(loaded or {}, ""):
            if key in found:
                raise ValueError(f"{language}/{file.name}: {key} stands in another file too")
            found[key] = sentence
    return found


def _flat(node: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        if isinstance(value, Mapping):
            found += _flat(cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found


class Words:
    """Sentences, times and numbers in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = catalogue(language)
        self._locale = _LOCALES[language]

    def t(self, key: str, **facts: object) -> str:
        """The sentence of a key. An unknown key is a bug and raises KeyError."""
        text = self._texts[key]
        return text.format(**facts) if facts else text

    def n(self, key: str, count: int, **facts: object) -> str:
        """The sentence for a count, which it may name as {n}."""
        return self.t(f"{key}.{'one' if count == 1 else 'other'}", n=self.number(count), **facts)

    def has(self, key: str) -> bool:
        return key in self._texts

    def number(self, value: float) -> str:
        """1.234,5"""
        return _written(round(value, 1), self._locale)

    def clock(self, when: datetime | str) -> str:
        """kl. 14.00"""
        at = local(when)
        return self.t("time.clock", hour=f"{at:%H}", minute=f"{at:%M}")

    def hm(self, when: datetime | str) -> str:
        """14:00"""
        return f"{local(when):%H:%M}"

    def day_hm(self, when: datetime | str) -> str:
        """20.10. 14:00"""
        at = local(when)
        return self.t("time.day_short", day=at.day, month=at.month, clock=f"{at:%H:%M}")

    def hm_beside(self, when: datetime | str, other: datetime | str) -> str:
        """14:00 - with the day, when it is another one than that of `other`, which stands beside it with its day."""
        return self.hm(when) if local(when).date() == local(other).date() else self.day_hm(when)

    def field(self, when: datetime | str) -> str:
        """2023-10-20T14:05: as a form's field for a moment wants it."""
        return f"{local(when):%Y-%m-%dT%H:%M}"

    def date(self, when: datetime | str) -> str:
        """fredag den 20. oktober 2023"""
        return format_date(local(when).date(), format="full", locale=self._locale)

    def moment(self, when: datetime | str, now: datetime) -> str:
        """kl. 14.00 - with the date, when it is not today."""
        at = local(when)
        if at.date() == local(now).date():
            return self.clock(at)
        day = format_date(at.date(), format=self.t("time.day_pattern"), locale=self._locale)
        return f"{day} {self.clock(at)}"

    def span(self, length: timedelta | float) -> str:
        """2 t 5 min; below a minute: under 1 min. A bare number is minutes."""
        minutes = int(length.total_seconds() // 60) if isinstance(length, timedelta) else int(length)
        if minutes < 1:
            return self.t("time.under_a_minute")
        days, rest = divmod(minutes, 24 * 60)
        hours, left = divmod(rest, 60)
        if days:
            return self.t("time.days_hours", days=days, hours=hours)
        if hours and left:
            return self.t("time.hours_minutes", hours=hours, minutes=left)
        return self.t("time.hours", hours=hours) if hours else self.t("time.minutes", minutes=left)

    def every(self, minutes: int) -> str:
        """hver time; hver 3. time; hvert 45. minut."""
        if minutes == 60:
            return self.t("time.every_hour")
        if minutes % 60 == 0:
            return self.t("time.every_hours", hours=minutes // 60)
        return self.t("time.every_minutes", minutes=minutes)

    def age(self, since: datetime | str, now: datetime) -> str:
        """for 4 min siden; in the future: om 4 min."""
        length = now - utc(since)
        if length < timedelta():
            return self.t("time.ahead", span=self.span(-length))
        return self.t("time.ago", span=self.span(length))


@lru_cache(maxsize=4096)
def _written(value: float, locale: str) -> str:
    """A page of counts holds the same small numbers again and again."""
    return str(format_decimal(value, locale=locale))


def utc(when: datetime | str) -> datetime:
    """An aware UTC instant, also out of a document."""
    if isinstance(when, str):
        when = datetime.fromisoformat(when.replace("Z", "+00:00"))
    return when.astimezone(UTC)


def local(when: datetime | str) -> datetime:
    """The same instant on a Danish clock."""
    return utc(when).astimezone(COPENHAGEN)
