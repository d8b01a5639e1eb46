"""Opening journals for a command: all environments of this system, or the one in which an id is known.

The rule kept: an id that stands in two environments (two runs of one drill have the same crisis) is never guessed at.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches

from ddh_beredskab.bootstrap import environments, open_journal
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.settings import Settings

_KNOWN = Statement("SELECT 1 FROM messages WHERE subject = :crisis LIMIT 1")
_SUBJECTS = Statement("SELECT DISTINCT subject FROM messages ORDER BY subject")
_NAMES = Statement("SELECT ref, name FROM persons")


@dataclass(frozen=True, slots=True)
class Opened:
    """An environment with its journal open."""

    environment: str
    database: Database

    @property
    def drill(self) -> bool:
        return self.environment != "drift"


@asynccontextmanager
async def journals(settings: Settings, environment: str | None = None) -> AsyncGenerator[list[Opened]]:
    """Every environment's journal, or only the one named. Raises `UserError` when there is none."""
    names = await environments(settings)
    if environment is not None:
        if environment not in names:
            known = ", ".join(names) or say("cli.none")
            raise UserError("no_environment", place="--environment", environment=environment, known=known)
        names = [environment]
    if not names:
        raise UserError("no_journal", place=str(settings.data), path=settings.data)
    async with AsyncExitStack() as stack:
        opened: list[Opened] = []
        for name in names:
            database = await open_journal(settings, name, migrate=False)
            stack.push_async_callback(database.close)
            opened.append(Opened(name, database))
        yield opened


@asynccontextmanager
async def journal_with(settings: Settings, crisis: str, environment: str | None = None) -> AsyncGenerator[Opened]:
    """The journal in which the crisis is known. Raises `UserError` when it is none, or several."""
    async with journals(settings, environment) as all_:
        found = [each for each in all_ if await each.database.read(lambda conn: conn.one(_KNOWN, crisis=crisis))]
        if len(found) > 1:
            names = ", ".join(each.environment for each in found)
            raise UserError("crisis_in_several", place=crisis, crisis=crisis, environments=names)
        if not found:
            raise UserError("no_crisis", place=crisis, crisis=crisis, hint=await _meant(all_, crisis))
        yield found[0]


async def _meant(all_: list[Opened], crisis: str) -> str:
    known: set[str] = set()
    for each in all_:
        known |= set(await each.database.read(subjects))
    near = get_close_matches(crisis, sorted(known), n=1, cutoff=0.5)
    return say("usage.meant", names=near[0]) if near else ""


def subjects(conn: Conn) -> list[str]:
    """Every crisis of the journal, also one whose report nobody has decided on yet."""
    return [str(row[0]) for row in conn.all(_SUBJECTS)]


def names(conn: Conn) -> dict[str, str]:
    """Ref -> name of everybody known in the environment."""
    return {str(ref): str(name) for ref, name in conn.all(_NAMES)}
