"""Which messages stand in a chat, so that they can be taken away; how a shared phone is treated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = tables.UtcTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "message_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("clear_at", _TIME, nullable=True),
        sa.Column("neutral", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("chat_hash", "message_id", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_at"), ["at"], unique=False)
        batch_op.create_index(
            "ix_messages_clear_at",
            ["clear_at"],
            unique=False,
            sqlite_where=sa.text("clear_at IS NOT NULL"),
            postgresql_where=sa.text("clear_at IS NOT NULL"),
        )
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_at", _TIME, nullable=True))
        batch_op.add_column(sa.Column("line", sa.String(length=20), nullable=True))
        batch_op.add_column(
            sa.Column("clear_after", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("clear_all_at", _TIME, nullable=True))
        batch_op.create_index(
            "ix_participants_clear_all_at",
            ["clear_all_at"],
            unique=False,
            sqlite_where=sa.text("clear_all_at IS NOT NULL"),
            postgresql_where=sa.text("clear_all_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_index("ix_participants_clear_all_at")
        batch_op.drop_column("clear_all_at")
        batch_op.drop_column("clear_after")
        batch_op.drop_column("line")
        batch_op.drop_column("phone_at")
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.drop_column("held")
    op.drop_table("messages")
