"""Questions and scores from other channels as a file: what is good goes in, the rest is told line by line.

Rules kept: the same rows as from the command line, by the same door; the desks are served between the batches; a file
that is sent twice changes nothing, so the answer is simply this page.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.imports.sheets import sheet_of
from ddh_beredskab.imports.storing import Imported, channel_of, ground, open_import, store
from ddh_beredskab.web.acting import CRISIS
from ddh_beredskab.web.environments import Unreadable
from ddh_beredskab.web.forms import FormTooLarge, read_fields
from ddh_beredskab.web.plain_forms import text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

AREA = f"{CRISIS}/spoergsmaal/indlaes"
FORM = "indlaes"
BATCH = 100
"""Some ten milliseconds of work; then others get their turn."""
LISTED = 100
LONGEST = 2_000


async def show(visit: Visit) -> Response:
    """The form."""
    return await _page(visit, None)


async def _page(visit: Visit, done: Imported | None) -> Response:
    await visit.read()
    profiles = visit.site.profiles.profiles
    scores = bool(done) and profiles[text_of(visit.filled.values, "channel")].kind == "scores"
    return visit.page(
        "questions/import.html",
        visit.words.t("import.heading"),
        subpage=True,
        profiles=profiles,
        done=done,
        scores=scores,
        listed=LISTED,
    )


async def take(visit: Visit) -> Response:
    """The file."""
    try:
        fields = await read_fields(visit.request)
    except FormTooLarge:
        raise HTTPException(413) from None
    crisis, site = visit.crisis, visit.site
    channel, file = text_of(fields, "channel"), fields.get("file")
    profile = site.profiles.profiles.get(channel)
    columns, mistakes = _columns(visit, text_of(fields, "columns"))
    if profile is None:
        mistakes.append(Mistake("channel", visit.words.t("form.choose")))
    if not isinstance(file, UploadFile) or not file.filename:
        mistakes.append(Mistake("file", visit.words.t("import.no_file")))
    if mistakes or profile is None or not isinstance(file, UploadFile):
        return await again(visit, FORM, fields, mistakes, show)
    raw, books, places = await file.read(), site.playbooks, site.municipalities.lines
    try:
        sheet = await asyncio.to_thread(sheet_of, raw, file.filename or "")
        found = await visit.environment.read(lambda conn: ground(conn, crisis, books, places))
        rows = open_import(sheet, crisis, found, profile, columns, {})
    except UserError as error:
        return await again(visit, FORM, fields, [Mistake("file", error.sentence)], show)
    try:
        imported = await store(visit.environment.database, rows, channel=channel_of(profile), batch=BATCH)
    except StorageBusy as error:
        raise Unreadable(visit.environment.name) from error
    visit.filled.values = fields
    return await _page(visit, imported)


def _columns(visit: Visit, text: str) -> tuple[dict[str, str], list[Mistake]]:
    """Our field = the file's column, one a line."""
    found: dict[str, str] = {}
    for line in text[:LONGEST].splitlines():
        name, sign, column = (part.strip() for part in line.partition("="))
        if line.strip() and not (name and sign and column):
            return {}, [Mistake("columns", visit.words.t("import.columns_wrong"))]
        if line.strip():
            found[name] = column
    return found, []


PAGES = (Page("GET", AREA, show), Page("POST", AREA, take))
