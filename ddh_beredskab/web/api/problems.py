"""What goes wrong at the HTTP door, as RFC 9457 says it: a status, a stable code, a Danish sentence and the place.

Rule kept: every answer that is no success looks like this, also for paths that do not exist; nothing in it tells of
the machine behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from ddh_beredskab.i18n import say

MEDIA_TYPE = "application/problem+json"
_URN = "urn:ddh-beredskab:problem:"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: where (a JSON pointer into what was sent), which rule, and in words."""

    place: str
    code: str
    detail: str


class Problem(Exception):
    """Ends the request. `place` is a JSON pointer into the body, or names a header or a part of the path."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        place: str = "",
        mistakes: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.place = place
        self.mistakes = tuple(mistakes)
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def response(self) -> JSONResponse:
        body: dict[str, Any] = {
            "type": f"{_URN}{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "place": self.place,
            **self.more,
        }
        if self.mistakes:
            body["errors"] = [{"place": m.place, "code": m.code, "detail": m.detail} for m in self.mistakes]
        return JSONResponse(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def problem(
    status: int,
    code: str,
    *,
    place: str = "",
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
    **facts: object,
) -> Problem:
    """A problem whose sentence stands in the catalogue under `api.<code>`."""
    return Problem(status, code, say(f"api.{code}", **facts), place=place, headers=headers, more=more)


def mistake(place: str, code: str, **facts: object) -> Mistake:
    """A mistake whose sentence stands in the catalogue under `api.<code>`."""
    return Mistake(place, code, say(f"api.{code}", **facts))


def wrong_fields(mistakes: Sequence[Mistake]) -> Problem:
    """422 with everything that is wrong, each with its place; the first one's place is the problem's."""
    if len(mistakes) == 1:
        only = mistakes[0]
        return Problem(422, only.code, only.detail, place=only.place, mistakes=mistakes)
    detail = say("api.several", count=len(mistakes), first=mistakes[0].detail)
    return Problem(422, "several", detail, place=mistakes[0].place, mistakes=mistakes)


RETRY_SECONDS = "2"


def try_again(code: str, *, more: Mapping[str, str] | None = None) -> Problem:
    """503 with the seconds to wait: nothing is wrong with what was sent."""
    return problem(503, code, headers={"Retry-After": RETRY_SECONDS}, more=more)
