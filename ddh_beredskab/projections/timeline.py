"""What has happened? The crisis log, in pages of a hundred entries: document key `<crisis>/<page>`.

Under the crisis' own key stand how many entries and pages there are. An entry that was corrected keeps its text and
learns which entry corrects it, so that it can be shown struck through; nothing is ever taken out. Pinned entries say
who pinned them, and the crisis' own document lists their numbers.
"""

from __future__ import annotations

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, ReadModel, iso, plain
from schemas.logbook import LogClosed, LogEntriesFiled, LogEntryPinned, LogEntryRecorded

PAGE = 100


def page_of(number: int) -> int:
    """Which page an entry stands on; both count from 1."""
    return (number - 1) // PAGE + 1


def page_key(crisis: str, page: int) -> str:
    """The document of one page."""
    return f"{crisis}/{page}"


def keys(row: StoredMessage) -> tuple[str, ...]:
    """The entry's page, the page of what it corrects, and the pages of entries that were filed."""
    crisis = row.subject
    match row.message:
        case LogEntryRecorded() as entry:
            pages = {page_of(entry.number)}
            if entry.kind == "correction" and entry.refers_to:
                pages.add(page_of(entry.refers_to))
        case LogEntriesFiled() as filed:
            pages = set(range(page_of(filed.first), page_of(filed.last) + 1))
        case LogEntryPinned() as pin:
            pages = {page_of(pin.number)}
        case LogClosed():
            pages: set[int] = set()
        case _:
            return ()
    return (crisis, *(page_key(crisis, page) for page in sorted(pages)))


def fold(key: str, doc: Json | None, row: StoredMessage) -> Json | None:
    """The page, or the crisis' count of pages, after one entry."""
    if key == row.subject:
        empty: Json = {"entries": 0, "pages": 0, "closed_at": None, "filed": 0, "pinned": [], "head": None}
        return _head(doc or empty, row)
    page = int(key.rpartition("/")[2])
    entries: list[Json] = (doc or {"entries": []})["entries"]
    match row.message:
        case LogEntryRecorded() as entry:
            if entry.kind == "correction" and entry.refers_to:
                corrected = {"corrected_by": entry.number}
                entries = [x | corrected if x["number"] == entry.refers_to else x for x in entries]
            if page_of(entry.number) == page:
                entries = [*entries, _entry(entry, row)]
        case LogEntriesFiled() as filed:
            mark = {"filed": plain(filed.filing)}
            entries = [x | mark if filed.first <= x["number"] <= filed.last else x for x in entries]
        case LogEntryPinned() as pin:
            mark = {"pinned": {"by": pin.by, "at": iso(row.time)} if pin.pinned else None}
            entries = [x | mark if x["number"] == pin.number else x for x in entries]
        case _:
            pass
    return {"entries": entries}


TIMELINE = ReadModel("timeline", keys, fold, version=2)


def _head(doc: Json, row: StoredMessage) -> Json:
    match row.message:
        case LogEntryRecorded() as entry:
            return doc | {"entries": entry.number, "pages": page_of(entry.number), "head": row.hash}
        case LogEntriesFiled() as filed:
            return doc | {"filed": doc["filed"] + filed.last - filed.first + 1, "head": row.hash}
        case LogEntryPinned() as pin:
            others = [number for number in doc["pinned"] if number != pin.number]
            return doc | {"pinned": sorted([*others, pin.number] if pin.pinned else others), "head": row.hash}
        case LogClosed():
            return doc | {"closed_at": iso(row.time), "head": row.hash}
        case _:
            return doc


def _entry(entry: LogEntryRecorded, row: StoredMessage) -> Json:
    return plain(entry, "caused_by", "index") | {
        "id": str(row.id),
        "written_at": iso(row.recorded_at),
        "corrected_by": None,
        "filed": None,
        "pinned": None,
    }
