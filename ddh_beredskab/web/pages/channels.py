"""The guide in other channels: each text to be copied or fetched, who says it is out, and where an old one stands.

Rules kept: nothing is sent from here, and each text says where it is copied to and by whom; what only agents may have
is in the agents' files alone.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.reports.channels import files, texts
from ddh_beredskab.reports.channels.texts import Source
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.guide_forms import route
from ddh_beredskab.web.guide_outlets import carries, old_texts, outlets_of, source_of
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from schemas import guides as g
from schemas.guides import Outlet

NAME = "guide/kanaler"
AREA = f"{CRISIS}/{NAME}"


async def channels(visit: Visit) -> Response:
    """Every channel with its text."""
    await with_answer(visit)
    doc, playbooks = await _doc(visit), visit.site.playbooks
    source = source_of(visit, doc)
    places = [_place(visit, doc, source, outlet) for outlet in outlets_of(doc)] if source else []
    waiting = next((place["outlet"] for place in places if place["carries"] != "live"), None)
    confirm = g.ConfirmChannelLive(version=doc.get("version") or 0, channel=waiting) if waiting else None
    return visit.page(
        "channels/page.html",
        visit.words.t("channels.heading"),
        subpage=True,
        doc=doc,
        source=source,
        places=places,
        old=old_texts(doc),
        confirm_why=await visit.why_not(confirm, route("kanaler")) if confirm else None,
        answers=texts.sms_answers(playbooks, source) if source else [],
        phones_down=playbooks.channels.phones_down,
        feed=f"/guider/{visit.crisis}.json" if visit.environment.name == "drift" else "",
        rules=playbooks.channels,
    )


def _place(visit: Visit, doc: Json, source: Source, outlet: Outlet) -> Json:
    playbooks, live = visit.site.playbooks, doc.get("live", {}).get(outlet)
    found: Json = {
        "outlet": outlet,
        "copied": playbooks.channels.copied.get(outlet),
        "live": live,
        "carries": carries(doc, outlet),
        "files": [name for name in FILES if name.rpartition(".")[0] == _STEMS.get(outlet, outlet)],
        "text": "",
        "spoken": None,
        "sms": None,
    }
    match outlet:
        case "ivr" | "voicebot":
            spoken = texts.spoken_text(playbooks, source)
            found |= {"text": spoken.text, "spoken": spoken}
        case "sms":
            sms = texts.sms_text(playbooks, source)
            found |= {"text": sms.text, "sms": sms}
        case "web":
            found |= {"text": files.as_text(_head(visit, source), texts.web_sections(playbooks, source)).strip()}
        case "viva":
            found |= {"text": texts.post_text(playbooks, source)}
        case _:
            pass
    return found


async def file(visit: Visit) -> Response:
    """One of the files, made now."""
    name = str(visit.request.path_params["file"])
    source = source_of(visit, await _doc(visit))
    if name not in FILES or source is None:
        raise HTTPException(404)
    made = FILES[name](visit, source).encode()
    version = f"{visit.crisis}-version-{source.version}-{name}"
    headers = {"Content-Disposition": f'attachment; filename="{version}"', "Cache-Control": "no-store"}
    return Response(made, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)


def _head(visit: Visit, source: Source) -> str:
    t, key = visit.words.t, "channels.head" if source.version else "channels.head_first"
    return t(key, authority=source.authority, version=source.version, moment=source.at)


def _playbooks(visit: Visit) -> Playbooks:
    return visit.site.playbooks


def _public(visit: Visit, source: Source) -> str:
    details = f"/guider/{visit.crisis}.json"
    return texts.public_guide(_playbooks(visit), source, details).model_dump_json(indent=2, by_alias=True) + "\n"


Made = Callable[[Visit, Source], str]
FILES: dict[str, Made] = {
    "telefonsvar.txt": lambda v, s: texts.spoken_text(_playbooks(v), s).text + "\n",
    "chatbot.json": _public,
    "sms.txt": lambda v, s: texts.sms_text(_playbooks(v), s).text + "\n",
    "hjemmeside.txt": lambda v, s: files.as_text(_head(v, s), texts.web_sections(_playbooks(v), s)),
    "hjemmeside.html": lambda v, s: files.as_html(s, _head(v, s), texts.web_sections(_playbooks(v), s)),
    "hjemmeside.md": lambda v, s: files.as_markdown(s, _head(v, s), texts.web_sections(_playbooks(v), s)),
    "selvbetjening.html": lambda v, s: files.as_html(s, _head(v, s), texts.agents_sections(_playbooks(v), s)),
    "selvbetjening.md": lambda v, s: files.as_markdown(s, _head(v, s), texts.agents_sections(_playbooks(v), s)),
    "selvbetjening.json": lambda v, s: files.as_json(s, texts.agents_sections(_playbooks(v), s)),
    "opslag.txt": lambda v, s: texts.post_text(_playbooks(v), s) + "\n",
}
_STEMS = {"ivr": "telefonsvar", "voicebot": "telefonsvar", "web": "hjemmeside", "viva": "opslag"}
_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}


async def _doc(visit: Visit) -> Json:
    crisis = visit.crisis
    found = await visit.environment.read(lambda conn: document(conn, GUIDE_IN_FORCE, crisis))
    return found or {"state": "none", "version": None}


CONFIRM = Action(NAME, g.ConfirmChannelLive, page=channels, back="/guide/kanaler")

PAGES = (Page("GET", AREA, channels), Page("GET", f"{AREA}/{{file}}", file), CONFIRM.door())
