"""`migrate`: bring every journal of this system to this program's schema, and say which."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ddh_beredskab.cli.options import Data, Json, settings_of
from ddh_beredskab.cli.output import out, out_json
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.settings import Settings


def migrate(data: Data = None, json: Json = False) -> None:
    settings = settings_of(data)
    names = asyncio.run(_migrate(settings))
    from ddh_beredskab.journal.migrate import HEAD

    if json:
        out_json({"schema": HEAD, "environments": names})
        return
    for name in names:
        out(say("cli.migrate.done", environment=name, schema=HEAD))


async def _migrate(settings: Settings) -> list[str]:
    from ddh_beredskab.bootstrap import environments, open_journal

    names = list(dict.fromkeys([settings.environment, *await environments(settings)]))
    for name in names:
        database = await open_journal(settings, name)
        await database.close()
    return names
