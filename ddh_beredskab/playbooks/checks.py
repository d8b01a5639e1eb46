"""What the types cannot say: rules between lines of a file, and between files.

The rule kept here: whatever a decider relies on is checked before a crisis. Each check adds its problems
to the document they stand in, so that they come out with file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import get_args

from ddh_beredskab.core.guide_template import VARIABLE, variables_in
from ddh_beredskab.core.playbook import (
    CRITERIA,
    CRITERION_POINTS_AT_MOST,
    ROLES,
    SEVEN_QUESTIONS,
    STAFF_ROLES,
    WEEKDAYS,
    Agendas,
    Channels,
    Criteria,
    Limits,
    OpeningHours,
    PlainDanish,
    Playbook,
    Roles,
    StatusForms,
    Steps,
    Texts,
    Understanding,
)
from ddh_beredskab.core.subscriptions import SUBSCRIPTIONS
from ddh_beredskab.core.wording import template_problems
from ddh_beredskab.playbooks.files import Document, Place
from ddh_beredskab.playbooks.validation import did_you_mean
from schemas.activation import CrisisKind, Recommendation
from schemas.base import Event
from schemas.catalog import events

EVENTS: dict[str, type[Event]] = {event.short_name(): event for event in events()}
LOGGED = sorted(
    each.short_name() for each, hears in SUBSCRIPTIONS.items() if "logbook" in hears and issubclass(each, Event)
)
"""The events the logbook hears; each needs a sentence."""


@dataclass(frozen=True)
class Files:
    """Everything that was read; None where a file could not be understood."""

    documents: Mapping[str, Document]
    criteria: Criteria | None
    roles: Roles | None
    limits: Limits | None
    opening_hours: OpeningHours | None
    texts: Texts | None
    steps: Steps | None
    agendas: Agendas | None
    status: StatusForms | None
    understanding: Understanding | None
    plain_danish: PlainDanish | None
    channels: Channels | None
    kinds: Mapping[CrisisKind, Playbook]


def check_all(files: Files) -> None:
    """Run every check whose files could be read."""
    documents = files.documents
    if files.criteria:
        _check_criteria(documents["criteria"], files.criteria)
    if files.roles:
        _check_roles(documents["roles"], files.roles)
    if files.limits:
        _check_limits(documents["limits"], files.limits)
    if files.opening_hours:
        _check_opening_hours(documents["opening_hours"], files.opening_hours)
    if files.texts:
        _check_texts(documents["texts"], files.texts)
    if files.steps:
        _check_steps(documents["steps"], files.steps)
    if files.status:
        _check_status(documents["status"], files.status)
    _check_topic_labels(documents, files.kinds)
    for kind, playbook in files.kinds.items():
        _check_playbook(documents[kind], kind, playbook, files.limits, files.texts)


def _check_criteria(document: Document, criteria: Criteria) -> None:
    seen: set[str] = set()
    for key in CRITERIA:
        criterion = criteria.criterion(key)
        for index, question in enumerate(criterion.questions):
            place: Place = (key, "questions", index)
            if question.id in seen:
                document.add((*place, "id"), "question_twice", name=question.id)
            seen.add(question.id)
            _check_options(document, place, [option.id for option in question.options])
        points = sum(max(option.points for option in question.options) for question in criterion.questions)
        if points < CRITERION_POINTS_AT_MOST:
            document.add((key,), "points_never_full", name=criterion.label, points=points)
    planned = criteria.planned
    if planned.id in seen:
        document.add(("planned", "id"), "question_twice", name=planned.id)
    _check_options(document, ("planned",), [option.id for option in planned.options])
    if {option.planned for option in planned.options} != {True, False}:
        document.add(("planned", "options"), "planned_both")
    for name in get_args(Recommendation):
        if name not in criteria.outcomes:
            document.add(("outcomes",), "outcome_missing", name=name)
    open_rules = [not (it.sum_at_least or it.all_of or it.one_of) for it in criteria.recommendations]
    last = len(open_rules) - 1
    if not open_rules[last]:
        document.add(("recommendations", last), "last_rule_open")
    for index in range(open_rules.index(True) + 1 if True in open_rules else last + 1, last + 1):
        document.add(("recommendations", index), "rule_never_reached")
    for name, known in (
        ("criterion_line", ("label", "points", "reasons")),
        ("explanation", ("outcome", "sum", "because", "lines", "in_doubt", "advisory")),
    ):
        _check_variables(document, (name,), str(getattr(criteria, name)), known)


def _check_options(document: Document, place: Place, ids: list[str]) -> None:
    for index, each in enumerate(ids):
        if each in ids[:index]:
            document.add((*place, "options", index, "id"), "option_twice", name=each)


def _check_roles(document: Document, roles: Roles) -> None:
    orders: set[int] = set()
    for key in ROLES:
        card = roles.roles.get(key)
        if card is None:
            document.add(("roles",), "role_missing", name=key)
            continue
        wanted = "staff" if key in STAFF_ROLES and not key.startswith("local_") else "authority"
        if key in STAFF_ROLES and card.group != wanted:
            document.add(("roles", key, "group"), "role_group", name=key, group=card.group, wanted=wanted)
        if key in STAFF_ROLES and card.fill_order is None:
            document.add(("roles", key), "role_order_missing", name=key)
        if card.fill_order is not None and card.fill_order in orders:
            document.add(("roles", key, "fill_order"), "role_order_twice", number=card.fill_order)
        orders |= {card.fill_order} if card.fill_order is not None else set()
    if not any(card.must_cover for card in roles.roles.values()):
        document.add(("roles",), "role_nobody_covers")
    for index, (one, other) in enumerate(roles.kept_apart):
        if one == other:
            document.add(("kept_apart", index), "apart_same")


def _check_limits(document: Document, limits: Limits) -> None:
    for first, second in (
        ("guide_interval_least_minutes", "guide_interval_minutes"),
        ("guide_interval_minutes", "guide_interval_most_minutes"),
        ("guide_reminder_before_minutes", "guide_interval_least_minutes"),
        ("relief_due_hours", "relief_done_hours"),
        ("phone_list_exhausted_minutes", "provisional_within_minutes"),
        ("provisional_within_minutes", "quorum_day_minutes"),
        ("first_message_minutes", "first_message_replaced_minutes"),
        ("situation_picture_ask_minutes", "situation_picture_due_minutes"),
        ("receipt_half_share", "receipt_share"),
    ):
        first_value, second_value = getattr(limits, first), getattr(limits, second)
        if first_value > second_value:
            facts = {
                "first": first,
                "first_value": first_value,
                "second": second,
                "second_value": second_value,
            }
            document.add(("limits", first, "value"), "order", **facts)


def _check_opening_hours(document: Document, hours: OpeningHours) -> None:
    for name in WEEKDAYS:
        if name not in hours.week:
            document.add(("week",), "day_missing", name=name)
        elif (span := hours.week[name]) is not None and span.closes <= span.opens:
            facts = {"opens": f"{span.opens:%H:%M}", "closes": f"{span.closes:%H:%M}"}
            document.add(("week", name), "closes_before", **facts)
    for index, short in enumerate(hours.short_days):
        try:
            date(2024, short.month, short.day)  # a leap year, so that 29 February is a day
        except ValueError:
            document.add(("short_days", index), "no_such_day", day=short.day, month=short.month)


def _check_texts(document: Document, texts: Texts) -> None:
    for name in LOGGED:
        if name not in texts.log:
            document.add(("log",), "text_event_missing", name=name)
    for name, entry in texts.log.items():
        if (event := EVENTS.get(name)) is None:
            document.add(("log", name), "text_unknown_event", name=name, hint=did_you_mean(name, EVENTS))
            continue
        _check_template(document, ("log", name, "text"), texts, entry.text, event)
    for code, template in texts.refusals.items():
        _check_template(document, ("refusals", code), texts, template, None)
    for name, template in texts.parts.items():
        _check_template(document, ("parts", name), texts, template, None)
    for question in SEVEN_QUESTIONS:
        if question not in texts.questions:
            document.add(("questions",), "text_word_missing", table="questions", name=question)
    forms: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("clock", ("hour", "minute")),
        ("day", ("weekday", "day", "month", "year")),
        ("percent", ("number",)),
        ("to_fill_in", ("name",)),
    )
    for name, known in forms:
        _check_variables(document, ("forms", name), str(getattr(texts.forms, name)), known)


def _check_template(document: Document, place: Place, texts: Texts, template: str, event: type[Event] | None) -> None:
    if "!" in template:
        document.add(place, "text_exclamation")
    for problem in template_problems(texts, template, event):
        what, name, part = problem.what, problem.name, problem.part
        if what == "braces":
            document.add(place, "text_braces")
        elif what == "form":
            hint = did_you_mean(name, {**texts.words, **texts.parts})
            document.add(place, "text_form", name=name, hint=hint)
        elif part:
            document.add(place, "text_field_in_part", name=name, part=part, hint="")
        else:
            hint = did_you_mean(name, event.model_fields if event else ())
            document.add(place, "text_field", name=name, hint=hint)


def _check_steps(document: Document, steps: Steps) -> None:
    for index, step in enumerate(steps.steps):
        if step.no != index + 1:
            document.add(("steps", index, "no"), "step_number", number=step.no, wanted=index + 1)
        for name in step.completed_by:
            if name not in EVENTS:
                hint = did_you_mean(name, EVENTS)
                document.add(("steps", index, "completed_by"), "step_event", name=name, hint=hint)


def _check_status(document: Document, forms: StatusForms) -> None:
    """A section or heading that stands twice could not be told apart in what people write."""
    for list_, name, written in (
        ("ddh_status", "key", [section.key for section in forms.ddh_status]),
        ("ddh_status", "label", [section.label for section in forms.ddh_status]),
        ("situation_picture", "label", [heading.label for heading in forms.situation_picture]),
    ):
        for index, each in enumerate(written):
            if each in written[:index]:
                document.add((list_, index, name), "section_twice", name=each)


def _check_playbook(
    document: Document, kind: CrisisKind, playbook: Playbook, limits: Limits | None, texts: Texts | None
) -> None:
    if playbook.kind != kind:
        document.add(("kind",), "kind_of_file", kind=playbook.kind, file=f"{kind}.yaml")
    if limits is not None:
        _check_against_limits(document, playbook, limits)
    for question in SEVEN_QUESTIONS:
        if question not in playbook.guide.answers:
            label = texts.questions.get(question, question) if texts else question
            document.add(("guide", "answers"), "answer_missing", question=label, name=question)
    used: set[str] = set()
    for place, text in _texts_of(playbook):
        used |= _check_variables(document, place, text, tuple(playbook.variables))
        if "!" in text:
            document.add(place, "text_exclamation")
    for name, variable in playbook.variables.items():
        if variable.value and not (variable.source and variable.date):
            document.add(("variables", name), "variable_source", name=name)
        if name not in used:
            document.add(("variables", name), "variable_unused", name=name)
    _check_topics(document, playbook)
    for index, asked in enumerate(playbook.control_questions):
        if asked.right > len(asked.answers):
            facts = {"right": asked.right, "count": len(asked.answers)}
            document.add(("control_questions", index, "right"), "control_right", **facts)
    if not any(transfer.urgent for transfer in playbook.guide.transfers):
        document.add(("guide", "transfers"), "transfer_urgent")
    if not any("112" in line for line in playbook.guide.fixed_lines):
        document.add(("guide", "fixed_lines"), "life_line", wanted="112")


def _check_against_limits(document: Document, playbook: Playbook, limits: Limits) -> None:
    least, most = limits.guide_interval_least_minutes, limits.guide_interval_most_minutes
    value = playbook.guide_interval_minutes
    if not least <= value <= most:
        document.add(("guide_interval_minutes",), "interval_outside", value=value, least=least, most=most)
    if len(playbook.first_message) > limits.first_message_lines:
        facts = {"count": len(playbook.first_message), "most": limits.first_message_lines}
        document.add(("first_message",), "first_message_long", **facts)


def _check_topics(document: Document, playbook: Playbook) -> None:
    topics = playbook.topics
    for index, topic in enumerate(topics):
        before = topics[:index]
        if any(topic.key == other.key for other in before):
            document.add(("topics", index, "key"), "topic_twice", name=topic.key)
        for other in before:
            if topic.number == other.number:
                facts = {"number": topic.number, "first": other.key, "second": topic.key}
                document.add(("topics", index, "number"), "topic_number_twice", **facts)
    if not any(topic.press for topic in topics):
        document.add(("topics",), "topic_press")


def _check_topic_labels(documents: Mapping[str, Document], kinds: Mapping[CrisisKind, Playbook]) -> None:
    """The log and the reports know a topic by its key alone, so one key has one name everywhere."""
    seen: dict[str, tuple[str, str]] = {}
    for kind, playbook in kinds.items():
        for index, topic in enumerate(playbook.topics):
            label, first = seen.setdefault(topic.key, (topic.label, f"{kind}.yaml"))
            if topic.label != label:
                facts = {"name": topic.key, "label": topic.label, "other": label, "file": first}
                documents[kind].add(("topics", index, "label"), "topic_label", **facts)


def _texts_of(playbook: Playbook) -> Iterator[tuple[Place, str]]:
    """Every text of a playbook that may hold variables, with its place."""
    for index, line in enumerate(playbook.first_message):
        yield ("first_message", index), line
    guide = playbook.guide
    for question, answer in guide.answers.items():
        yield ("guide", "answers", question), answer
    for name in ("does_not_answer", "fixed_lines"):
        for index, line in enumerate(getattr(guide, name)):
            yield ("guide", name, index), line
    for index, transfer in enumerate(guide.transfers):
        for name in ("who", "number", "hours", "when_closed"):
            yield ("guide", "transfers", index, name), getattr(transfer, name)
    if guide.english:
        yield ("guide", "english"), guide.english
    for index, topic in enumerate(playbook.topics):
        if topic.answer:
            yield ("topics", index, "answer"), topic.answer


def _check_variables(document: Document, place: Place, text: str, known: tuple[str, ...]) -> set[str]:
    """The variables a text uses; those nobody declared become problems."""
    if any(sign in VARIABLE.sub("", text) for sign in "{}"):
        document.add(place, "variable_braces")
    used = variables_in(text)
    for name in sorted(used.difference(known)):
        document.add(place, "variable_unknown", name=name, hint=did_you_mean(name, known))
    return set(used & set(known))
