"""Editions of the report, and what was done because of what people said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "editions",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_editions")),
    )
    op.create_table(
        "news",
        sa.Column("id", big, autoincrement=False, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_news_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_table(
        "news_heard",
        sa.Column("news_id", big, nullable=False),
        sa.Column("participant_id", big, nullable=False),
        sa.ForeignKeyConstraint(
            ["news_id"], ["news.id"], name=op.f("fk_news_heard_news_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_news_heard_participant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("news_id", "participant_id", name=op.f("pk_news_heard")),
    )
    with op.batch_alter_table("news_heard", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_news_heard_participant_id"), ["participant_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("news_heard")
    op.drop_table("news")
    op.drop_table("editions")
