"""What citizens answered in the survey after the call, and through which channel a question came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("crisis", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("survey_answers_time", "survey_answers", ["crisis", "time"])
    op.add_column("feedback_items", sa.Column("channel", sa.Text(), nullable=False, server_default="phone"))
