"""From a folder to `Playbooks`: every file read, validated and checked against the others.

The rule kept here: all problems of all files come out together, in order, and either the whole folder
is good or nothing of it is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from ddh_beredskab.core.playbook import (
    KINDS,
    Agendas,
    Channels,
    Criteria,
    Limit,
    Limits,
    OpeningHours,
    Page,
    Part,
    PlainDanish,
    Playbook,
    Playbooks,
    Roles,
    StatusForms,
    Steps,
    Texts,
    Understanding,
)
from ddh_beredskab.playbooks.checks import Files, check_all
from ddh_beredskab.playbooks.files import Document, Place, read_document
from ddh_beredskab.playbooks.imports import FILE as IMPORTS
from ddh_beredskab.playbooks.imports import read_profiles
from ddh_beredskab.playbooks.problems import PlaybookError, Problem, say
from ddh_beredskab.playbooks.readiness import FILE as READINESS
from ddh_beredskab.playbooks.readiness import read_readiness
from ddh_beredskab.playbooks.targets import FILE as TARGETS
from ddh_beredskab.playbooks.targets import read_targets
from ddh_beredskab.playbooks.training import FILE as TRAINING
from ddh_beredskab.playbooks.training import read_training
from ddh_beredskab.playbooks.validation import did_you_mean, validated
from schemas.activation import CrisisKind

P = TypeVar("P", bound=Page)
_PAGES: tuple[str, ...] = ("criteria", "roles", "limits", "opening_hours", "texts", "steps", "agendas", "status",
                          "understanding", "plain_danish", "channels")  # fmt: skip


class _LimitsFile(Page):
    limits: Mapping[str, Limit]


def load_playbooks(path: Path | None = None) -> Playbooks:
    """The playbooks of a folder (see `find_playbooks`), or `PlaybookError` with every problem in it."""
    playbooks, problems = _read(find_playbooks(path))
    if playbooks is None or problems:
        raise PlaybookError(problems)
    return playbooks


def check_playbooks(path: Path | None = None) -> list[Problem]:
    """Every problem of a folder, or of one file read together with the others; empty when all is well."""
    only = path.name if path is not None and path.suffix in (".yaml", ".yml") else None
    try:
        folder = find_playbooks(path.parent if path is not None and only else path)
    except PlaybookError as error:
        return list(error.problems)
    _, problems = _read(folder)
    return sorted(problem for problem in problems if only is None or Path(problem.file).name == only)


def find_playbooks(path: Path | None = None) -> Path:
    """The folder named, else the one in DDH_PLAYBOOKS, else the checkout's, else the one in the package."""
    named = path if path is not None else Path(os.environ["DDH_PLAYBOOKS"]) if os.environ.get("DDH_PLAYBOOKS") else None
    if named is not None:
        if not named.is_dir():
            raise PlaybookError([Problem(str(named), 0, say("no_folder", folder=named))])
        return named
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "playbooks" / "limits.yaml").is_file():
        return checkout / "playbooks"
    if (package / "_playbooks").is_dir():
        return package / "_playbooks"
    raise PlaybookError([Problem("playbooks", 0, say("no_playbooks"))])


def _read(folder: Path) -> tuple[Playbooks | None, list[Problem]]:
    documents = {
        name: read_document(folder / f"{name}.yaml", _shown(folder / f"{name}.yaml")) for name in (*_PAGES, *KINDS)
    }
    files = Files(
        documents=documents,
        criteria=_page(documents["criteria"], Criteria),
        roles=_page(documents["roles"], Roles),
        limits=_limits(documents["limits"]),
        opening_hours=_page(documents["opening_hours"], OpeningHours),
        texts=_page(documents["texts"], Texts),
        steps=_page(documents["steps"], Steps),
        agendas=_page(documents["agendas"], Agendas),
        status=_page(documents["status"], StatusForms),
        understanding=_page(documents["understanding"], Understanding),
        plain_danish=_page(documents["plain_danish"], PlainDanish),
        channels=_page(documents["channels"], Channels),
        kinds={kind: page for kind in KINDS if (page := _page(documents[kind], Playbook)) is not None},
    )
    check_all(files)
    ready, _ = read_readiness(folder, _shown(folder / READINESS))
    profiles, _ = read_profiles(folder, _shown(folder / IMPORTS))
    training, _ = read_training(folder, _shown(folder / TRAINING))
    targets, _ = read_targets(folder, _shown(folder / TARGETS))
    beside = (*documents.values(), ready, profiles, training, targets)
    problems = [problem for document in beside for problem in document.problems]
    problems += _strangers(folder, (*documents, "rights", "readiness", "imports", "training", "targets", "exercises"))
    return (_together(files) if not problems else None), problems


def _page(document: Document, model: type[P]) -> P | None:
    return validated(document, model) if document.data else None


def _limits(document: Document) -> Limits | None:
    """`key: {value, source}` in the file becomes a flat model; a mistake still points at its own line."""
    if not document.data or (page := validated(document, _LimitsFile)) is None:
        return None
    flat: dict[str, Any] = {key: limit.value for key, limit in page.limits.items()}
    places: dict[str, Place] = {key: ("limits", key) for key in Limits.model_fields}
    places |= {key: ("limits", key, "value") for key in flat}
    sources = {key: limit.source for key, limit in page.limits.items()}
    head = {key: document.data[key] for key in Page.model_fields}
    for key in [key for key in flat if key in ("sources", *head)]:
        document.add(("limits", key), "unknown_key", name=key, hint="")
        del flat[key]
    return validated(document, Limits, {**head, **flat, "sources": sources}, places)


def _strangers(folder: Path, names: tuple[str, ...]) -> list[Problem]:
    """A file nobody reads is a slip of the pen in its name."""
    known = [f"{name}.yaml" for name in names]
    return [
        Problem(
            _shown(path),
            0,
            say("unknown_file", hint=did_you_mean(path.name, known), names=", ".join(known)),
        )
        for path in sorted(folder.iterdir())
        if path.suffix in (".yaml", ".yml") and path.name not in known
    ]


def _together(files: Files) -> Playbooks | None:
    parts: tuple[Part | None, ...] = tuple(getattr(files, name) for name in _PAGES)
    if any(part is None for part in parts) or len(files.kinds) < len(KINDS):
        return None
    named: dict[str, Any] = dict(zip(_PAGES, parts, strict=True))
    kinds: dict[CrisisKind, Playbook] = {kind: files.kinds[kind] for kind in KINDS}
    named["texts"] = _with_names(cast("Texts", named["texts"]), cast("Roles", named["roles"]), kinds.values())
    return Playbooks.model_validate({**named, "kinds": kinds})


def _with_names(texts: Texts, roles: Roles, kinds: Iterable[Playbook]) -> Texts:
    """The log speaks of roles and topics by the names their own files give them."""
    role = {key: card.name for key, card in roles.roles.items()}
    topic = {topic.key: topic.label for playbook in kinds for topic in playbook.topics}
    return texts.model_copy(update={"words": {**texts.words, "role": role, "topic": topic}})


def _shown(path: Path) -> str:
    """As short as it stays true: seen from where the command was given."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
