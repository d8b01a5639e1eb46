"""The one handler at the edge: whatever goes wrong becomes one Danish sentence, a place and an exit code.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted. A user's mistake never gives a traceback; an
unexpected fault gives a sentence that says in which file its traceback stands.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ddh_beredskab.cli.output import out_json, remark
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.i18n import say

FAILED, USAGE, INTERRUPTED = 1, 2, 130

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REASONS = {
    errno.EACCES: "not_allowed",
    errno.EPERM: "not_allowed",
    errno.ENOENT: "not_there",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "not_a_folder",
    errno.EROFS: "read_only",
    errno.EEXIST: "is_there",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is told to people and to scripts."""

    code: str
    message: str
    place: str = ""
    exit_code: int = FAILED


def run(argv: list[str]) -> int:
    """Run one command line; returns the exit code."""
    _speak_utf8()
    try:
        from ddh_beredskab.cli.app import command

        result = command().main(args=argv, prog_name="ddh-beredskab", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has read enough
        _point_at_nothing()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        failure = failure_of(error)
        tell(failure, as_json=wants_json(argv))
        return failure.exit_code
    return result if isinstance(result, int) else 0


def wants_json(argv: list[str]) -> bool:
    """Whether the caller is a script, known before the command line has been understood."""
    return "--json" in (argv[: argv.index("--")] if "--" in argv else argv)


def tell(failure: Failure, *, as_json: bool) -> None:
    """One sentence on stderr, or one object on stdout."""
    if as_json:
        error = {"code": failure.code, "message": failure.message, "place": failure.place}
        out_json({"error": error})
        return
    known = not failure.place or failure.place in failure.message
    remark(failure.message if known else f"{failure.place}: {failure.message}")


def failure_of(error: Exception) -> Failure:
    """What an exception means to the one who typed the command."""
    if isinstance(error, BaseExceptionGroup):
        return failure_of(_first(error))
    if isinstance(error, UserError):
        return Failure(error.code, error.sentence, error.place)
    if isinstance(error, StorageBusy) or _is_database(error):
        return _storage(error)
    if isinstance(error, OSError):
        return _file(error)
    if hasattr(error, "format_message"):
        return _usage(error)
    return _unexpected(error)


def reason(error: OSError) -> str:
    """The system's reason, in Danish where we know it."""
    if error.errno in _FULL:
        return say("why.full")
    key = _REASONS.get(error.errno or 0)
    return say(f"why.{key}") if key else str(error.strerror or error)


def _first(group: BaseExceptionGroup[Any]) -> Exception:
    first: Any = group.exceptions[0]
    return first


def _is_database(error: Exception) -> bool:
    modules = {each.__module__.partition(".")[0] for each in type(error).__mro__}
    return bool(modules & {"sqlite3", "pysqlite3", "sqlalchemy", "asyncpg"})


def _storage(error: Exception) -> Failure:
    words = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "full" in words or "disk I/O" in words:
        return Failure("disk_full", say("error.disk_full", place=_data()), _data())
    if "locked" in words or "busy" in words:
        return Failure("storage_busy", say("error.storage_busy", place=_data()), _data())
    if "malformed" in words or "not a database" in words:
        return Failure("journal", say("error.journal", path=_data(), why=words), _data())
    return Failure("storage", say("error.storage", why=words), _data())


def _file(error: OSError) -> Failure:
    place = str(error.filename or _data())
    if error.errno in _FULL:
        return Failure("disk_full", say("error.disk_full", place=place), place)
    return Failure("file", say("error.file", path=place, why=reason(error)), place)


def _usage(error: Any) -> Failure:
    """Typer's own errors, by the name of their class: its words are English and not all translatable."""
    names = [each.__name__ for each in type(error).__mro__]
    parameter = _parameter(error)
    where = _command_path(error)
    match next((name for name in names if name in _USAGE), ""):
        case "NoSuchOption":
            near = ", ".join(getattr(error, "possibilities", None) or ())
            hint = say("usage.meant", names=near) if near else ""
            message = say("usage.no_such_option", name=error.option_name, hint=hint)
        case "MissingParameter":
            message = say("usage.missing", name=parameter)
        case "BadOptionUsage":
            message = say("usage.option_value", name=error.option_name)
        case "BadParameter":
            message = say("usage.bad_value", name=parameter, why=_why_bad(str(error.message)))
        case "NoArgsIsHelpError":  # the help has been shown by now
            message = say("usage.missing_command")
        case _:
            message = _usage_words(str(error.format_message()))
    if where:
        message = f"{message} {say('usage.help', command=where)}"
    return Failure("usage", message, exit_code=USAGE)


_USAGE = ("NoSuchOption", "MissingParameter", "BadOptionUsage", "BadParameter", "NoArgsIsHelpError")


def _parameter(error: Any) -> str:
    if hint := getattr(error, "param_hint", None):
        return hint if isinstance(hint, str) else " / ".join(hint)
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    if getattr(parameter, "param_type_name", "") == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).upper()


def _command_path(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context is not None else ""


def _usage_words(words: str) -> str:
    quoted = words.split("'")
    name = quoted[1] if len(quoted) > 2 else ""
    if "No such command" in words:
        near = ", ".join(quoted[3::2])
        return say("usage.no_such_command", name=name, hint=say("usage.meant", names=near) if near else "")
    if "Missing command" in words:
        return say("usage.missing_command")
    if "unexpected extra argument" in words:
        return say("usage.too_many", words=words.rpartition("(")[2].rstrip(")."))
    return words


def _why_bad(words: str) -> str:
    low = words.lower()
    quoted = words.split("'")
    if "not one of" in low or "input should be '" in low:
        return say("usage.choices", choices=", ".join(quoted[3::2] if "not one of" in low else quoted[1::2]))
    if "integer" in low:
        return say("usage.integer")
    if "float" in low or "number" in low or "range" in low or "greater" in low or "less" in low:
        return say("usage.number")
    return words


def _unexpected(error: Exception) -> Failure:
    place = _keep_traceback(error)
    return Failure("unexpected", say("error.unexpected", what=type(error).__name__, place=place), place)


def _keep_traceback(error: Exception) -> str:
    name = f"fejl-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    text = "".join(traceback.format_exception(error))
    for folder in (Path(_data()) / "log", Path(tempfile.gettempdir())):
        if folder.parent.is_dir():
            with contextlib.suppress(OSError):
                folder.mkdir(exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8")
                return str(folder / name)
    return "-"


def _data() -> str:
    """The data folder in use, as the options left it."""
    from ddh_beredskab.cli.options import used_data

    return str(used_data())


def _speak_utf8() -> None:
    """Æ, ø and å come out whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(encoding="utf-8", errors="replace")


def _point_at_nothing() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
