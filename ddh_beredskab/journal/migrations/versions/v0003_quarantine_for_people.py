"""Quarantine keeps size and SHA-256 of what it deletes, and counts the attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("raw_sha256", sa.Text(), nullable=True))
    op.add_column("quarantine", sa.Column("raw_size", sa.Integer(), nullable=True))
    op.add_column("quarantine", sa.Column("raw_deleted_at", sa.BigInteger(), nullable=True))
    op.add_column("quarantine", sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
