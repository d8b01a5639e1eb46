"""readiness.yaml: what a municipality should have in place before anything happens (klar-tjek).

Rule kept: the points are data; a key names what the register is asked, or what somebody has written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from ddh_beredskab.core.playbook import Key, Page, Part, Sentence
from ddh_beredskab.playbooks.files import Document, read_document
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.playbooks.validation import validated

FILE = "readiness.yaml"


class ReadyItem(Part):
    """One point; `source` register: the system looks for itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    key: Key
    label: Sentence
    hint: Sentence
    looked_up: Annotated[Literal["register"] | None, Field(alias="from")] = None
    kind: Literal["text", "phone", "date", "yes"] = "text"
    valid_days: Annotated[int, Field(gt=0, strict=True)] | None = None


class Readiness(Page):
    """The whole list."""

    channel_valid_days: Annotated[int, Field(gt=0, strict=True)]
    items: Annotated[tuple[ReadyItem, ...], Field(min_length=1)]

    def written(self) -> tuple[ReadyItem, ...]:
        """The points somebody writes."""
        return tuple(item for item in self.items if item.looked_up is None)


def read_readiness(folder: Path, shown: str) -> tuple[Document, Readiness | None]:
    """The file with what is wrong with it."""
    document = read_document(folder / FILE, shown)
    return document, validated(document, Readiness) if document.data else None


def load_readiness(folder: Path) -> Readiness:
    """The list of a playbook folder. Raises `PlaybookError` with every mistake and its line."""
    document, found = read_readiness(folder, FILE)
    if found is None or document.problems:
        raise PlaybookError(document.problems)
    return found
