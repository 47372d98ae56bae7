"""Which messages in workers' chats show a person's words or name, to be taken away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    time = tables.UtcTime(timezone=True)
    op.create_table(
        "shown",
        sa.Column("id", ID, nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("taken_back", sa.Integer(), nullable=True),
        sa.Column("at", time, nullable=False),
        sa.Column("next_at", time, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown")),
        sa.UniqueConstraint("chat_hash", "message_id", name=op.f("uq_shown_chat_hash_message_id")),
    )
    op.create_index(op.f("ix_shown_participant_id"), "shown", ["participant_id"])
    op.create_index(op.f("ix_shown_at"), "shown", ["at"])


def downgrade() -> None:
    op.drop_table("shown")
