"""Exercises for people: plan, controls, injects, survey, notes and findings; and who was trained in what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drill_plans",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "drill_control",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("speed", sa.Float()),
        sa.Column("jump_to", sa.BigInteger()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "drill_injects",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("inject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("improvised", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("verdict", sa.Text()),
        sa.Column("evidence", sa.Text()),
        sa.Column("judged_by", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, server_default="0"),
    )
    op.add_column("drills", sa.Column("withheld", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("clock", sa.Column("until_wall", sa.BigInteger()))
    op.create_table(
        "drill_survey",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("went_well", sa.Text(), nullable=False),
        sa.Column("went_less_well", sa.Text(), nullable=False),
        sa.Column("prepared", sa.Integer()),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "drill_notes",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("clock", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
    )
    op.create_table(
        "drill_findings",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("drill", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.Text()),
        sa.Column("closed_in", sa.Text()),
        sa.Column("closing", sa.Text(), nullable=False),
    )
    op.create_table(
        "trainings",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.UniqueConstraint("person", "what", "role", "done_on", "reference", name="trainings_once"),
    )
    op.create_index("trainings_person", "trainings", ["person"])
