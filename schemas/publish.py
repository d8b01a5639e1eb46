"""Writes `schemas/published/`: what others may build on. `python -m schemas.publish [--check] [--break]`.

    published/<name>.v1.json              the data of a message, private fields marked `x-ddh-private`
    published/messages/<name>.v1.json     the whole message as it stands on a topic (self-contained)
    published/messages/<name>.clear.v1.json   the same in clear, on the topics for outside readers
    published/envelope, feedback_envelope, drill-summary, drill-evaluation, feedback-report (.v1.json), asyncapi.json
    published/recording, injects (.v1.json)  the files a drill is made of

The rule: a change that would break a stored message or a reader is refused; it needs a new version and an upcaster.
Files of earlier versions are never touched again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from schemas.async_api import FOR_OUTSIDE, TOLD, document, message_file
from schemas.base import Envelope
from schemas.catalog import CATALOG
from schemas.compatibility import breaks
from schemas.drill_evaluation import DrillEvaluation
from schemas.drill_files import inject_schema, recording_schema
from schemas.drill_summary import DrillSummary
from schemas.feedback import FeedbackEnvelope
from schemas.feedback_report import FeedbackReport
from schemas.guide_feed import PublicGuide, PublicGuides
from schemas.json_schemas import Schema, data_schema, message_schema, model_schema

PUBLISHED = Path(__file__).parent / "published"
ASYNC_API = "asyncapi.json"


def documents() -> dict[str, Schema]:
    """File name -> document, of everything that is published now."""
    made: dict[str, Schema] = {
        "envelope.v1.json": model_schema(Envelope, "dk.ddh.beredskab:envelope.v1"),
        "feedback_envelope.v1.json": model_schema(FeedbackEnvelope, "dk.ddh.beredskab:feedback_envelope.v1"),
        "drill-summary.v1.json": model_schema(DrillSummary, "dk.ddh.beredskab:drill-summary.v1", always=True),
        "drill-evaluation.v1.json": model_schema(DrillEvaluation, "dk.ddh.beredskab:drill-evaluation.v1", always=True),
        "feedback-report.v1.json": model_schema(FeedbackReport, "dk.ddh.beredskab:feedback-report.v1", always=True),
        "public_guide.v1.json": model_schema(PublicGuide, "dk.ddh.beredskab:public_guide.v1", always=True),
        "public_guides.v1.json": model_schema(PublicGuides, "dk.ddh.beredskab:public_guides.v1", always=True),
        "recording.v1.json": recording_schema(),
        "injects.v1.json": inject_schema(),
        ASYNC_API: document(),
    }
    for message in CATALOG.values():
        made[f"{message.short_name()}.v{message.schema_version}.json"] = data_schema(message)
        made[message_file(message)] = message_schema(message)
    for message in (each for topic in FOR_OUTSIDE.values() for each in topic):
        made[message_file(message, clear=True)] = message_schema(message, clear=True, told=TOLD.get(message))
    return dict(sorted(made.items()))


def text_of(schema: Schema) -> str:
    """How a document is written."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def published(folder: Path = PUBLISHED) -> dict[str, Any]:
    """What is published already."""
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }


def incompatible(new: dict[str, Schema], old: dict[str, Any]) -> list[str]:
    """Every break of what is published, as `file: place: what`."""
    found: list[str] = []
    for file, schema in old.items():
        if file == ASYNC_API:
            continue
        if file not in new:
            if not _is_earlier_version(file, new):
                found.append(f"{file}: is not made any more")
        else:
            found += [f"{file}: {each}" for each in breaks(schema, new[file])]
    return found


def _is_earlier_version(file: str, new: dict[str, Schema]) -> bool:
    """Whether a later version of the same message is published: then this one stays for stored messages."""
    name, _, version = file.removesuffix(".json").rpartition(".v")
    return any(
        other.startswith(f"{name}.v") and int(other.removesuffix(".json").rpartition(".v")[2]) > int(version)
        for other in new
        if other != ASYNC_API
    )


def differing(new: dict[str, Schema], folder: Path = PUBLISHED) -> list[str]:
    """Files that are not as they would be written."""
    return [
        file
        for file, schema in new.items()
        if not (path := folder / file).exists() or path.read_text(encoding="utf-8") != text_of(schema)
    ]


def main(arguments: list[str], folder: Path = PUBLISHED) -> int:
    """Write or check; the exit code."""
    new = documents()
    wrong = incompatible(new, published(folder)) if folder.is_dir() else []
    if "--check" in arguments:
        wrong += [f"{file}: differs; run python -m schemas.publish" for file in differing(new, folder)]
    if wrong and "--break" not in arguments:
        sys.stderr.write("\n".join([*wrong, ""]))
        if "--check" not in arguments:
            sys.stderr.write("Nothing written. Make a new version with an upcaster, or say --break before a release.\n")
        return 1
    if "--check" in arguments:
        return 0
    if "--break" in arguments:
        for file in set(published(folder)) - set(new):
            (folder / file).unlink()
    for file in differing(new, folder):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(new[file]), encoding="utf-8")
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
