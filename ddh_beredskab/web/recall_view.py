"""What a recalled version's page shows: the period, the counts, the names one may see, and the correction to send out.

Rules kept: counts under the limit are hidden outside the staff; names are for the personnel lead and the own leader,
during the crisis only; a text to citizens is always Danish and never says the wrong thing again in an SMS.
"""

from __future__ import annotations

from typing import Any

from ddh_beredskab.people.recall_facts import RecallFacts, SawIt
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.reports.channels.sms import length, made_plain
from ddh_beredskab.web.agent_names import goes_on, may_name, named_place
from ddh_beredskab.web.guide_board import authority_of, kind_of
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.views import topic_label
from ddh_beredskab.web.visit import Visit


async def recall_view(visit: Visit, facts: RecallFacts, guide: Json | None) -> dict[str, Any]:
    """Everything the template needs of a recall."""
    names, least = await municipality_names(visit), visit.site.playbooks.limits.hide_counts_under
    staff = visit.audience == "staff"

    def shown(count: int) -> int | None:
        return count if staff or count == 0 or count >= least else None

    texts = correction_texts(visit, facts)
    topics = [(topic_label(visit.site.playbooks, kind_of(visit), topic), shown(count)) for topic, count in facts.topics]
    return {
        "facts": facts,
        "minutes": (facts.upto - facts.since).total_seconds() / 60,
        "calls": shown(len(facts.items)),
        "after": shown(facts.after),
        "unstamped": shown(facts.unstamped),
        "topics": [each for each in topics if each[1] is not None],
        "hidden": sum(each[1] is None for each in topics),
        "least": least,
        "by_municipality": [
            (
                named_place(visit, names, code),
                count,
                [each for each in facts.agents if each.municipality == code] if may_name(visit, guide, code) else [],
            )
            for code, count in facts.by_municipality
        ],
        "late": _late(visit, guide, facts.late),
        "names_gone": facts.names_deleted or not goes_on(visit.situation, guide),
        "texts": texts,
        "sms": length(dict(texts)["sms"]),
    }


def _late(visit: Visit, guide: Json | None, late: tuple[SawIt, ...]) -> dict[str, Any]:
    return {"count": len(late), "named": [each for each in late if may_name(visit, guide, each.municipality)]}


def correction_texts(visit: Visit, facts: RecallFacts) -> list[tuple[str, str]]:
    """(place, text): what goes to the desk, as SMS and on the web."""
    words, authority = words_in("da"), authority_of(visit)
    at = {"date": words.date(facts.upto), "clock": words.clock(facts.upto)}
    said: dict[str, Any] = {"wrong": facts.wrong, "correction": facts.correction, "authority": authority, **at}
    texts = [(place, words.t(f"recall.text.{place}", **said)) for place in ("desk", "sms", "web")]
    mark = f"{visit.site.playbooks.channels.drill_mark}\n" if visit.drill else ""
    plain = [(place, mark + visit.setting.names.plain(text)) for place, text in texts]
    return [(place, made_plain(text) if place == "sms" else text) for place, text in plain]
