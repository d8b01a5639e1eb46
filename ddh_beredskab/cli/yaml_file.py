"""A YAML file a person wrote, read into one of our types; every mistake with file, line and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ddh_beredskab.cli.edge import reason
from ddh_beredskab.drills.lined_yaml import Lined, NotYaml, read_lined
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say

M = TypeVar("M", bound=BaseModel)


def read_fields(path: Path) -> Lined:
    """The file as a mapping with the line of each value. Raises `UserError`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("not_utf8", place=str(path), path=path) from error
    except OSError as error:
        raise UserError("file", place=str(path), path=path, why=reason(error)) from error
    try:
        lined = read_lined(text)
    except NotYaml as error:
        raise UserError("not_yaml", place=f"{path}:{error.line}", why=error.problem) from error
    except ValueError as error:  # a character YAML does not know, or a number that is none
        raise UserError("not_yaml", place=f"{path}:1", why=str(error).splitlines()[0]) from error
    if not isinstance(lined.data, dict):
        raise UserError("not_fields", place=f"{path}:1")
    return lined


def validated(model: type[M], data: dict[str, Any], path: Path | None, lined: Lined | None) -> M:
    """The data as that type; all mistakes in one sentence each, with file and line where they came from a file."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _told(error, path, lined) from error


def _told(error: ValidationError, path: Path | None, lined: Lined | None) -> UserError:
    sentences: list[str] = []
    places: list[str] = []
    for each in error.errors():
        at = each["loc"]
        name = ".".join(str(part) for part in at)
        place = f"{path}:{lined.line(at)}" if path is not None and lined is not None and _from_file(lined, at) else ""
        sentences.append((f"{place}: " if place else "") + _sentence(str(each["type"]), name, each))
        places.append(place or name)
    return UserError("incident_fields", place=places[0], sentence="\n".join(sentences))


def _from_file(lined: Lined, at: tuple[str | int, ...]) -> bool:
    return bool(at) and at[0] in lined.data


def _sentence(kind: str, name: str, error: Any) -> str:
    if kind == "missing":
        return say("field.missing", name=name)
    if kind == "extra_forbidden":
        return say("field.unknown", name=name)
    value = str(error["input"])
    value = value if len(value) <= 60 else value[:60] + " ..."
    if kind in ("literal_error", "enum"):
        choices = str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        return say("field.choice", name=name, value=value, choices=choices)
    if kind.startswith(("datetime", "timezone", "value_error")):
        return say("field.time", name=name, value=value)
    if kind == "string_pattern_mismatch":
        return say("field.pattern", name=name, value=value)
    return say("field.other", name=name, value=value)
