"""Deletions that wait, receipts, complaints, totals without a person, and whose words are owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_receipts")),
    )
    op.create_table(
        "complaints",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("participant_id", _ID, nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("voice", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("made_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", tables.UtcTime(timezone=True), nullable=True),
        sa.Column("answered_at", tables.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_complaints_participant_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("code", name=op.f("uq_complaints_code")),
    )
    op.create_index("ix_complaints_participant_id", "complaints", ["participant_id"])
    op.create_table(
        "tallies",
        sa.Column("flow", sa.String(length=18), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=18), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("choice", sa.String(length=18), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "flow", "version", "step", "state", "choice", "month", name=op.f("pk_tallies")
        ),
    )
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delete_at", tables.UtcTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("receipt", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(
            sa.Column("taken_back", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.create_index(
            "ix_participants_delete_at",
            ["delete_at"],
            sqlite_where=sa.text("delete_at IS NOT NULL"),
            postgresql_where=sa.text("delete_at IS NOT NULL"),
        )
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("participant_id", _ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_owed_participant_id"), ["participant_id"])
    with op.batch_alter_table("set_aside", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("set_aside", schema=None) as batch_op:
        batch_op.drop_column("chat_hash")
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_owed_participant_id"))
        batch_op.drop_column("participant_id")
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_index("ix_participants_delete_at")
        batch_op.drop_column("taken_back")
        batch_op.drop_column("receipt")
        batch_op.drop_column("delete_at")
    op.drop_table("tallies")
    op.drop_table("complaints")
    op.drop_table("receipts")
