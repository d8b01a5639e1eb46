"""The options that many commands share, and how they become settings: what is typed stands before the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", metavar="MAPPE", help=say("cli.option.data"))]
PlaybookFolder = Annotated[Path | None, typer.Option("--playbooks", metavar="MAPPE", help=say("cli.option.playbooks"))]
Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"))]
Environment = Annotated[str | None, typer.Option("--environment", metavar="MILJØ", help=say("cli.option.environment"))]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, metavar="PORT", help=say("cli.option.port"))]
Crisis = Annotated[str, typer.Argument(metavar="KRISE", help=say("cli.option.crisis"))]

_used: Path | None = None


def settings_of(data: Path | None = None, playbooks: Path | None = None, **more: Any) -> Settings:
    """The settings of this command: options, else DDH_..., else defaults.

    Raises `UserError` naming the setting that cannot be read.
    """
    from pydantic import ValidationError

    from ddh_beredskab.errors import UserError
    from ddh_beredskab.settings import Settings

    global _used
    _used = data
    given: dict[str, Any] = {"data": data, "playbooks": playbooks, **more}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        place = f"--{name}" if given.get(name) is not None else f"DDH_{name.upper()}"
        raise UserError("bad_setting", place=place, name=place, value=first["input"]) from error
    _used = settings.data
    return settings


def used_data() -> Path:
    """The data folder this command uses, for messages."""
    return _used or Path(os.environ.get("DDH_DATA") or "data")
