"""*Godkendt alligevel*: the personnel lead answers for an agent who lacks something, with a reason that is kept.

Rule kept: only the personnel lead of a crisis that goes on, and only while it does.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.people.briefing import ongoing
from ddh_beredskab.people.shift_ready import approve
from ddh_beredskab.web.agent_names import leads_personnel
from ddh_beredskab.web.guard import refused
from ddh_beredskab.web.pages.people_moves import me
from ddh_beredskab.web.pages.shift import form_of, too_large, write
from ddh_beredskab.web.pages.shift_plan import OF, show
from ddh_beredskab.web.plain_forms import text_of
from ddh_beredskab.web.shift_ready import on_shift_lacking
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

LONGEST = 200


async def approve_shift(visit: Visit) -> Response:
    """Say that somebody may be on shift all the same."""
    if (fields := await form_of(visit)) is None:
        return too_large(visit)
    if not await leads_personnel(visit):
        return refused(visit, 403, "access.not_allowed")
    agent, reason = text_of(fields, "person"), text_of(fields, "reason").strip()
    if all(each.agent != agent for each in await on_shift_lacking(visit)):
        return visit.go(f"/vagtplan/{visit.environment.name}")  # gone home meanwhile, or ready by now
    if not reason or len(reason) > LONGEST:
        mistake = Mistake("reason", visit.words.t("training.shift.reason_missing"))
        return await again(visit, f"approve-{agent}", fields, [mistake], show)
    by = me(visit)
    await write(visit.environment, lambda conn: approve(conn, agent, list(ongoing(conn)), reason, by=by))
    return visit.go(f"/vagtplan/{visit.environment.name}", gjort="godkendt")


PAGES = (Page("POST", f"{OF}/godkend", approve_shift),)
