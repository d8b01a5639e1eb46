"""The playbooks as frozen types: what a working group may change, and nothing else.

The rule kept here: thresholds, names, intervals and sentences come from the files in `playbooks/`
with a date, a source and a responsible. The core gets them as one `Playbooks` value and never opens
a file. `ddh_beredskab/playbooks.py` reads the files and says where a mistake is.
"""

from collections.abc import Mapping
from datetime import date as Date  # a field is called `date`
from datetime import time as LocalTime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.activation import CrisisKind, Criterion, Recommendation
from schemas.base import Role, StaffRole
from schemas.guides import Outlet, Question
from schemas.logbook import LogKind, Visibility


def _only_clock_time(value: object) -> object:
    """`8` would otherwise be read as eight seconds past midnight."""
    if isinstance(value, LocalTime) or (isinstance(value, str) and len(value) == 5 and value[2] == ":"):
        return value
    raise ValueError("clock_time")


def _only_calendar_date(value: object) -> object:
    """A bare number would otherwise be read as seconds since 1970."""
    if isinstance(value, Date) or (isinstance(value, str) and len(value) == 10):
        return value
    raise ValueError("calendar_date")


Day = Annotated[Date, BeforeValidator(_only_calendar_date)]
TimeOfDay = Annotated[LocalTime, BeforeValidator(_only_clock_time)]
Key = Annotated[str, Field(pattern=r"^[a-zæøå][a-zæøå0-9_-]*$")]
TopicKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Sentence = Annotated[str, Field(min_length=1)]
CLOCK_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d$"
ClockTime = Annotated[str, Field(pattern=CLOCK_PATTERN)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
_Count = Annotated[int, Field(ge=0, strict=True)]
_Positive = Annotated[int, Field(gt=0, strict=True)]

OverdueStep = Literal["local_information_lead", "deputy", "local_leader", "krisestab"]
RoleGroup = Literal["staff", "authority", "body", "other"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
SEVEN_QUESTIONS: tuple[Question, ...] = get_args(Question)
STAFF_ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
ROLES: tuple[Role, ...] = get_args(Role)
KINDS: tuple[CrisisKind, ...] = get_args(CrisisKind)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
CRITERION_POINTS_AT_MOST = 4


class Part(BaseModel):
    """A piece of a playbook: cannot be changed once read, and holds no key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Part):
    """A whole file: says when it was last settled, where it comes from and who answers for it."""

    date: Day
    source: Sentence
    responsible: Sentence


# --- criteria.yaml ---------------------------------------------------------------------------


class Option(Part):
    """One answer to a question; `because` is its fragment of the readable explanation."""

    id: Key
    label: Sentence
    points: Annotated[int, Field(ge=0, le=CRITERION_POINTS_AT_MOST, strict=True)]
    because: Sentence
    example: Sentence | None = None
    """Shown beside the answer, for one who is in doubt."""


class CriterionQuestion(Part):
    """A plain question; the answer is given as `{question.id: option.id}`."""

    id: Key
    label: Sentence
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


class CriterionQuestions(Part):
    """One of the plan's three criteria; its points are the sum of the answers, at most 4."""

    label: Sentence
    questions: Annotated[tuple[CriterionQuestion, ...], Field(min_length=1)]


class PlannedOption(Part):
    """An answer to the question whether somebody chose this peak."""

    id: Key
    label: Sentence
    planned: bool
    because: Sentence
    example: Sentence | None = None


class PlannedQuestion(Part):
    """A chosen peak becomes a *varsling om planlagt spidsbelastning*, never a crisis."""

    id: Key
    label: Sentence
    options: Annotated[tuple[PlannedOption, ...], Field(min_length=2)]
    then: Sentence

    def option(self, option_id: str) -> PlannedOption | None:
        return next((option for option in self.options if option.id == option_id), None)


class RecommendationRule(Part):
    """One line of the advice: it fits when the sum, all of `all_of` and one of `one_of` are reached."""

    outcome: Recommendation
    sum_at_least: Annotated[int, Field(ge=0, le=12, strict=True)] = 0
    all_of: Mapping[Criterion, Annotated[int, Field(ge=0, le=4, strict=True)]] = {}
    one_of: Mapping[Criterion, Annotated[int, Field(ge=0, le=4, strict=True)]] = {}
    because: Sentence

    def fits(self, points: Mapping[Criterion, int]) -> bool:
        return (
            sum(points.values()) >= self.sum_at_least
            and all(points[key] >= least for key, least in self.all_of.items())
            and (not self.one_of or any(points[key] >= least for key, least in self.one_of.items()))
        )


class Criteria(Page):
    """criteria.yaml: the questions behind the *vejledende vurdering*, and how it is reached."""

    acute: CriterionQuestions
    citizens: CriterionQuestions
    functions: CriterionQuestions
    planned: PlannedQuestion
    recommendations: Annotated[tuple[RecommendationRule, ...], Field(min_length=1)]
    outcomes: Mapping[Recommendation, Sentence]
    in_doubt: Sentence
    advisory: Sentence
    unanswered: Sentence
    criterion_line: Sentence
    """One line a criterion, with {label}, {points}, {reasons}."""
    explanation: Sentence
    """The whole, with {outcome}, {sum}, {because}, {lines}, {in_doubt}, {advisory}."""

    def criterion(self, key: Criterion) -> CriterionQuestions:
        return {"acute": self.acute, "citizens": self.citizens, "functions": self.functions}[key]

    def recommend(self, points: Mapping[Criterion, int]) -> RecommendationRule:
        """The first rule that fits; the loader makes sure that the last one always does."""
        return next(rule for rule in self.recommendations if rule.fits(points))


# --- roles.yaml ------------------------------------------------------------------------------


class RoleCard(Part):
    """A role in the crisis: its name on the screen, who has it by position, what it does first."""

    name: Sentence
    aliases: tuple[Sentence, ...] = ()
    group: RoleGroup
    task: Sentence
    fill_order: Annotated[int, Field(ge=1, strict=True)] | None = None
    must_cover: bool = False
    may_vote: bool = False
    held_by: Sentence | None = None
    natural_deputy: Sentence | None = None
    action_card: tuple[Sentence, ...] = ()


class Roles(Page):
    """roles.yaml: the staff roles, those of the authority, the bodies around them, and everybody else."""

    roles: Mapping[Role, RoleCard]
    kept_apart: tuple[tuple[StaffRole, StaffRole], ...]
    guide_overdue_chain: Annotated[tuple[OverdueStep, ...], Field(min_length=1)]

    def name(self, role: Role) -> str:
        """What the role is called on the screen."""
        return self.roles[role].name

    def to_fill(self) -> tuple[StaffRole, ...]:
        """Every role crisis_staff fills, first to be filled first; the authority's two among them."""
        return tuple(sorted(STAFF_ROLES, key=lambda role: (self.roles[role].fill_order or 99, role)))

    def must_cover(self) -> tuple[StaffRole, ...]:
        """The roles without which the staff is not established, first to be filled first."""
        return tuple(role for role in self.to_fill() if self.roles[role].must_cover)

    def kept_apart_from(self, role: StaffRole) -> frozenset[StaffRole]:
        """The roles that the holder of `role` may not hold at the same time."""
        return frozenset(other for pair in self.kept_apart if role in pair for other in pair if other != role)


# --- limits.yaml -----------------------------------------------------------------------------


class Limit(Part):
    """One line of limits.yaml: a value and where it comes from."""

    value: object
    source: Sentence


class Limits(Page):
    """limits.yaml: every number of the rules, flat, with the unit in its name; `sources` says whence."""

    sources: Mapping[str, Sentence] = {}

    # activation
    future_tolerance_seconds: _Count
    contact_answer_minutes: _Positive
    phone_list_exhausted_minutes: _Positive
    provisional_within_minutes: _Positive
    quorum_day_minutes: _Positive
    quorum_night_until: ClockTime
    night_from: ClockTime
    night_to: ClockTime
    quorum_more_than_share: Share
    quorum_at_least: _Positive
    tie_goes_to_higher_level: bool
    own_municipality_barred_below_share: Share
    forewarning_lapse_hours: _Positive
    evaluation_days: _Positive
    access_request_working_days: _Positive

    # crisis_staff
    role_answer_minutes: _Positive
    first_meeting_minutes: _Positive
    meeting_length_minutes: _Positive
    relief_due_hours: _Positive
    relief_done_hours: _Positive
    relief_overlap_minutes: _Count
    rest_hours: _Positive
    round_the_clock_after_hours: _Positive
    round_the_clock_meetings: Annotated[tuple[ClockTime, ...], Field(min_length=1)]
    round_the_clock_plan_hours: _Positive
    situation_picture_ask_minutes: _Positive
    situation_picture_due_minutes: _Positive
    situation_update_before_meeting_minutes: _Positive
    authority_status_hours: _Positive
    ddh_status_before_meeting_minutes: _Positive
    ddh_status_most_characters: _Positive
    training_valid_days: _Positive

    # guides
    first_message_minutes: _Positive
    first_message_replaced_minutes: _Positive
    first_message_lines: _Positive
    guide_interval_minutes: _Positive
    guide_interval_least_minutes: _Positive
    guide_interval_most_minutes: _Positive
    guide_reminder_before_minutes: _Count
    guide_overdue_escalation_minutes: _Positive
    guide_plan_most_hours: _Positive
    second_look_minutes: _Positive
    receipt_share: Share
    receipt_half_share: Share
    receipt_minutes: _Positive
    receipts_delete_days: _Positive
    playbook_review_days: _Positive

    # feedback
    feedback_window_minutes: _Positive
    feedback_late_minutes: _Count
    report_interval_minutes: _Positive
    report_interval_least_minutes: _Positive
    report_interval_most_minutes: _Positive
    report_offset_minutes: _Count
    report_answer_minutes: _Positive
    report_overdue_escalation_minutes: _Positive
    hide_counts_under: _Positive
    urgent_transfers: _Positive
    urgent_transfers_minutes: _Positive
    gap_questions: _Positive
    gap_minutes: _Positive
    gap_answer_minutes: _Positive
    trend_false_alarm_share: Share
    emerging_word_questions: _Positive
    similar_words_share: Share

    # logbook
    late_entry_minutes: _Positive

    # shown, not judged
    average_wait_minutes: _Positive


# --- opening_hours.yaml ----------------------------------------------------------------------


class OpenFromTo(Part):
    """A stretch of one local day, from its opening to its closing."""

    opens: TimeOfDay
    closes: TimeOfDay


class ShortDay(Part):
    """A fixed date on which the day ends early, whatever weekday it falls on."""

    month: Annotated[int, Field(ge=1, le=12, strict=True)]
    day: Annotated[int, Field(ge=1, le=31, strict=True)]
    closes: TimeOfDay
    label: Sentence


class OpeningHours(Page):
    """opening_hours.yaml: when DDH is staffed without any decision; see core/opening_hours.py."""

    week: Mapping[Weekday, OpenFromTo | None]
    short_days: tuple[ShortDay, ...] = ()
    holidays_of: Literal["DK"] = "DK"
    closed_on_half_holidays: bool = True


# --- texts.yaml ------------------------------------------------------------------------------


class LogText(Part):
    """The sentence the logbook writes for an event: `core/wording.py` fills it in (`log_sentence`)."""

    kind: LogKind
    text: Sentence
    visibility: Visibility = "staff"


class Forms(Part):
    """How time, numbers and lists are written in running text."""

    clock: Sentence
    day: Sentence
    percent: Sentence
    last_joint: Sentence
    nobody: Sentence
    to_fill_in: Sentence
    weekdays: Annotated[tuple[Sentence, ...], Field(min_length=7, max_length=7)]
    months: Annotated[tuple[Sentence, ...], Field(min_length=12, max_length=12)]


class Texts(Page):
    """texts.yaml: the log's sentences (one per event), the refusals, and the words both are made of."""

    log: Mapping[Key, LogText]
    refusals: Mapping[Key, Sentence]
    refusal_without_sentence: Sentence
    questions: Mapping[Question, Sentence]
    words: Mapping[Key, Mapping[str, Sentence]]
    parts: Mapping[Key, Sentence]
    forms: Forms


# --- steps.yaml, agendas.yaml ----------------------------------------------------------------


class Step(Part):
    """One of the plan's fourteen steps: who owns it, by when, and which event shows it is done."""

    no: _Positive
    key: Key
    text: Sentence
    owner: Role
    counted_from: Literal["reported", "decided"] = "decided"
    target_minutes: _Positive | None = None
    completed_by: tuple[Key, ...] = ()
    times: _Positive = 1
    """How many of these events it takes; 2 for the guide that is kept fresh."""

    @property
    def manual(self) -> bool:
        """Nobody but a person can say that it is done."""
        return not self.completed_by


class Steps(Page):
    """steps.yaml: *aktiveringsforløbet*, shown on every crisis as a live checklist."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class MeetingLinks(Part):
    """Where the staff meets when nobody has said anything else; null: not agreed yet."""

    teams_url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    phone_bridge: Sentence | None = None
    phone_code: Sentence | None = None


class Agendas(Page):
    """agendas.yaml: what a staff meeting goes through, in order, and where it is held."""

    meeting_links: MeetingLinks = MeetingLinks()
    first_meeting: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    recurring: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    round_the_clock: Annotated[tuple[Sentence, ...], Field(min_length=1)]


# --- status.yaml -----------------------------------------------------------------------------


class StatusSection(Part):
    """A section of DDH-status; the key is what versions are compared by."""

    key: Key
    label: Sentence
    hint: Sentence


class PictureHeading(Part):
    """A heading of the authority's form; the authority may use its own."""

    label: Sentence
    hint: Sentence
    restricted: bool = False
    """What stands under it is for the staff and the authority alone."""


class StatusForms(Page):
    """status.yaml: what stands in DDH-status, and what the authority is asked for in its situation picture."""

    ddh_status: Annotated[tuple[StatusSection, ...], Field(min_length=1)]
    situation_picture: Annotated[tuple[PictureHeading, ...], Field(min_length=1)]


# --- understanding.yaml ----------------------------------------------------------------------


class Target(Part):
    """What a figure should reach from a day on, at least or at most."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    since: Annotated[Day, Field(alias="from")]
    at_least: float | None = None
    at_most: float | None = None
    source: Sentence


class Kpi(Part):
    """A figure that is shown and not judged, with its targets, the oldest first."""

    key: Literal["resolved", "satisfaction", "guide_answered", "gap_closed"]
    label: Sentence
    about: Sentence
    unit: Literal["share", "score", "minutes"]
    targets: tuple[Target, ...] = ()

    def target_on(self, day: Date) -> Target | None:
        """The target of that day; null before the first, or when nobody has set one."""
        return next((target for target in reversed(self.targets) if target.since <= day), None)


class StopWords(Part):
    """Words that do not say what a question is about, each list as running text."""

    small: Sentence
    about_the_call: Sentence

    def all(self) -> frozenset[str]:
        """Every one of them, in lower case."""
        return frozenset(f"{self.small} {self.about_the_call}".lower().split())


class Understanding(Page):
    """understanding.yaml: what is measured of the citizens' questions, and which words say nothing."""

    kpis: Annotated[tuple[Kpi, ...], Field(min_length=1)]
    stop_words: StopWords


# --- plain_danish.yaml, channels.yaml --------------------------------------------------------


class Jargon(Part):
    """A word that citizens and agents stumble over, and what to say instead; a star: with any ending."""

    word: Sentence
    instead: Sentence


class OneValue(Part):
    """A thing that may have one value only in a guide, known by a word beside a number with a unit."""

    key: Key
    label: Sentence
    words: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    units: Annotated[tuple[Sentence, ...], Field(min_length=1)]


class PlainDanish(Page):
    """plain_danish.yaml: when a guide's text is hard to read aloud; advice, never a block."""

    lix_most: _Positive
    lix_least_words: _Positive
    sentence_words_most: _Positive
    abbreviations: tuple[Sentence, ...] = ()
    jargon: tuple[Jargon, ...] = ()
    things: tuple[OneValue, ...] = ()
    empty_words: Sentence


class Copied(Part):
    """A place the guide's text is copied to: by whom, and how; nothing goes there by itself."""

    where: Sentence
    who: Sentence
    note: Sentence | None = None


class PhonesDown(Part):
    """*Kommunens telefoner er nede*: what is done, in order, and by whom."""

    text: Sentence
    who: Sentence


class SaidToCitizens(Part):
    """Words to an agent in the first message, and what a citizen is told in their place."""

    to_agent: Sentence
    to_citizen: str


_Lines = Annotated[tuple[Sentence, ...], Field(min_length=1)]


class Channels(Page):
    """channels.yaml: how the guide's text is made for each place it goes to."""

    spoken_words_per_minute: _Positive
    spoken_seconds_most: _Positive
    sms_segments_most: _Positive
    spoken_lines: _Lines
    sms_lines: _Lines
    web_lines: Annotated[tuple[Question, ...], Field(min_length=1)]
    post_lines: _Lines
    corrected_lines: _Lines
    first_message_words: tuple[SaidToCitizens, ...] = ()
    copied: Mapping[Outlet, Copied]
    drill_mark: Annotated[str, Field(min_length=1)]
    """Stands before every text of a drill that could leave the house."""
    phones_down: Annotated[tuple[PhonesDown, ...], Field(min_length=1)]


# --- <kind>.yaml -----------------------------------------------------------------------------


class Variable(Part):
    """What stands once and is used in many texts as `{evakueringscenter}`.

    Without `value` the authority fills it in; with one it holds until they change it, and says whence it comes.
    """

    label: Sentence
    example: Sentence | None = None
    value: Sentence | None = None
    source: Sentence | None = None
    date: Day | None = None


class Transfer(Part):
    """*Omstilling*: who takes the call, when, whether the agent stays on (warm), and what when closed."""

    who: Sentence
    number: Sentence
    hours: Sentence
    mode: Literal["varm", "kold"]
    when_closed: Sentence
    urgent: bool = False


class GuideTemplate(Part):
    """The guide as the authority meets it: seven answers prefilled with advice, and the fixed lines."""

    answers: Mapping[Question, Sentence]
    does_not_answer: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    transfers: Annotated[tuple[Transfer, ...], Field(min_length=1)]
    fixed_lines: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    english: Sentence | None = None


class Fact(Part):
    """What happened elsewhere, and where it is written: the reason for a line of the playbook."""

    text: Sentence
    source: Sentence


class ControlQuestion(Part):
    """One of the questions at the end of the brief: whoever has read it can answer it."""

    question: Sentence
    answers: Annotated[tuple[Sentence, ...], Field(min_length=2, max_length=4)]
    right: Annotated[int, Field(ge=1, le=4, strict=True)]
    """Number of the right answer, from 1."""
    why: Sentence
    source: Sentence
    date: Day


class Topic(Part):
    """What a citizen asks about; the number is the key the agent presses during the call."""

    key: TopicKey
    label: Sentence
    number: Annotated[int, Field(ge=0, le=99, strict=True)]
    press: bool = False
    answer: Sentence | None = None


class Playbook(Page):
    """<kind>.yaml: everything that is ready before this kind of crisis comes."""

    kind: CrisisKind
    title: Sentence
    last_reviewed: Day
    guide_interval_minutes: _Positive
    first_message: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    variables: Mapping[Key, Variable]
    guide: GuideTemplate
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    control_questions: tuple[ControlQuestion, ...] = ()
    facts: tuple[Fact, ...] = ()

    def defaults(self) -> dict[str, str]:
        """The variables that have a value before anybody fills anything in."""
        return {name: variable.value for name, variable in self.variables.items() if variable.value}

    def topic(self, key: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.key == key), None)

    def review_overdue_on(self, day: Date, limits: Limits) -> bool:
        return (day - self.last_reviewed).days > limits.playbook_review_days


# --- all together ----------------------------------------------------------------------------


class Playbooks(Part):
    """Everything read from `playbooks/`, handed to the deciders as one value."""

    criteria: Criteria
    roles: Roles
    limits: Limits
    opening_hours: OpeningHours
    texts: Texts
    steps: Steps
    agendas: Agendas
    status: StatusForms
    understanding: Understanding
    plain_danish: PlainDanish
    channels: Channels
    kinds: Mapping[CrisisKind, Playbook]
    """One for every kind; the loader refuses a folder where one is missing."""
