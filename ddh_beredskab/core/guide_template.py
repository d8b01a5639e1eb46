"""A playbook's guide and first message, prefilled: what stands ready before anybody has written a word.

The rule kept here: a variable nobody has filled in stays visible as such (`[toppunkt: udfyldes]`), so that
no gap can pass as an answer; the values are the authority's, the sentences are the playbook's.
"""

import re
from collections.abc import Callable, Mapping

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
    known = {**playbook.defaults(), **values}
    return _mapped(guide_raw(texts, playbook), lambda field, text: _filled_field(texts, field, text, known))


def guide_raw(texts: Texts, playbook: Playbook) -> GuideContent:
    """The guide of the playbook with its variables still in it, to be written on."""
    guide = playbook.guide
    urgent = next((transfer for transfer in guide.transfers if transfer.urgent), None)
    return GuideContent(
        answers={question: answer.strip() for question, answer in guide.answers.items()},
        does_not_answer=tuple(line.strip() for line in guide.does_not_answer),
        transfer=tuple(sentence(texts, texts.parts["transfer"], transfer).strip() for transfer in guide.transfers),
        duty_number=urgent.number if urgent else "",
        by_topic={topic.key: topic.answer.strip() for topic in playbook.topics if topic.answer},
        english=guide.english.strip() if guide.english else "",
    )


def resolved(texts: Texts, raw: GuideContent, values: Mapping[str, str]) -> GuideContent:
    """What was written with its variables put in; the text they stand in and their values are kept to write on from."""
    template: dict[str, str] = {}

    def put_in(field: str, text: str) -> str:
        if not variables_in(text):
            return text
        template[field] = text
        return _filled_field(texts, field, text, values)

    plain = _mapped(raw, put_in)
    for field, lines in (("does_not_answer", raw.does_not_answer), ("transfer", raw.transfer)):
        if field in template:
            template[field] = "\n".join(lines)
    known = {name: value.strip() for name, value in values.items() if value.strip()}
    return plain.model_copy(update={"variables": known, "template": template})


def raw_again(texts: Texts, content: GuideContent) -> GuideContent:
    """What was resolved, as it was written; a text that somebody has changed since stands as it is.

    A place that still waits (`[toppunkt: udfyldes]`) is a variable again.
    """
    before, _, after = texts.forms.to_fill_in.partition("{name}")
    holes = re.compile(f"{re.escape(before)}([a-zæøå][a-zæøå0-9_]*){re.escape(after)}")
    whole = {
        "does_not_answer": "\n".join(content.does_not_answer),
        "transfer": "\n".join(content.transfer),
    }

    def again(field: str, text: str) -> str:
        written = content.template.get(field)
        same = written is not None and _filled_field(texts, field, written, content.variables) == text
        return written if written is not None and same else holes.sub(r"{\1}", text)

    def lines(field: str) -> tuple[str, ...]:
        return tuple(line for line in again(field, whole[field]).split("\n") if line)

    listed = {"does_not_answer": lines("does_not_answer"), "transfer": lines("transfer")}
    return _mapped(content, again).model_copy(update={**listed, "variables": {}, "template": {}})


def _mapped(content: GuideContent, change: Callable[[str, str], str]) -> GuideContent:
    """The content with every text changed; the field is named as in `template`, each line of a list by the list."""
    return content.model_copy(
        update={
            "answers": {key: change(f"answers.{key}", text) for key, text in content.answers.items()},
            "does_not_answer": tuple(change("does_not_answer", line) for line in content.does_not_answer),
            "transfer": tuple(change("transfer", line) for line in content.transfer),
            "duty_number": change("duty_number", content.duty_number),
            "by_topic": {key: change(f"by_topic.{key}", text) for key, text in content.by_topic.items()},
            "english": change("english", content.english),
        }
    )


def _filled_field(texts: Texts, field: str, text: str, values: Mapping[str, str]) -> str:
    """A number nobody has filled in is no number: the guide then warns that it is missing."""
    if field == "duty_number" and not all(values.get(name, "").strip() for name in variables_in(text)):
        return ""
    return filled(texts, text, values)


def fixed_lines(texts: Texts, playbook: Playbook, values: Mapping[str, str]) -> tuple[str, ...]:
    """What stands on every desk beside the guide, whatever version is in force."""
    known = {**playbook.defaults(), **values}
    return tuple(filled(texts, line, known) for line in playbook.guide.fixed_lines)
