"""Persons are refs in messages and names on the screen: `@asta-holm` in a text becomes Asta Holm.

Rule kept: a ref nobody knows is shown as it is, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

_REF = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._-]{0,79})")


class Names:
    """Ref -> name, for one environment."""

    def __init__(self, names: Mapping[str, str], system: str) -> None:
        self._names = names
        self._system = system

    def person(self, ref: str | None) -> str:
        """The person's name."""
        if not ref:
            return ""
        return self._system if ref == "systemet" else self._names.get(ref, ref)

    def text(self, text: str) -> Markup:
        """Text of the log, safe for HTML, refs by name, line breaks kept."""
        return Markup(_REF.sub(self._named, str(escape(text))).replace("\n", "<br>"))

    def plain(self, text: str) -> str:
        """The same as plain text, for sentences that are escaped where they are shown."""
        return _REF.sub(lambda match: "".join(self._found(match)), text)

    def _named(self, match: re.Match[str]) -> str:
        name, tail = self._found(match)
        return str(escape(name)) + tail

    def _found(self, match: re.Match[str]) -> tuple[str, str]:
        ref, tail = match[1], ""
        while ref not in self._names and ref != "systemet" and ref[-1] in "._-":
            ref, tail = ref[:-1], ref[-1] + tail  # a full stop ends the sentence, not the ref
        return self.person(ref), tail
