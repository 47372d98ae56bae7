"""Several people on one account, one person on two phones, and words that opened nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("aside_hash", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("word_hash", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(
            sa.Column("closed_before", tables.UtcTime(timezone=True), nullable=True)
        )
        batch_op.create_index("ix_participants_aside_hash", ["aside_hash"])
    op.create_table(
        "rejoins",
        sa.Column("phrase_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("participant_id", ID, nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("made_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("used_at", tables.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_rejoins_participant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_rejoins_worker_id")),
        sa.PrimaryKeyConstraint("phrase_hash", name=op.f("pk_rejoins")),
    )
    op.create_index("ix_rejoins_participant_id", "rejoins", ["participant_id"])
    op.create_table(
        "farewells",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("participant_id", ID, nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", tables.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_farewells_participant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farewells")),
    )
    op.create_index("ix_farewells_participant_id", "farewells", ["participant_id"])
    op.create_table(
        "tries",
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("next_at", tables.UtcTime(timezone=True), nullable=True),
        sa.Column("asked_at", tables.UtcTime(timezone=True), nullable=True),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_hash", name=op.f("pk_tries")),
    )
    op.create_index("ix_tries_at", "tries", ["at"])


def downgrade() -> None:
    op.drop_table("tries")
    op.drop_table("farewells")
    op.drop_table("rejoins")
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_index("ix_participants_aside_hash")
        batch_op.drop_column("closed_before")
        batch_op.drop_column("word_hash")
        batch_op.drop_column("aside_hash")
