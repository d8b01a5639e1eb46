"""Whether a guide's text can be read aloud and understood at once: LIX, long sentences, jargon, links, two values.

Pure. Rule kept: advice, never a block; each piece names its field and what it is about, and the words for it stand in
the catalogue. What is looked for stands in `playbooks/plain_danish.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Literal

from ddh_beredskab.core.playbook import PlainDanish

Kind = Literal["lix", "long_sentence", "jargon", "link_not_https", "link_broken", "two_values", "changed_value"]

_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_LONG_WORD = 6
_DOT = "\N{ONE DOT LEADER}"
_END = re.compile(r"[.!?:]+(?=\s|$)|\n+")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)|((?:https?|htt?ps?)[:/]{1,3}\S+|www\.\S+)", re.IGNORECASE)
_HOST = re.compile(r"^(?:[a-z0-9æøå](?:[a-z0-9æøå-]*[a-z0-9æøå])?\.)+[a-z]{2,}(?::\d+)?$", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\d.,])(?:\+45 ?)?(\d{2}) ?(\d{2}) ?(\d{2}) ?(\d{2})(?![\d])")
_TIME = re.compile(r"\b(?:kl\.?|klokken) ?(\d{1,2})(?:[.:](\d{2}))?(?: ?[-–] ?(\d{1,2})(?:[.:](\d{2}))?)?(?!\d)", re.I)


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that could be said more plainly, or that does not hold together."""

    kind: Kind
    field: str
    facts: Mapping[str, str] = made(default_factory=dict[str, str])


def advice(rules: PlainDanish, texts: Mapping[str, str], in_force: Mapping[str, str] | None = None) -> list[Advice]:
    """Everything to say about a guide's texts, field by field, then what they say of one thing in two ways."""
    found: list[Advice] = []
    for name, text in texts.items():
        if name != "english":
            found += _readable(rules, name, text)
        found += _links(name, text)
    return [*found, *_contradictions(rules, texts, in_force or {})]


# -- one text -------------------------------------------------------------------------------------


def sentences(rules: PlainDanish, text: str) -> list[str]:
    """The sentences of a text; a full stop in an abbreviation, a number or an address ends none."""
    for short in rules.abbreviations:
        text = re.sub(rf"(?<!\w){re.escape(short)}", short.replace(".", _DOT), text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=\d)\.(?= ?[a-zæøå\d])", _DOT, text)
    return [each.replace(_DOT, ".").strip() for each in _END.split(text) if _WORD.search(each)]


def lix(rules: PlainDanish, text: str) -> int | None:
    """Words a sentence, and the share of words longer than six letters; null for a text that is too short for it."""
    words = _WORD.findall(text)
    if len(words) < rules.lix_least_words:
        return None
    long = sum(len(word) > _LONG_WORD for word in words)
    return round(len(words) / len(sentences(rules, text)) + 100 * long / len(words))


def _readable(rules: PlainDanish, name: str, text: str) -> Iterator[Advice]:
    prose = _LINK.sub(lambda match: match[1] or "", text)
    number = lix(rules, prose)
    if number is not None and number > rules.lix_most:
        yield Advice("lix", name, {"lix": str(number), "most": str(rules.lix_most)})
    for each in sentences(rules, prose):
        if (length := len(_WORD.findall(each))) > rules.sentence_words_most:
            yield Advice("long_sentence", name, {"words": str(length), "begins": _begin(each)})
    for jargon in rules.jargon:
        stem, star = jargon.word.rstrip("*"), jargon.word.endswith("*")
        pattern = rf"(?<!\w){re.escape(stem)}" + (r"\w*" if star else r"(?!\w)")
        if match := re.search(pattern, prose, re.IGNORECASE if stem != stem.upper() else 0):
            yield Advice("jargon", name, {"word": match[0], "instead": jargon.instead})


def _begin(text: str) -> str:
    words = text.split()
    return " ".join(words[:5]) + (" ..." if len(words) > 5 else "")


def _links(name: str, text: str) -> Iterator[Advice]:
    for match in _LINK.finditer(text):
        address = (match[2] if match[3] is None else match[3].rstrip(".,;:!?)")).strip()
        scheme, _, rest = address.partition("://")
        if scheme.lower() in ("tel", "mailto") or address.lower().startswith(("tel:", "mailto:")):
            continue
        host = re.split(r"[/?#]", rest)[0]
        if scheme.lower() == "http" and _HOST.match(host):
            yield Advice("link_not_https", name, {"link": address})
        elif scheme.lower() != "https" or not _HOST.match(host) or re.search(r"\s", address):
            yield Advice("link_broken", name, {"link": address or match[0]})


# -- one thing, two values ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A value the text gives for a thing."""

    thing: str
    label: str
    value: str
    field: str


def values_in(rules: PlainDanish, texts: Mapping[str, str]) -> list[Said]:
    """What the texts say of things that should have one value: measures, phone numbers, times."""
    return [
        said
        for name, text in texts.items()
        for each in sentences(rules, text.replace(", kl.", " kl."))
        for said in (*_measures(rules, name, each), *_numbered(rules, name, each))
    ]


def _contradictions(rules: PlainDanish, texts: Mapping[str, str], in_force: Mapping[str, str]) -> Iterator[Advice]:
    now, before = _by_thing(values_in(rules, texts)), _by_thing(values_in(rules, in_force))
    for thing, said in now.items():
        values = list(dict.fromkeys(each.value for each in said))
        old = list(dict.fromkeys(each.value for each in before.get(thing, [])))
        first = said[0]
        if len(values) > 1:
            other = next(each for each in said if each.value != first.value)
            facts = {"thing": first.label, "one": first.value, "other": other.value, "other_field": other.field}
            yield Advice("two_values", first.field, facts)
        elif old and not set(old) & set(values):
            yield Advice("changed_value", first.field, {"thing": first.label, "now": values[0], "before": old[0]})


def _by_thing(said: list[Said]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for each in said:
        found.setdefault(each.thing, []).append(each)
    return found


def _measures(rules: PlainDanish, name: str, text: str) -> Iterator[Said]:
    low = text.lower()
    words = set(_WORD.findall(low))
    for thing in rules.things:
        if not words & {word.lower() for word in thing.words}:
            continue
        units = "|".join(re.escape(unit) for unit in sorted(thing.units, key=len, reverse=True))
        for match in re.finditer(rf"(?<![\d.,])(\d+(?:[.,]\d+)?) ?(?:{units})(?!\w)", low):
            yield Said(thing.key, thing.label, _number(match), name)


def _number(match: re.Match[str]) -> str:
    """As it stands; "1 minut" and "1 minutes" are one value, since only the number counts between units of a kind."""
    return match[1].replace(",", ".")


def _numbered(rules: PlainDanish, name: str, text: str) -> Iterator[Said]:
    """Phone numbers and times, by the last word before them that says what they are."""
    for match in _PHONE.finditer(text):
        if word := _subject(rules, text[: match.start()]):
            yield Said(f"phone:{word.lower()}", word, " ".join(match.groups()), name)
    for match in _TIME.finditer(text):
        if word := _subject(rules, text[: match.start()]):
            yield Said(f"time:{_stem(word)}", word, _clock(match), name)


def _subject(rules: PlainDanish, before: str) -> str:
    empty = set(rules.empty_words.split())
    words = [word for word in _WORD.findall(re.sub(r"\([^)]*\)", "", before)) if word.lower() not in empty]
    return words[-1] if words else ""


def _stem(word: str) -> str:
    """Enough of a word to know it by: opdateres, opdatering and opdaterer are one."""
    return re.sub(r"(eringen|ering|erne|ende|inger|ingen|ing|eres|erer|ede|ene|er|en|et|es|s|e)$", "", word.lower())


def _clock(match: re.Match[str]) -> str:
    spoken = f"{int(match[1])}.{match[2] or '00'}"
    return spoken if match[3] is None else f"{spoken}-{int(match[3])}.{match[4] or '00'}"
