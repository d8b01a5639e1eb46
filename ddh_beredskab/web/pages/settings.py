"""The rules that are data, to be read: limits, roles, criteria, hours, agendas and playbooks, each with its source.

Rule kept: nothing is changed here. Rules are files with a date, a source and a responsible, changed by a person who
runs the check and has a colleague read it; the page says which file and how.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from ddh_beredskab.core.playbook import WEEKDAYS, Limits
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.words import Words, local

_HEAD = ("date", "source", "responsible", "sources")
UNITS = ("seconds", "minutes", "hours", "days")


async def settings(visit: Visit) -> Response:
    """Every file, what stands in it, and who answers for it."""
    playbooks, site = visit.site.playbooks, visit.site
    today = local(datetime.now(UTC)).date()
    files: list[tuple[str, Any]] = [
        ("limits", playbooks.limits),
        ("roles", playbooks.roles),
        ("criteria", playbooks.criteria),
        ("opening_hours", playbooks.opening_hours),
        ("steps", playbooks.steps),
        ("agendas", playbooks.agendas),
        ("status", playbooks.status),
        ("understanding", playbooks.understanding),
        ("plain_danish", playbooks.plain_danish),
        ("channels", playbooks.channels),
        ("readiness", site.readiness),
        ("training", site.training),
        ("targets", site.targets),
    ]
    return visit.page(
        "settings/page.html",
        visit.words.t("settings.heading"),
        files=[{"key": key, **head_of(page, f"{key}.yaml")} for key, page in files],
        municipalities=head_of(site.municipalities, "municipalities.csv"),
        limits=limit_lines(playbooks.limits, visit.words),
        roles=[(key, card) for key, card in playbooks.roles.roles.items() if key != "system"],
        kept_apart=[[playbooks.roles.name(role) for role in pair] for pair in playbooks.roles.kept_apart],
        criteria=playbooks.criteria,
        week=[(day, playbooks.opening_hours.week.get(day)) for day in WEEKDAYS],
        short_days=playbooks.opening_hours.short_days,
        steps=playbooks.steps.steps,
        role_of=playbooks.roles.name,
        agendas=playbooks.agendas,
        forms=playbooks.status,
        readiness=site.readiness,
        training=site.training,
        targets=site.targets,
        to_train=[playbooks.roles.name(role) for role in site.training.roles],
        kinds=[(kind, page, page.review_overdue_on(today, playbooks.limits)) for kind, page in playbooks.kinds.items()],
    )


def head_of(page: Any, file: str) -> dict[str, str]:
    """When it was settled, whence it comes, who answers for it, and the file to change."""
    return {"file": file, "date": str(page.date), "source": page.source, "responsible": page.responsible}


def limit_lines(limits: Limits, words: Words) -> list[dict[str, str]]:
    """Every number with its name, its unit and its source; a name nobody has written is the key itself."""
    lines: list[dict[str, str]] = []
    for key in type(limits).model_fields:
        if key in _HEAD:
            continue
        label = words.t(f"limit.{key}") if words.has(f"limit.{key}") else key
        value = in_words(key, getattr(limits, key), words)
        lines.append({"key": key, "label": label, "value": value, "source": limits.sources.get(key, "")})
    return lines


def in_words(key: str, value: Any, words: Words) -> str:
    """A value as one says it: 15 minutter, 50 %, kl. 09.00, ja."""
    if isinstance(value, bool):
        return words.t(f"settings.{'yes' if value else 'no'}")
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if key.endswith("share"):
        return f"{words.number(value * 100)} %"
    unit = key.rpartition("_")[2]
    if unit in UNITS and isinstance(value, int):
        return words.n(f"settings.unit.{unit}", value)
    return words.number(value) if isinstance(value, (int, float)) else str(value)


async def accessibility(visit: Visit) -> Response:
    """The accessibility statement, as a draft that whoever runs the system completes."""
    return visit.page("settings/accessibility.html", visit.words.t("accessibility.heading"))


PAGES = (
    Page("GET", "/indstillinger", settings, nav="nav.settings", order=80),
    Page("GET", "/tilgaengelighed", accessibility),
)
