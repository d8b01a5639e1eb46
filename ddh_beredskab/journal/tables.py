"""The journal's tables. Instants are integers: microseconds since 1970-01-01 UTC; JSON is text; ids are text.

Truth: messages, streams, deliveries, timers, private_values, feedback_items, survey_answers, guide_receipts,
agents_on_shift, persons, and the tables of people (accounts, positions, sessions, ...).
Rebuildable: snapshots, documents, read_positions. Schema changes go through `migrations/`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""Facts about this journal: its environment."""

messages = Table(
    "messages",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("stream", Text),
    Column("version", BigInteger),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text),
    Column("actor", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("hash", Text),
    Index("messages_stream_version", "stream", "version", unique=True, sqlite_where=text("stream IS NOT NULL"),
          postgresql_where=text("stream IS NOT NULL")),
    Index("messages_subject", "subject", "position"),
)  # fmt: skip
"""Every message ever accepted, in one order. Positions are taken under the write lock and have no gaps."""

streams = Table(
    "streams",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
"""Head rows: the version every append is checked against, and the head of the stream's hash chain."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("position", BigInteger, ForeignKey("messages.position"), nullable=False),
    Column("concern", Text, nullable=False),
    Column("crisis", Text, nullable=False),
    Column("committed_at", BigInteger, nullable=False),
    Column("suspect", Integer, nullable=False, server_default="0"),
    Column("begun", Integer, nullable=False, server_default="0"),
    Column("done_at", BigInteger),
    Column("outcome", Text),
    PrimaryKeyConstraint("position", "concern"),
    Index("deliveries_undone", "concern", "crisis", "position", sqlite_where=text("done_at IS NULL"),
          postgresql_where=text("done_at IS NULL")),
    Index("deliveries_open", "position", sqlite_where=text("done_at IS NULL"),
          postgresql_where=text("done_at IS NULL")),
)  # fmt: skip
"""One row per message and subscriber. `committed_at` is wall time; outcome: decided, nothing, refused, quarantined."""

timers = Table(
    "timers",
    metadata,
    Column("deadline_id", Text, primary_key=True),
    Column("concern", Text, nullable=False),
    Column("crisis", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("fired_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Index("timers_due", "due_at", "deadline_id", sqlite_where=text("fired_at IS NULL AND cancelled_at IS NULL"),
          postgresql_where=text("fired_at IS NULL AND cancelled_at IS NULL")),
)  # fmt: skip

private_values = Table(
    "private_values",
    metadata,
    Column("commitment", Text, primary_key=True),
    Column("message_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("value", Text, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("stream", Text, nullable=False),
    Column("fold", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    PrimaryKeyConstraint("stream", "fold"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("concern", Text),
    Column("crisis", Text),
    Column("position", BigInteger),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("resolved_at", BigInteger),
    Column("resolution", Text),
    Column("why", Text),
    Column("raw_sha256", Text),
    Column("raw_size", Integer),
    Column("raw_deleted_at", BigInteger),
    Column("attempt", Integer, nullable=False, server_default="1"),
)
"""What could not be handled. `raw` is emptied after some weeks; size and SHA-256 stay (null: not taken yet)."""

feedback_items = Table(
    "feedback_items",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("crisis", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("answered", Text, nullable=False),
    Column("resolution", Text, nullable=False),
    Column("transferred_to", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("guide_version", Integer),
    Column("agent", Text),
    Column("text", Text, nullable=False),
    Column("redacted", Integer, nullable=False, server_default="0"),
    Column("times_received", Integer, nullable=False, server_default="1"),
    Column("counted_at", BigInteger),
    Column("channel", Text, nullable=False, server_default="phone"),
    Index("feedback_uncounted", "position", sqlite_where=text("counted_at IS NULL"),
          postgresql_where=text("counted_at IS NULL")),
    Index("feedback_topic", "crisis", "topic", "time"),
)  # fmt: skip

feedback_windows = Table(
    "feedback_windows",
    metadata,
    Column("crisis", Text, nullable=False),
    Column("window_start", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("answered_yes", Integer, nullable=False),
    Column("answered_partly", Integer, nullable=False),
    Column("answered_no", Integer, nullable=False),
    Column("transferred", Integer, nullable=False),
    Column("urgent", Integer, nullable=False),
    PrimaryKeyConstraint("crisis", "window_start", "topic", "municipality"),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("crisis", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Index("survey_answers_time", "crisis", "time"),
)
"""What a citizen answered in the survey after the call, 1-9: no text, no call, no agent, no number."""

guide_receipts = Table(
    "guide_receipts",
    metadata,
    Column("crisis", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("agent", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("crisis", "version", "agent"),
)

agents_on_shift = Table(
    "agents_on_shift",
    metadata,
    Column("agent", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("until", BigInteger),
    PrimaryKeyConstraint("agent", "since"),
)

planned_shifts = Table(
    "planned_shifts",
    metadata,
    Column("agent", Text, nullable=False),
    Column("begins_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("agent", "begins_at"),
)
"""Who should be on shift and when, from the plan's file. Nobody is on shift by being planned."""

brief_receipts = Table(
    "brief_receipts",
    metadata,
    Column("crisis", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("agent", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("crisis", "version", "agent"),
)
"""Læst og forstået: who has read the brief. Answers to the control questions are never kept."""

receipt_totals = Table(
    "receipt_totals",
    metadata,
    Column("crisis", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("seen", Integer, nullable=False),
    PrimaryKeyConstraint("crisis", "version", "municipality"),
)
"""How many had seen a version, once the names behind the receipts are deleted."""

documents = Table(
    "documents",
    metadata,
    Column("model", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("model", "key"),
)
"""Read models: one JSON document per question and key, folded from the journal; rebuildable at any time."""

read_positions = Table(
    "read_positions",
    metadata,
    Column("model", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("fictional", Integer, nullable=False, server_default="0"),
)

# -- people: who may log in, and as what (in the operation's journal; of a drill only the parts' positions) --------

accounts = Table(
    "accounts",
    metadata,
    Column("person", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("demo", Integer, nullable=False, server_default="0"),
)
"""Local accounts. `password` is an argon2 hash; null: invited, or only ever let in by a one-time code."""

positions = Table(
    "positions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("position", Text, nullable=False, server_default="holder"),
    Column("call_order", Integer, nullable=False, server_default="0"),
    Column("on_duty", Integer, nullable=False, server_default="0"),
    Column("absent", Integer, nullable=False, server_default="0"),
    Column("trained_at", BigInteger),
    Column("given_at", BigInteger, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("ended_at", BigInteger),
    Index("positions_person", "person"),
)
"""Which roles a person has, for which municipality, and where in the order of calling."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("sessions_person", "person"),
)
"""Who is logged in. `id` is the SHA-256 of what the browser holds, so that nobody who reads it can be that browser."""

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("person", Text),
    Column("municipality", Text),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)
"""Invitations and one-time codes, each good once. `id` is the SHA-256 of the link's or the code's letters."""

contact_channels = Table(
    "contact_channels",
    metadata,
    Column("person", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("tested_at", BigInteger),
    PrimaryKeyConstraint("person", "channel"),
)
"""How a person is reached: personal, and deleted with the person."""

municipalities = Table(
    "municipalities",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("membership", Text, nullable=False),
    Column("fictional", Integer, nullable=False, server_default="0"),
)
"""Municipalities beside those of the playbook: the fictional ones of a demo."""

ready_marks = Table(
    "ready_marks",
    metadata,
    Column("municipality", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    PrimaryKeyConstraint("municipality", "item"),
)
"""Klar-tjek: what each municipality has in place, as last written."""

drafts = Table(
    "drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
)
"""What somebody has half written and wants to go on with, on this or another machine."""

people_log = Table(
    "people_log",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("details", Text, nullable=False, server_default="{}"),
    Index("people_log_at", "at"),
)
"""Who gave whom which right, and who was let in how. Only ever added to."""

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("mode", Text, nullable=False),
    Column("rate", Float, nullable=False),
    Column("base_wall", BigInteger, nullable=False),
    Column("base_clock", BigInteger, nullable=False),
    Column("until_wall", BigInteger),
)
"""The drill's clock, one row, moved by the drill's driver alone. No row: the wall clock."""

drills = Table(
    "drills",
    metadata,
    Column("id", Text, primary_key=True),
    Column("recording", Text, nullable=False),
    Column("recording_sha256", Text, nullable=False),
    Column("next_input", Integer, nullable=False),
    Column("inputs", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("summary", Text),
    Column("withheld", Integer, nullable=False, server_default="0"),
)

drill_plans = Table(
    "drill_plans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("plan", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
)
"""What was planned for this environment's drill (`drills/plan.py`), as JSON; one row, never changed once it runs."""

drill_control = Table(
    "drill_control",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("speed", Float),
    Column("jump_to", BigInteger),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)
"""What the drill leader wants of the driver, one row: the driver reads it at every step. Speed null: fast."""

drill_injects = Table(
    "drill_injects",
    metadata,
    Column("key", Text, primary_key=True),
    Column("inject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("delivered_at", BigInteger),
    Column("improvised", Integer, nullable=False, server_default="0"),
    Column("verdict", Text),
    Column("evidence", Text),
    Column("judged_by", Text),
    Column("note", Text, nullable=False),
    Column("asked", Integer, nullable=False, server_default="0"),
)
"""Injects of this drill: what is planned, delivered or skipped, and how what was expected went. Drill time."""

drill_survey = Table(
    "drill_survey",
    metadata,
    Column("id", Text, primary_key=True),
    Column("part", Text, nullable=False),
    Column("went_well", Text, nullable=False),
    Column("went_less_well", Text, nullable=False),
    Column("prepared", Integer),
    Column("at", BigInteger, nullable=False),
)
"""The participants' short answers, without names: `part` is the part played, not who played it. Wall time."""

drill_notes = Table(
    "drill_notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("clock", BigInteger),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
)
"""What evaluators and the drill leader noted: observations on the way (with the drill's time), the debriefing."""

drill_findings = Table(
    "drill_findings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("drill", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_on", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_by", Text),
    Column("closed_in", Text),
    Column("closing", Text, nullable=False),
)
"""What a drill found that somebody must mend: in the operation's journal, open until closed with the later drill."""

trainings = Table(
    "trainings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("done_on", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    Column("noted_by", Text, nullable=False),
    UniqueConstraint("person", "what", "role", "done_on", "reference", name="trainings_once"),
    Index("trainings_person", "person"),
)
"""Who was trained in what and when, with where it is known from: in the operation's journal."""
