"""The municipalities' names: those of the playbook's list, and those the register has beside it.

Rule kept: the register wins, since a deployment corrects the list there.
"""

from __future__ import annotations

from ddh_beredskab.people.directory import extra_municipalities
from ddh_beredskab.web.visit import Visit


async def municipality_names(visit: Visit) -> dict[str, str]:
    """Code -> name, by name."""
    extra = await visit.site.people.read(extra_municipalities)
    names = {line.code: line.name for line in visit.site.municipalities.lines}
    names |= {code: name for code, name, _, _ in extra}
    return dict(sorted(names.items(), key=lambda each: each[1]))
