"""A form with something wrong in it: shown again as it was filled in, or told to our own script.

Rule kept: what was typed is never lost. To our script it is an answer like any other (200): an error status would stand
on the browser's console as a fault.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import JSONResponse, Response

from ddh_beredskab.web.forms import Fields
from ddh_beredskab.web.guard import wants_json
from ddh_beredskab.web.site import Handler
from ddh_beredskab.web.visit import Filled, Mistake, Visit


async def again(visit: Visit, form: str, fields: Fields, mistakes: Sequence[Mistake], page: Handler) -> Response:
    """The page with the form as it was filled in, and what is wrong with it."""
    if wants_json(visit.request):
        return mistakes_told(visit, mistakes)
    visit.filled = Filled(form, fields, list(mistakes))
    response = await page(visit)
    response.status_code = 422
    return response


def mistakes_told(visit: Visit, mistakes: Sequence[Mistake]) -> JSONResponse:
    """What our script lays beside the fields."""
    told = [{"field": m.field, "sentence": m.sentence} for m in mistakes]
    return JSONResponse({"status": "mistakes", "sentence": visit.words.t("form.look_again"), "mistakes": told})
