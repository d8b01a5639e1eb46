"""Errors people meet: a stable code, and one sentence that says what is wrong, where, and what would be right."""

from __future__ import annotations

from ddh_beredskab.i18n import say


class UserError(Exception):
    """Shown to a person as one sentence, never as a traceback.

    `code` is stable and names the sentence in the catalogue (`error.<code>`), which `facts` fill in; `place` says where
    (a file:line, a field, a folder). With `sentence` the text is given as it is (e.g. gathered file:line problems).
    """

    def __init__(self, code: str, *, place: str = "", sentence: str | None = None, **facts: object) -> None:
        self.code = code
        self.place = place
        self.sentence = sentence if sentence is not None else say(f"error.{code}", place=place, **facts)
        super().__init__(self.sentence)


class StorageBusy(Exception):
    """The database could not be written for a while (locked, full or away); nothing was stored; try again."""


class VersionConflict(Exception):
    """Somebody else appended to the stream first; reload and decide again."""
