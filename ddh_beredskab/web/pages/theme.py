"""Light, dark or as the machine: one's choice, kept in the browser and read by the frame of every page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from ddh_beredskab.web.plain_forms import fields_of, text_of
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit

COOKIE = "ddh-theme"
YEAR_SECONDS = 365 * 24 * 3600


async def choose(visit: Visit) -> Response:
    """Keep it, and go back to where one was."""
    fields = await fields_of(visit)
    response = visit.go(own_path(text_of(fields, "til")))
    theme = text_of(fields, "tema")
    if theme in ("dark", "light"):
        response.set_cookie(COOKIE, theme, max_age=YEAR_SECONDS, path="/", httponly=True, samesite="lax")
    else:
        response.delete_cookie(COOKIE, path="/")
    return response


def own_path(where: str) -> str:
    """A path of our own, never another site."""
    parts = urlsplit(where)
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//")
    return where if own and "\\" not in where else "/"


PAGES = (Page("POST", "/tema", choose),)
