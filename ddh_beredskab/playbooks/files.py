# ruamel.yaml types its nodes and errors by half:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""One YAML file as plain values, and the line of each of them.

The rule kept here: nothing is lost silently. A name that stands twice, an anchor, a tag, a second
document or a wrong encoding is a problem with its line; ruamel.yaml reads, we build the values.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ddh_beredskab.playbooks.problems import Problem, say

Place = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"


@dataclass
class Document:
    """A file that was read: `data` is a mapping (empty when it could not be read), `problems` say why."""

    file: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    lines: dict[Place, int] = field(default_factory=dict[Place, int])
    problems: list[Problem] = field(default_factory=list[Problem])

    def line(self, place: Place) -> int:
        """The line of a value, or of the nearest one around it that has a line."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def add(self, place: Place, key: str, **facts: object) -> None:
        self.problems.append(Problem(self.file, self.line(place), say(key, **facts)))

    def add_at(self, line: int, key: str, **facts: object) -> None:
        self.problems.append(Problem(self.file, line, say(key, **facts)))


def read_document(path: Path, shown: str) -> Document:
    """Read one file; whatever is wrong with it stands in `problems`."""
    document = Document(shown)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        document.add_at(0, "no_file")
        return document
    except UnicodeDecodeError:
        document.add_at(0, "not_utf8")
        return document
    except OSError as error:
        document.add_at(0, "unreadable", reason=error.strerror or "")
        return document
    try:
        node = _composed(text)
    except YAMLError as error:
        _say_what_yaml_means(document, error, text)
        return document
    except RecursionError:
        document.add_at(1, "yaml_deep")
        return document
    if node is None:
        document.add_at(1, "empty")
    elif not isinstance(node, MappingNode):
        document.add_at(1, "not_a_page")
    else:
        document.data = _Builder(document).build(node, ())
        if not document.data and not document.problems:
            document.add_at(1, "empty")
    return document


@lru_cache(maxsize=32)
def _composed(text: str) -> Any:
    """The nodes of a text, which nobody changes; a file read again unchanged costs nothing."""
    return YAML(typ="safe", pure=True).compose(io.StringIO(text))


class _Builder:
    """Turns YAML nodes into values and notes their lines."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: set[int] = set()

    def build(self, node: Node, place: Place) -> Any:
        line = cast("int", node.start_mark.line) + 1
        self._document.lines.setdefault(place, line)
        if id(node) in self._seen:
            self._document.add_at(line, "yaml_alias")
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(cast("list[tuple[Node, Node]]", node.value), place)
        if isinstance(node, SequenceNode):
            items = cast("list[Node]", node.value)
            return [self.build(item, (*place, index)) for index, item in enumerate(items)]
        return self._scalar(node, line)

    def _mapping(self, pairs: list[tuple[Node, Node]], place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in pairs:
            line = cast("int", key.start_mark.line) + 1
            if not isinstance(key, ScalarNode):
                self._document.add_at(line, "yaml_key")
                continue
            name = str(key.value)
            if name in values:
                self._document.add_at(line, "duplicate_key", name=name, first=self._document.lines[(*place, name)])
                continue
            self._document.lines[(*place, name)] = line
            values[name] = self.build(value, (*place, name))
        return values

    def _scalar(self, node: Node, line: int) -> Any:
        tag, text = str(node.tag), str(node.value)
        match tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return _whole_number(text)
            case "float":
                return float(text.replace("_", ""))
            case "str" | "timestamp":
                return text
            case _:
                self._document.add_at(line, "yaml_tag")
                return text


def _whole_number(text: str) -> int | str:
    bare = text.replace("_", "")
    try:
        return int(bare)
    except ValueError:
        try:
            return int(bare, 0)
        except ValueError:
            return text


def _say_what_yaml_means(document: Document, error: YAMLError, text: str) -> None:
    """The parser's own words are of no use to the reader; its line is."""
    if not isinstance(error, MarkedYAMLError):
        position = cast("int", getattr(error, "position", 0) or 0)
        document.add_at(text.count("\n", 0, position) + 1, "yaml_sign_inside")
        return
    problem = str(cast("object", error.problem) or "")
    context = str(cast("object", error.context) or "")
    mark: Any = error.problem_mark or error.context_mark
    line = int(mark.line) + 1 if mark is not None else 1
    opened: Any = error.context_mark or mark
    match problem:
        case _ if "'\\t'" in problem:
            document.add_at(line, "yaml_tab")
        case _ if "cannot start any token" in problem:
            document.add_at(line, "yaml_sign", sign=problem.split("'")[1])
        case _ if "mapping values are not allowed" in problem:
            document.add_at(line, "yaml_colon")
        case _ if "quoted scalar" in context:
            document.add_at(int(opened.line) + 1, "yaml_quote")
        case _ if "alias" in problem or "alias" in context or "anchor" in context or "anchor" in problem:
            document.add_at(line, "yaml_alias")
        case _ if "another document" in problem:
            document.add_at(line, "yaml_two_documents")
        case _ if "flow" in context:
            document.add_at(int(opened.line) + 1, "yaml_bracket")
        case _ if "could not find expected ':'" in problem:
            document.add_at(int(opened.line) + 1, "yaml_no_colon")
        case _ if "expected <block end>" in problem or "block" in context:
            document.add_at(line, "yaml_indent")
        case _ if "tag" in context or "tag" in problem:
            document.add_at(line, "yaml_tag")
        case _:
            document.add_at(line, "yaml_other")
