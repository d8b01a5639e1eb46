"""Forms that are no command of a crisis (people, klar-tjek, settings): read, shown again with mistakes, or done.

Rules kept: what was typed is on the page again when something was wrong; what was done is said on the next page; our
own script gets the mistakes as JSON and follows the same redirect.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from starlette.responses import Response

from ddh_beredskab.clock import to_micros
from ddh_beredskab.web.forms import Fields, FormTooLarge, read_fields
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.words import COPENHAGEN, local


async def fields_of(visit: Visit) -> Fields:
    """The form's fields; none when it is too large to be read."""
    try:
        return await read_fields(visit.request)
    except FormTooLarge:
        return Fields([])


def text_of(fields: Fields, name: str) -> str:
    """A field's text; empty where there is none."""
    value: Any = fields.get(name, "")
    return value if isinstance(value, str) else ""


def done(visit: Visit, address: str, what: str) -> Response:
    """On to a page that says what was done (`?gjort=`, a key of its area's words)."""
    return visit.go(address, gjort=what)


def day_of(text: str) -> int | None:
    """A date field's text (2026-11-22) as microseconds at noon in Denmark; null: it is none."""
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        return None
    return to_micros(datetime.combine(day, time(12), COPENHAGEN).astimezone(UTC))


def day_field(micros: int | None) -> str:
    """The same the other way round, for the field."""
    return f"{local(datetime.fromtimestamp(micros / 1_000_000, UTC)):%Y-%m-%d}" if micros else ""
