"""Stops before a yes are remembered across restarts, as a keyed hash with an end.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "early_stops",
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message_id", tables.Id, autoincrement=False, nullable=False),
        sa.Column("until", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_hash", name=op.f("pk_early_stops")),
    )
    op.create_index(op.f("ix_early_stops_until"), "early_stops", ["until"])


def downgrade() -> None:
    """Takes it away."""
    op.drop_table("early_stops")
