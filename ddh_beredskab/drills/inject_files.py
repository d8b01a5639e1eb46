"""injects.yaml beside a recording: what can reach the participants, made for that recording.

Rule kept: an inject lies within its recording, asks about topics its playbook knows, and comes once; a file with a
mistake is not used, and the mistake is told with its line. A recording without the file has no injects of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.exercises import check_injects
from ddh_beredskab.drills.plan import Inject
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.playbooks.files import Document, read_document
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.playbooks.validation import did_you_mean, validated
from schemas.drill_files import InjectFile

FILE = "injects.yaml"


def read_injects(recording: Recording, playbooks: Playbooks) -> tuple[Document | None, tuple[Inject, ...]]:
    """The file with what is wrong with it; null when there is none."""
    path = recording.folder / FILE
    if not path.is_file():
        return None, ()
    document = read_document(path, f"{recording.folder.name}/{FILE}")
    found = validated(document, InjectFile) if document.data else None
    if found is None:
        return document, ()
    check_injects(document, ("injects",), found.injects)
    topics = [topic.key for topic in playbooks.kinds[recording.kind].topics]
    for index, each in enumerate(found.injects):
        _check(document, index, each, recording, topics)
    return document, found.injects


def load_injects(recording: Recording, playbooks: Playbooks) -> tuple[Inject, ...]:
    """The recording's own injects. Raises `PlaybookError` with every mistake and its line."""
    document, found = read_injects(recording, playbooks)
    if document is not None and document.problems:
        raise PlaybookError(document.problems)
    return found


def check_drills(folder: Path, recordings: Collection[Recording], playbooks: Playbooks) -> None:
    """For `playbook check`: every file of injects. Raises `PlaybookError`."""
    read = [document for each in recordings if (document := read_injects(each, playbooks)[0]) is not None]
    if problems := [problem for document in read for problem in document.problems]:
        raise PlaybookError(problems)


def _check(document: Document, index: int, each: Inject, recording: Recording, topics: list[str]) -> None:
    if each.at is not None and not recording.starts_at <= each.at <= recording.ends_at:
        document.add(
            ("injects", index, "at"), "inject_outside", name=each.key,
            begins=recording.starts_at.isoformat(), ends=recording.ends_at.isoformat(),
        )  # fmt: skip
    if each.crisis > recording.crises:
        document.add(("injects", index, "crisis"), "inject_crisis", name=each.key, crises=recording.crises)
    if each.questions is not None and each.questions.topic not in topics:
        topic = each.questions.topic
        document.add(("injects", index, "questions", "topic"), "unknown_key", name=topic,
                     hint=did_you_mean(topic, topics))  # fmt: skip
