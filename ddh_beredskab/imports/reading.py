"""Going through a file's rows: what each kind of file makes of a row is its own, the going is the same.

Rule kept: a bad row is told with its line and stops nothing; an empty one is no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from ddh_beredskab.imports.bad_rows import BadCell, BadRow
from ddh_beredskab.imports.cells import Cells
from ddh_beredskab.imports.sheets import Sheet, Unreadable

T = TypeVar("T")


def good_rows(
    sheet: Sheet, cells: Cells, bad: list[BadRow], at: Callable[[int], None], made: Callable[[dict[str, str]], T]
) -> Iterator[T]:
    """What is `made` of the good rows, in file order; `bad` gets the others, `at` each line as it is read."""
    for line, found in sheet.rows():
        at(line)
        try:
            if isinstance(found, Unreadable):
                raise BadCell("csv", why=found.why)
            if any(cell.strip() for cell in found):
                yield made(cells.row(found))
        except BadCell as wrong:
            bad.append(wrong.on(line))
