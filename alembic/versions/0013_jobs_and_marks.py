"""How the bot's jobs go, what the sweep has looked at, and workers who cannot be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("begun_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", tables.UtcTime(timezone=True), nullable=True),
        sa.Column("failed_at", tables.UtcTime(timezone=True), nullable=True),
        sa.Column("running_since", tables.UtcTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(60), nullable=True),
        sa.Column("written_at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs")),
    )
    op.create_table(
        "sweep_marks",
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_sweep_marks")),
    )
    op.add_column(
        "workers", sa.Column("unreachable_since", tables.UtcTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("workers", "unreachable_since")
    op.drop_table("sweep_marks")
    op.drop_table("jobs")
