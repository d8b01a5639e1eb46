"""Makes the `questions.csv` of drills: citizens' questions in bursts, the same ones every time.

Run: `python tools/make_questions.py [NAME ...]`; without a name, all that have sentences. Shifts, guide versions and
what each version answers are read from the recording beside the file; sentences and bursts stand in
`tools/questions/NAME.yaml`. All persons, numbers, mails and addresses are invented; some stand in the texts on
purpose, since they must be struck out at the door.
"""

from __future__ import annotations

import csv
import random
import re
import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ddh_beredskab.drills.lined_yaml import read_lined
from ddh_beredskab.drills.questions import COLUMNS, CRISIS

ROOT = Path(__file__).resolve().parent.parent
DRILLS = ROOT / "playbooks" / "drills"
SENTENCES = Path(__file__).with_name("questions")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SENTENCE_START = re.compile(r"(?:^|[.?!] )[a-zæøå]")
SLOT = re.compile(r"\{([a-zæøå_]+)\}")


@dataclass(frozen=True)
class Question:
    """One question as asked, before it gets its number."""

    time: datetime
    registered_at: datetime
    topic: str
    municipality: str
    answered: str
    resolution: str
    transferred_to: str
    guide_version: int | None
    agent: str
    text: str
    crisis: int = 1


@dataclass(frozen=True)
class Version:
    """A guide version: from when it is in force, and the topics it answers."""

    number: int
    at: datetime
    topics: frozenset[str]


class Surroundings:
    """What the recording says: who is on shift when, and which version is in force."""

    def __init__(self, inputs: Sequence[Mapping[str, Any]], first_message: Sequence[str], crisis: int = 1) -> None:
        """Of one crisis; `first_message`: the topics that the first message answers."""
        self.versions: list[Version] = []
        self._shifts: list[tuple[datetime, tuple[str, ...]]] = []
        drafts: list[frozenset[str]] = []
        on_shift: list[str] = []
        for each in inputs:
            at, do = datetime.fromisoformat(each["at"]), each["do"]
            if each.get("crisis", 1) != crisis and do not in ("on_shift", "off_shift"):
                continue
            data: dict[str, Any] = each.get("with") or {}
            match do:
                case "on_shift":
                    on_shift = [*on_shift, *_agents(data["agents"])]
                    self._shifts.append((at, tuple(on_shift)))
                case "off_shift":
                    gone = on_shift if data["agents"] == "all" else _agents(data["agents"])
                    on_shift = [agent for agent in on_shift if agent not in gone]
                    self._shifts.append((at, tuple(on_shift)))
                case "write_guide_draft":
                    by_topic: dict[str, str] = data["content"].get("by_topic") or {}
                    drafts.append(frozenset(by_topic))
                case "release_first_message":
                    self.versions.append(Version(0, at, frozenset(first_message)))
                case "release_guide" | "release_guide_alone":
                    number = 1 + sum(version.number > 0 for version in self.versions)
                    self.versions.append(Version(number, at, drafts[int(data["draft"]) - 1]))
                case _:
                    pass

    def version_at(self, at: datetime) -> Version | None:
        place = bisect_right([version.at for version in self.versions], at)
        return self.versions[place - 1] if place else None

    def on_shift_at(self, at: datetime) -> tuple[str, ...]:
        place = bisect_right([since for since, _ in self._shifts], at)
        return self._shifts[place - 1][1] if place else ()


def main() -> None:
    """Write the files anew."""
    for name in sys.argv[1:] or sorted(each.stem for each in SENTENCES.glob("*.yaml")):
        rows = maker(name).rows()
        with (DRILLS / name / "questions.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            more = len(rows[0]) > len(COLUMNS)
            writer.writerow((*COLUMNS, CRISIS) if more else COLUMNS)
            writer.writerows(rows)
        unique = len({row[0] for row in rows})
        sys.stdout.write(f"{name}: {len(rows)} registreringer, {unique} spørgsmål\n")


def maker(name: str) -> Maker:
    """The maker of one drill's questions."""
    recording = read_lined((DRILLS / name / "recording.yaml").read_text(encoding="utf-8")).data
    sentences = read_lined((SENTENCES / f"{name}.yaml").read_text(encoding="utf-8")).data
    crises = max(each.get("crisis", 1) for each in recording["inputs"])
    around = [Surroundings(recording["inputs"], sentences["first_message"], n) for n in range(1, crises + 1)]
    return Maker(f"{name}, udgave 1", around, sentences)


class Maker:
    """Draws the questions; every draw comes from one seeded source, in one order."""

    def __init__(self, seed: str, around: Sequence[Surroundings], sentences: Mapping[str, Any]) -> None:
        self._chance = random.Random(seed)
        # Words are drawn from a source of their own: a changed sentence changes no count, and so no decision.
        self._words = random.Random(f"{seed}, ord")
        self._around = around
        self._bursts = [_Burst(each) for each in sentences["bursts"]]
        self._texts: dict[tuple[str, str], list[str]] = {}
        for topic, lines in sentences["questions"].items():
            for phases, text in (line.split("|", 1) for line in lines):
                for phase in phases.strip().split():
                    self._texts.setdefault((topic, phase), []).append(text.strip())
        self._slots: dict[str, list[str]] = sentences["slots"]
        self._before: list[str] = sentences["before"]
        self._after: list[str] = sentences["after"]
        self._planted: list[dict[str, Any]] = sentences["planted"]
        self._urgent: list[dict[str, Any]] = sentences["urgent"]
        self._transfers: dict[str, str] = sentences["transfers"]
        self._late, self._twice = sentences["late"], sentences["twice"]
        self._from: dict[str, int] = sentences["municipalities"]
        self._used: dict[str, int] = {}

    def rows(self) -> list[tuple[str, ...]]:
        questions = [question for burst in self._bursts for question in self._burst(burst)]
        questions += [self._fixed(each) for each in (*self._planted, *self._urgent)]
        questions = self._with_late(sorted(questions, key=lambda each: (each.time, each.topic, each.text)))
        named = [(f"q{number:04d}", question) for number, question in enumerate(questions, start=1)]
        named += self._again(named)
        named.sort(key=lambda each: (each[1].registered_at, each[0]))
        more = len(self._around) > 1
        return [(*_row(name, each), *((str(each.crisis),) if more else ())) for name, each in named]

    # -- one burst ----------------------------------------------------------------------------------

    def _burst(self, burst: _Burst) -> list[Question]:
        length = (burst.end - burst.start).total_seconds()
        seconds = sorted(int(self._chance.betavariate(*burst.shape) * length) for _ in range(burst.count))
        # The edges are fixed, so that the burst fills its stretch and nothing lies outside it.
        seconds[0], seconds[-1] = 0, int(length)
        topics, weights = list(burst.topics), list(burst.topics.values())
        drawn = self._chance.choices(topics, weights, k=burst.count)
        return [
            self._ask(burst.start + timedelta(seconds=second), topic, burst.phase, burst.crisis)
            for second, topic in zip(seconds, drawn, strict=True)
        ]

    def _ask(self, at: datetime, topic: str, phase: str, crisis: int) -> Question:
        answered, resolution, to = self._answer(at, topic, crisis)
        return self._question(at, topic, answered, resolution, to, self._text(topic, phase), crisis)

    def _fixed(self, each: Mapping[str, Any]) -> Question:
        at, topic, crisis = datetime.fromisoformat(each["at"]), each["topic"], each.get("crisis", 1)
        answered, resolution, to = self._answer(at, topic, crisis)
        if "resolution" in each:
            answered, resolution, to = "partly", each["resolution"], self._transfers["akut"]
        return self._question(at, topic, answered, resolution, to, each["text"], crisis)

    def _question(
        self, at: datetime, topic: str, answered: str, resolution: str, to: str, text: str, crisis: int
    ) -> Question:
        around = self._around[crisis - 1]
        version = around.version_at(at)
        return Question(
            time=at,
            registered_at=at,
            topic=topic,
            municipality=self._chance.choices(list(self._from), list(self._from.values()))[0],
            answered=answered,
            resolution=resolution,
            transferred_to=to,
            guide_version=None if version is None else version.number,
            agent=self._chance.choice(around.on_shift_at(at)),
            text=text,
            crisis=crisis,
        )

    def _answer(self, at: datetime, topic: str, crisis: int) -> tuple[str, str, str]:
        """A version that answers the topic makes most answers a yes; before there is a guide, agents do their best."""
        version = self._around[crisis - 1].version_at(at)
        if topic == "presse":
            return "yes", "transferred", self._transfers["presse"]
        if version is None:
            weights = (35, 40, 25)
        elif topic in version.topics:
            weights = (86, 11, 3) if version.number else (45, 40, 15)
        else:
            weights = (22, 34, 44) if version.number < 2 else (36, 32, 32)
        answered = self._chance.choices(("yes", "partly", "no"), weights)[0]
        moved = {"yes": 0.02, "partly": 0.12, "no": 0.3}[answered]
        if self._chance.random() >= moved:
            return answered, "resolved", ""
        return answered, "transferred", self._transfers.get(topic, self._transfers["andet"])

    # -- words --------------------------------------------------------------------------------------

    def _text(self, topic: str, phase: str) -> str:
        choices = self._texts[topic, phase]
        fewest = min(self._used.get(text, 0) for text in choices)
        pattern = self._words.choice([text for text in choices if self._used.get(text, 0) <= fewest + 1])
        self._used[pattern] = self._used.get(pattern, 0) + 1
        core = SLOT.sub(lambda found: self._words.choice(self._slots[found[1]]), pattern)
        core = SENTENCE_START.sub(lambda found: found[0].upper(), core)
        before = self._words.choice(self._before) if self._words.random() < 0.3 else ""
        after = self._words.choice(self._after) if self._words.random() < 0.3 else ""
        after = SLOT.sub(lambda found: self._words.choice(self._slots[found[1]]), after)
        return f"{before}{core}{after}"

    # -- late and twice -------------------------------------------------------------------------------

    def _with_late(self, questions: list[Question]) -> list[Question]:
        """Some were written on paper and typed in later, in a stretch when there was time."""
        late = {
            place: self._later(each["typed_from"], each["typed_to"])
            for each in self._late
            for place in self._pick(questions, each["asked_from"], each["asked_to"], each["count"])
        }
        return [
            replace(each, registered_at=max(late[place], each.time)) if place in late else each
            for place, each in enumerate(questions)
        ]

    def _pick(self, questions: list[Question], from_: str, to: str, count: int) -> list[int]:
        start, end = datetime.fromisoformat(from_), datetime.fromisoformat(to)
        among = [
            place
            for place, each in enumerate(questions)
            if start <= each.time <= end and each.resolution != "urgent_transfer"
        ]
        return sorted(self._chance.sample(among, count))

    def _later(self, from_: str, to: str) -> datetime:
        start, end = datetime.fromisoformat(from_), datetime.fromisoformat(to)
        return start + timedelta(seconds=self._chance.randint(0, int((end - start).total_seconds())))

    def _again(self, named: list[tuple[str, Question]]) -> list[tuple[str, Question]]:
        """Pressed twice, or sent again when the line came back: the same question with a later registration."""
        burst_ends = [burst.end for burst in self._bursts]
        candidates: list[tuple[str, Question]] = []
        for name, question in named:
            end = next((end for end in burst_ends if question.registered_at <= end), None)
            if end is not None and question.registered_at + timedelta(seconds=100) <= end:
                candidates.append((name, question))
        return [
            (name, replace(each, registered_at=each.registered_at + timedelta(seconds=self._chance.randint(1, 90))))
            for name, each in self._chance.sample(candidates, self._twice)
        ]


class _Burst:
    """A stretch in which people call: from, to, how many, in which phase, about what."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.start = datetime.fromisoformat(raw["from"])
        self.end = datetime.fromisoformat(raw["to"])
        self.count: int = raw["count"]
        self.phase: str = raw["phase"]
        self.crisis: int = raw.get("crisis", 1)
        self.topics: dict[str, int] = raw["topics"]
        self.shape: tuple[float, float] = tuple(raw.get("shape", (1.0, 1.0)))


def _agents(value: Any) -> list[str]:
    found: list[str] = []
    for each in [value] if isinstance(value, str) else value:
        first, _, last = each.partition("..")
        numbers = range(int(first[-3:]), int((last or first)[-3:]) + 1)
        found += [f"agent-{number:03d}" for number in numbers]
    return found


def _row(name: str, question: Question) -> tuple[str, ...]:
    return (
        name,
        _local(question.registered_at),
        _local(question.time),
        question.topic,
        question.municipality,
        question.answered,
        question.resolution,
        question.transferred_to,
        "" if question.guide_version is None else str(question.guide_version),
        question.agent,
        question.text,
    )


def _local(at: datetime) -> str:
    return at.astimezone(COPENHAGEN).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
