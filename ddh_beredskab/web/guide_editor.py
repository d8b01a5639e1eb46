"""The form of a draft as texts: the content it holds, what the agent would see, and advice on plain Danish.

Rules kept: the variables are put in on the server, once, so that preview, draft and every channel say the same; the
preview is the desk's own template; advice never stops anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.datastructures import ImmutableMultiDict

from ddh_beredskab.core.guide_template import resolved, variables_in
from ddh_beredskab.core.plain_danish import Advice, advice
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS, Playbooks
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import read_stream
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.desk_reading import DeskCrisis
from ddh_beredskab.web.desk_views import desk_guide
from ddh_beredskab.web.forms import Fields, instant_of
from ddh_beredskab.web.guide_board import kind_of
from ddh_beredskab.web.guide_texts import flat, written
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.visit import Visit
from schemas.guides import GuideContent, GuideDrafted

CONTENT, VARIABLE = "content.", "variable."


def unknown_answer() -> str:
    """ "Det ved vi ikke endnu": what stands in the guide, so always in Danish."""
    return words_in("da").t("guides.unknown_answer")


def raw_of(fields: Fields) -> GuideContent:
    """The content a form holds, its variables still in it; a question may be answered with the press of a button.

    Raises `ValidationError` for a text that is too long.
    """
    answers: dict[str, str] = {}
    for question in SEVEN_QUESTIONS:
        said = str(fields.get(f"{CONTENT}answers.{question}", ""))
        answers[question] = unknown_answer() if fields.get(f"unknown.{question}") else said
    prefix = f"{CONTENT}by_topic."
    topics = {name.removeprefix(prefix): str(fields[name]) for name in fields if name.startswith(prefix)}
    return GuideContent.model_validate(
        {
            "answers": {question: text for question, text in answers.items() if text},
            "does_not_answer": _lines(fields, f"{CONTENT}does_not_answer"),
            "transfer": _lines(fields, f"{CONTENT}transfer"),
            "duty_number": str(fields.get(f"{CONTENT}duty_number", "")),
            "by_topic": {topic: text for topic, text in topics.items() if text},
            "english": str(fields.get(f"{CONTENT}english", "")),
            "next_update_at": instant_of(str(fields.get(f"{CONTENT}next_update_at", ""))),
        }
    )


def values_of(fields: Fields) -> dict[str, str]:
    """The variables as they are filled in, each on one line."""
    return {
        name.removeprefix(VARIABLE): " ".join(str(fields[name]).split()) for name in fields if name.startswith(VARIABLE)
    }


def content_of(playbooks: Playbooks, fields: Fields) -> GuideContent:
    """What is stored: the texts with the variables in them."""
    return resolved(playbooks.texts, raw_of(fields), values_of(fields))


def as_fields(raw: GuideContent, values: Mapping[str, str]) -> dict[str, str]:
    """Field of the form -> text, of everything that is written in it."""
    texts = {f"{CONTENT}{name}": text for name, text in written(raw).items()}
    return texts | {f"{VARIABLE}{name}": value for name, value in values.items() if value}


def replaced(fields: Fields, new: Mapping[str, str]) -> Fields:
    """The form with other texts in it; a question that is no longer unknown loses its cross."""
    known = {name.removeprefix(f"{CONTENT}answers.") for name, text in new.items() if text != unknown_answer()}
    kept: Sequence[tuple[str, str]] = [
        (name, str(value))
        for name, value in fields.multi_items()
        if name not in new and name.removeprefix("unknown.") not in known
    ]
    return ImmutableMultiDict([*kept, *new.items()])


def draft_in(conn: Conn, crisis: str, number: int) -> GuideContent | None:
    """An earlier draft, whatever became of it."""
    for row in read_stream(conn, f"guides-{crisis}"):
        if isinstance(row.message, GuideDrafted) and row.message.draft == number:
            return row.message.content
    return None


def preview(visit: Visit, content: GuideContent, in_force: GuideContent | None, doc: Json) -> Json:
    """The desk as it would be if the draft were released now."""
    versions: list[Json] = doc.get("versions", [])
    number = max((int(each["version"]) for each in versions), default=0) + 1
    now = visit.now.isoformat()
    shown: Json = {
        "version": number,
        "state": "in_force",
        "released_at": now,
        "fresh_at": now,
        "reason": "",
        "content": content.model_dump(mode="json"),
        "versions": [{"version": number, "recalled": None}],
    }
    crisis = DeskCrisis(visit.crisis, visit.situation or {}, shown)
    kept = {(visit.crisis, number): flat(content)}
    if in_force is not None:
        kept[visit.crisis, number - 1] = flat(in_force)
    return desk_guide(crisis, kept, visit.site.playbooks, words_in("da"))


def advice_for(visit: Visit, content: GuideContent, in_force: GuideContent | None) -> dict[str, list[Advice]]:
    """Field -> what could be plainer there, or does not hold together."""
    texts = written(content)
    if content.next_update_at is not None:
        texts["next_update_at"] = f"Opdatering kl. {visit.words.hm(content.next_update_at).replace(':', '.')}"
    found: dict[str, list[Advice]] = {}
    for each in advice(visit.site.playbooks.plain_danish, texts, written(in_force) if in_force else None):
        found.setdefault(each.field, []).append(each)
    return found


def variables(visit: Visit, raw: GuideContent, values: Mapping[str, str]) -> list[Json]:
    """The local facts that stand in several places: one field each; those no text asks for come last."""
    playbook = visit.site.playbooks.kinds[kind_of(visit)]
    used = variables_in("\n".join((*written(raw).values(), *playbook.guide.fixed_lines)))
    found = [
        {
            "name": name,
            "label": each.label,
            "example": each.example,
            "value": values.get(name, ""),
            "used": name in used,
        }
        for name, each in playbook.variables.items()
    ]
    return sorted(found, key=lambda each: not each["used"])


def _lines(fields: Fields, name: str) -> list[str]:
    return [line.strip() for line in str(fields.get(name, "")).split("\n") if line.strip()]
