"""The guide at work: what is in force, the first message, the draft on its way, and what keeps the guide fresh.

Rules kept: facts by the authority, wording by communications; a missing answer is named and leads to its field; every
move that is not allowed now says why.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.core.guides.states import Open
from ddh_beredskab.web import guide_forms as forms
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.guide_board import draft_on_its_way, first_message, guide_state, kept_fresh, planned_release
from ddh_beredskab.web.guide_outlets import old_texts
from ddh_beredskab.web.people_here import authority_people, authority_register
from ddh_beredskab.web.questions_board import gaps
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from schemas import guides as g
from schemas.base import Command

AREA = f"{CRISIS}/guide"


async def guide(visit: Visit) -> Response:
    """What agents say now, and everything one may do about it."""
    await with_answer(visit)
    read, seen = await visit.topic.show()
    state, doc = await guide_state(visit), read.guide or {}
    people = await authority_people(visit)
    by_phone = {name: not forms.speaks_itself(visit, name) for name in ("kladde", "fakta", "gaelder-stadig")}
    writer = {"on_behalf_of": people[0].ref if people else None} if by_phone["kladde"] else {}
    sample = g.WriteGuideDraft(content=g.GuideContent(answers={}))
    return visit.page(
        "guide/guide.html",
        visit.words.t("guides.heading"),
        subpage=True,
        topic=f"{visit.topic.name}@{seen.last}",
        fragment=seen.fragments["guide"],
        open=isinstance(state, Open),
        first=await first_message(visit, state),
        draft=await draft_on_its_way(visit, state, doc, read.reports),
        plan=await planned_release(visit, state, doc),
        old_texts=old_texts(doc),
        keep=await kept_fresh(visit, state, doc),
        speak_for=people,
        owners=await authority_register(visit),
        versions=[*reversed(doc.get("versions", []))],
        write_why=await visit.why_not(sample, forms.route("kladde"), **writer),
        by_phone=by_phone,
        open_gaps=[gap for gap in await gaps(visit, read.reports) if not gap["closed_at"]] if read.reports else [],
    )


def _action(name: str, command: type[Command], read: forms.Read | None = None) -> Action:
    return Action(f"guide/{name}", command, page=guide, back="/guide", read=read)


ACTIONS = (
    _action("foerstebesked", g.ReleaseFirstMessage, forms.first_message),
    _action("fakta", g.ApproveGuideFacts, forms.read_back(g.ApproveGuideFacts, "fakta")),
    _action("frigiv", g.ReleaseGuide, forms.release(g.ReleaseGuide)),
    _action("frigiv-alene", g.ReleaseGuideAlone, forms.release(g.ReleaseGuideAlone)),
    _action("planlaeg", g.PlanGuideRelease, forms.release(g.PlanGuideRelease)),
    _action("planlaeg-fra", g.CancelPlannedRelease),
    _action("gennemsyn", g.GiveSecondLook),
    _action("gaelder-stadig", g.ConfirmGuide, forms.read_back(g.ConfirmGuide, "gaelder-stadig")),
    _action("interval", g.SetGuideInterval),
    _action("natversion", g.SetNightVersion),
    _action("tilbagekald", g.RecallGuide),
    _action("kanal", g.ConfirmChannelLive),
)

PAGES = (Page("GET", AREA, guide, tab="tab.guide", order=50), *(action.door() for action in ACTIONS))
