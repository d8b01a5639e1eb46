"""Forms that are no command of a crisis (people, klar-tjek, settings): read, shown again with mistakes, or done.

Rules kept: what was typed is on the page again when something was wrong; what was done is said on the next page; our
own script gets the mistakes as JSON and follows the same redirect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from starlette.responses import JSONResponse, Response

from ddh_beredskab.clock import to_micros
from ddh_beredskab.web.forms import Fields, FormTooLarge, read_fields
from ddh_beredskab.web.guard import wants_json
from ddh_beredskab.web.site import Handler
from ddh_beredskab.web.visit import Filled, Mistake, Visit
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


async def again(visit: Visit, form: str, fields: Fields, mistakes: Sequence[Mistake], page: Handler) -> Response:
    """The page with the form as it was filled in, and what is wrong with it."""
    if wants_json(visit.request):
        told = [{"field": m.field, "sentence": m.sentence} for m in mistakes]
        return JSONResponse({"status": "mistakes", "sentence": visit.words.t("form.look_again"), "mistakes": told})
    visit.filled = Filled(form, fields, list(mistakes))
    response = await page(visit)
    response.status_code = 422
    return response


def done(visit: Visit, address: str, what: str) -> Response:
    """On to a page that says what was done (`?gjort=`, a key of its area's words)."""
    path, hash_, part = address.partition("#")
    return visit.go(f"{path}{'&' if '?' in path else '?'}gjort={what}{hash_}{part}")


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
