"""A playbook's guide and first message, prefilled: what stands ready before anybody has written a word.

The rule kept here: a variable nobody has filled in stays visible as such (`[toppunkt: udfyldes]`), so that
no gap can pass as an answer; the values are the authority's, the sentences are the playbook's.
"""

import re
from collections.abc import Mapping

from ddh_beredskab.core.playbook import Playbook, Texts
from ddh_beredskab.core.wording import sentence
from schemas.guides import GuideContent

VARIABLE = re.compile(r"\{([a-zæøå][a-zæøå0-9_]*)\}(\.(?!\w))?")


def variables_in(text: str) -> frozenset[str]:
    """The variables a text uses."""
    return frozenset(match[1] for match in VARIABLE.finditer(text))


def filled(texts: Texts, text: str, values: Mapping[str, str]) -> str:
    """The text with its variables; one without a value stays visible, and no full stop is doubled."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1], "").strip()
        written = found or texts.forms.to_fill_in.format(name=match[1])
        stop = match[2] or ""
        return written if stop and written.endswith((".", "?", "!")) else written + stop

    return VARIABLE.sub(value, text).strip()


def first_message(texts: Texts, playbook: Playbook, values: Mapping[str, str]) -> tuple[str, ...]:
    """The lines of the førstebesked as they can be released at once."""
    known = {**playbook.defaults(), **values}
    return tuple(filled(texts, line, known) for line in playbook.first_message)


def guide_content(texts: Texts, playbook: Playbook, values: Mapping[str, str]) -> GuideContent:
    """The guide as the authority meets it, with an answer for every topic that has one."""
    known, guide = {**playbook.defaults(), **values}, playbook.guide
    urgent = next((transfer for transfer in guide.transfers if transfer.urgent), None)
    return GuideContent(
        answers={question: filled(texts, answer, known) for question, answer in guide.answers.items()},
        does_not_answer=tuple(filled(texts, line, known) for line in guide.does_not_answer),
        transfer=tuple(
            filled(texts, sentence(texts, texts.parts["transfer"], transfer), known) for transfer in guide.transfers
        ),
        duty_number=filled(texts, urgent.number, known) if urgent and _is_known(urgent.number, known) else "",
        by_topic={topic.key: filled(texts, topic.answer, known) for topic in playbook.topics if topic.answer},
        english=filled(texts, guide.english, known) if guide.english else "",
    )


def fixed_lines(texts: Texts, playbook: Playbook, values: Mapping[str, str]) -> tuple[str, ...]:
    """What stands on every desk beside the guide, whatever version is in force."""
    known = {**playbook.defaults(), **values}
    return tuple(filled(texts, line, known) for line in playbook.guide.fixed_lines)


def _is_known(text: str, values: Mapping[str, str]) -> bool:
    """A number nobody has filled in is no number: the guide then warns that it is missing."""
    return all(values.get(name, "").strip() for name in variables_in(text))
