"""The survey's scores from a file: 1-9, by municipality and time. Calls that were passed on have none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

from ddh_beredskab.imports.bad_rows import BadCell, BadRow, short
from ddh_beredskab.imports.cells import Cells, Given, cells_of, danish_words
from ddh_beredskab.imports.reading import good_rows
from ddh_beredskab.imports.sheets import Sheet
from ddh_beredskab.journal.survey import HIGHEST, LOWEST, SurveyAnswer
from ddh_beredskab.playbooks.imports import ScoreField

FIELDS: tuple[str, ...] = get_args(ScoreField)
REQUIRED = ("time", "score")
PASSED_ON = danish_words(yes="feedback_file.words_passed_on", no="feedback_file.words_not_passed_on")


@dataclass
class Scores:
    """An opened file. Iterate it for answers; `bad` fills up on the way."""

    sheet: Sheet
    cells: Cells
    bad: list[BadRow] = field(default_factory=list[BadRow])
    line: int = 1

    def __iter__(self) -> Iterator[SurveyAnswer]:
        """The good rows in file order."""
        return good_rows(self.sheet, self.cells, self.bad, self._at, self._answer)

    def _at(self, line: int) -> None:
        self.line = line

    @property
    def passed_on_unknown(self) -> bool:
        """The file does not say which calls were passed on."""
        return "transferred" not in self.cells.at

    def _answer(self, row: dict[str, str]) -> SurveyAnswer:
        time = self.cells.time(row)
        if (text := row.get("transferred", "")) and self.cells.word("transferred", text, PASSED_ON) == "yes":
            raise BadCell("passed_on", self.cells.called("transferred"), text)
        score = row.get("score", "")
        if not score:
            raise BadCell("empty", self.cells.called("score"))
        if not (score.isascii() and score.isdecimal() and LOWEST <= int(score[:9]) <= HIGHEST):
            raise BadCell("score", self.cells.called("score"), score, lowest=LOWEST, highest=HIGHEST)
        return SurveyAnswer(
            id=str(self.cells.id(row, FIELDS)),
            crisis_id=self.cells.given.crisis,
            time=time,
            municipality=self.cells.municipality(row),
            score=int(score),
            source=short(row.get("source", "")),
        )


def open_scores(sheet: Sheet, given: Given) -> Scores:
    """Raises `UserError` when the file as a whole cannot be used."""
    return Scores(sheet, cells_of(sheet, given, FIELDS, REQUIRED))
