"""From a guide to what stands on the desk: texts with what is new in them, topics with their keys, and transfers.

Pure. Rule kept: the word-level difference is made once per pair of versions and is the same for everybody; ages are not
worked out here, so that the desk changes only when something happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ddh_beredskab.core.guide_template import fixed_lines
from ddh_beredskab.core.playbook import Playbook, Playbooks
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.reports.channels.marked import plain
from ddh_beredskab.web.desk_marked import shown, without_bold
from ddh_beredskab.web.desk_reading import FIRST_MESSAGE, DeskCrisis, Kept, Texts
from ddh_beredskab.web.desk_search import TOPIC
from ddh_beredskab.web.guide_texts import holes, labels
from ddh_beredskab.web.views import View, topic_label
from ddh_beredskab.web.word_diff import FieldChange, Piece, field_changes
from ddh_beredskab.web.words import Words
from schemas.activation import CrisisKind

OTHER = "andet"
"""The topic of what has none."""
LONGEST_NAME = 120
Line = list[tuple[str, str]]
"""(change, words) in reading order."""


def desk_guide(each: DeskCrisis, kept: Kept, playbooks: Playbooks, words: Words) -> View:
    """One crisis: how fresh its guide is, its texts, its topics, and what to do when it cannot answer."""
    doc, version, kind = each.guide, each.version, kind_of(each)
    texts = kept.get((each.crisis, version), {}) if version is not None else {}
    before = kept.get((each.crisis, version - 1)) if version and version > 1 else None
    names = labels(playbooks, kind, words)
    fields = [_field(change, names) for change in field_changes(before, texts) if change.change != "gone"]
    versions: list[Json] = doc.get("versions", [])
    now: Json = next((v for v in versions if v["version"] == version), Json())
    nudged: Json = now.get("nudged") or {}
    deadlines: Json = doc.get("deadlines") or {}
    deadline: Json | None = deadlines.get("guide_update")
    authority: Json = each.situation.get("authority") or {}
    return {
        "crisis": each.crisis,
        "title": each.situation.get("title", ""),
        "authority": authority.get("name", ""),
        "version": version,
        "state": doc.get("state", "none"),
        "released_at": doc.get("released_at"),
        "fresh_at": doc.get("fresh_at"),
        "due_at": deadline["due_at"] if deadline and not doc.get("overdue_since") else None,
        "overdue_since": doc.get("overdue_since"),
        "night": doc.get("night"),
        "recalled": now.get("recalled"),
        "nudged_at": nudged.get("at"),
        "reason": doc.get("reason", "") if before is not None else "",
        "first_before": doc.get("first_message_before") if version is None else None,
        "lines": texts.get(FIRST_MESSAGE, "").splitlines(),
        "fixed": _fixed(playbooks, kind, str(authority.get("name", "")), _local_facts(doc), words),
        "fields": [field for field in fields if not _is_topic(field["key"]) and field["key"] not in _APART],
        "duty_number": texts.get("duty_number", ""),
        "transfers": transfer_names(texts),
        "topics": _topics(playbooks, kind, fields),
        "english": texts.get("english", ""),
    }


_APART = (FIRST_MESSAGE, "duty_number", "english")


def changes_between(each: DeskCrisis, kept: Kept, seen: int, playbooks: Playbooks, words: Words) -> list[View]:
    """What is different from the version somebody has seen to the one in force, word by word; what stayed is left out.

    After the first message all is new, and the guide itself is read.
    """
    version = each.version
    old, new = kept.get((each.crisis, seen)), kept.get((each.crisis, version or 0))
    if version is None or seen >= version or not seen or old is None or new is None:
        return []
    names = labels(playbooks, kind_of(each), words)
    return [_field(change, names) for change in field_changes(old, new) if change.change != "same"]


def kind_of(each: DeskCrisis) -> CrisisKind:
    """The kind of the crisis; its playbook has the topics."""
    return cast("CrisisKind", each.situation.get("kind") or OTHER)


def transfer_names(texts: Mapping[str, str]) -> list[str]:
    """To whom one passes a call on, without number and hours: what is counted."""
    names: list[str] = []
    for line in texts.get("transfer", "").splitlines():
        name = (line.partition(":")[0] if ":" in line else line.partition(",")[0]).strip()[:LONGEST_NAME]
        if name and name not in names:
            names.append(name)
    return names


def topic_keys(playbooks: Playbooks, kind: str) -> list[tuple[str, int | None, str]]:
    """(key, number one presses, label) of the topics of a kind, in the order of the keys 1 to 9, 0, 11 ..."""
    playbook = playbook_of(playbooks, kind)
    topics = [(topic.key, topic.number, topic.label) for topic in playbook.topics] if playbook else []
    topics.sort(key=lambda topic: topic[1] or 10)
    if all(key != OTHER for key, _, _ in topics):
        topics.append((OTHER, 0, topic_label(playbooks, kind, OTHER)))
    return [*topics]


def playbook_of(playbooks: Playbooks, kind: str) -> Playbook | None:
    """The playbook of a kind, when there is one."""
    return next((playbook for name, playbook in playbooks.kinds.items() if name == kind), None)


def _is_topic(key: str) -> bool:
    return key.startswith("by_topic.")


def _topics(playbooks: Playbooks, kind: str, fields: list[View]) -> list[View]:
    """Every topic with its key; the answer where the guide has one. A topic only the guide knows comes last."""
    answers = {field["key"].removeprefix("by_topic."): field for field in fields if _is_topic(field["key"])}
    known = topic_keys(playbooks, kind)
    others = [(key, None, topic_label(playbooks, kind, key)) for key in answers if key not in {k for k, _, _ in known}]
    return [
        {"key": key, "number": number, "label": label, "answer": answers.get(key)}
        for key, number, label in known + others
    ]


def _local_facts(doc: Json) -> dict[str, str]:
    """What the authority has filled in once for all places, the press' number among it."""
    content: Json = doc.get("content") or {}
    found: dict[str, str] = content.get("variables") or {}
    return found


def _fixed(playbooks: Playbooks, kind: str, authority: str, facts: Mapping[str, str], words: Words) -> list[str]:
    """112, the press, citizens from elsewhere; what nobody has filled in is said to be unknown."""
    playbook = playbook_of(playbooks, kind)
    if playbook is None:
        return []
    known = {"kommune": authority} if authority and "kommune" in playbook.variables else {}
    lines = [_said(playbooks, line, words) for line in fixed_lines(playbooks.texts, playbook, known | dict(facts))]
    return [line for line in lines if line != words.t("site.life")]  # that one stands on top of the page


def _said(playbooks: Playbooks, line: str, words: Words) -> str:
    for hole in holes(playbooks.texts, line):
        line = line.replace(hole, words.t("desk.no_number" if "nummer" in hole else "desk.not_given"))
    return line


def _field(change: FieldChange, names: Mapping[str, str]) -> View:
    return {
        "key": change.key,
        "anchor": change.key.replace(".", "-").replace("_", "-"),
        "label": names.get(change.key, change.key.removeprefix("by_topic.").replace("-", " ")),
        "change": change.change,
        "pieces": [(piece.change, without_bold(piece.text)) for piece in change.pieces],
        "html": shown(change.pieces),
        "lines": in_lines(change.pieces),
        "list": change.key in ("does_not_answer", "transfer"),
    }


def in_lines(pieces: tuple[Piece, ...]) -> list[Line]:
    """The text as it stands now, line by line, each in its pieces; what went is left out."""
    lines: list[Line] = [[]]
    for piece in pieces:
        if piece.change == "gone":
            continue
        first, *rest = piece.text.split("\n")
        if first:
            lines[-1].append((piece.change, first))
        lines += [[(piece.change, more)] if more else [] for more in rest]
    return [line for line in lines if any(text.strip() for _, text in line)]


def found_in(view: View) -> list[tuple[str, str, str]]:
    """(anchor, heading, text) of everything on the desk that one can look for."""
    crisis = view["crisis"]
    blocks = [(f"{crisis}-{field['anchor']}", field["label"], _plain(field)) for field in view["fields"]]
    blocks += [
        (f"{crisis}{TOPIC}{topic['key']}", topic["label"], _plain(topic["answer"]))
        for topic in view["topics"]
        if topic["answer"]
    ]
    blocks += [(f"{crisis}-faste", "", line) for line in view["fixed"]]
    blocks += [(f"{crisis}-foerste", "", line) for line in view["lines"]]
    return blocks


def _plain(field: Any) -> str:
    return plain("\n".join("".join(text for _, text in line) for line in field["lines"]))


__all__ = ["OTHER", "Texts", "changes_between", "desk_guide", "found_in", "kind_of", "topic_keys", "transfer_names"]
