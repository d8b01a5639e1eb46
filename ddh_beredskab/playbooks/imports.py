"""imports.yaml: what the files of other channels look like, so that nobody has to name every column each time.

Rule kept: a profile is data with date and source; what is typed for one import stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ddh_beredskab.core.playbook import Key, Page, Part, Sentence
from ddh_beredskab.playbooks.files import Document, read_document
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.playbooks.validation import validated

FILE = "imports.yaml"

QuestionField = Literal[
    "id", "time", "topic", "answered", "resolution", "transferred_to", "municipality", "guide_version", "agent", "text"
]
ScoreField = Literal["id", "time", "score", "municipality", "transferred", "source"]
_Columns = tuple[Sentence, ...]


class _Profile(Part):
    """The file of one channel."""

    label: Sentence
    hint: Sentence
    words: Mapping[Key, Mapping[Sentence, Sentence]] = {}
    """Field -> word in the file -> our word."""


class QuestionProfile(_Profile):
    """Citizens' questions."""

    kind: Literal["questions"]
    channel: Literal["phone", "chatbot", "web", "sms"]
    columns: Mapping[QuestionField, _Columns]
    defaults: Mapping[QuestionField, Sentence] = {}
    """Field -> what holds where the cell is empty or there is no such column."""


class ScoreProfile(_Profile):
    """Answers to the survey after the call."""

    kind: Literal["scores"]
    columns: Mapping[ScoreField, _Columns]
    defaults: Mapping[ScoreField, Sentence] = {}


Profile = Annotated[QuestionProfile | ScoreProfile, Field(discriminator="kind")]


class Profiles(Page):
    """The whole file."""

    profiles: Annotated[Mapping[Key, Profile], Field(min_length=1)]


def read_profiles(folder: Path, shown: str) -> tuple[Document, Profiles | None]:
    """The file with what is wrong with it."""
    document = read_document(folder / FILE, shown)
    return document, validated(document, Profiles) if document.data else None


def load_profiles(folder: Path) -> Profiles:
    """The profiles of a playbook folder. Raises `PlaybookError` with every mistake and its line."""
    document, found = read_profiles(folder, FILE)
    if found is None or document.problems:
        raise PlaybookError(document.problems)
    return found
