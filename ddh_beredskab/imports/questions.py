"""Citizens' questions from a file: good rows become items, bad ones are told with their line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError

from ddh_beredskab.core.playbook import Topic
from ddh_beredskab.i18n import say
from ddh_beredskab.imports.bad_rows import BadCell, BadRow
from ddh_beredskab.imports.cells import Cells, Given, cells_of, danish_words, no_cpr
from ddh_beredskab.imports.reading import good_rows
from ddh_beredskab.imports.sheets import Sheet
from ddh_beredskab.playbooks.imports import QuestionField
from schemas.feedback import FeedbackItem

FIELDS: tuple[str, ...] = get_args(QuestionField)
REQUIRED = ("time", "topic")
ANSWERED = danish_words(yes="feedback_file.words_yes", partly="feedback_file.words_partly", no="feedback_file.words_no")
RESOLUTION = danish_words(
    resolved="feedback_file.words_resolved",
    transferred="feedback_file.words_transferred",
    urgent_transfer="feedback_file.words_urgent",
)


@dataclass
class Questions:
    """An opened file. Iterate it for items; `bad` fills up on the way."""

    sheet: Sheet
    cells: Cells
    topics: Sequence[Topic] | None
    """The topics of the crisis' playbook; null: not known yet, any will do."""
    bad: list[BadRow] = field(default_factory=list[BadRow])
    line: int = 1
    """The line last read, for whoever shows progress."""

    def __iter__(self) -> Iterator[FeedbackItem]:
        """The good rows in file order."""
        return good_rows(self.sheet, self.cells, self.bad, self._at, self._item)

    def _at(self, line: int) -> None:
        self.line = line

    @property
    def answered_assumed(self) -> bool:
        """The file does not say whether the guide answered."""
        return "answered" not in self.cells.at and not self.cells.given.values.get("answered")

    def _item(self, row: dict[str, str]) -> FeedbackItem:
        fields: dict[str, Any] = {"crisis_id": self.cells.given.crisis, "time": self.cells.time(row)}
        fields["topic"] = self._topic(row.get("topic", ""))
        for name, words in (("answered", ANSWERED), ("resolution", RESOLUTION)):
            if text := row.get(name, ""):
                fields[name] = self.cells.word(name, text, words)
        fields.setdefault("answered", "partly")
        if version := row.get("guide_version", ""):
            fields["guide_version"] = self.cells.number("guide_version", version)
        fields["municipality"] = self.cells.municipality(row)
        for name in ("transferred_to", "text"):
            fields[name] = row.get(name, "")
        fields["agent"] = no_cpr(row.get("agent", ""))
        fields["id"] = self.cells.id(row, FIELDS)
        try:
            return FeedbackItem(**fields)
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            raise BadCell("value", self.cells.called(name), row.get(name, "")) from error

    def _topic(self, text: str) -> str:
        if not text:
            raise BadCell("empty", self.cells.called("topic"))
        if self.topics is None:
            return text
        low = text.casefold()
        for topic in self.topics:
            if low in (topic.key.casefold(), topic.label.casefold(), str(topic.number)):
                return topic.key
        near = get_close_matches(low, [topic.key for topic in self.topics], n=1, cutoff=0.6)
        hint = say("usage.meant", names=near[0]) if near else ""
        names = ", ".join(topic.key for topic in self.topics)
        raise BadCell("topic", self.cells.called("topic"), text, names=names, hint=hint)


def open_questions(sheet: Sheet, given: Given, topics: Sequence[Topic] | None) -> Questions:
    """Raises `UserError` when the file as a whole cannot be used."""
    return Questions(sheet, cells_of(sheet, given, FIELDS, REQUIRED), topics)
