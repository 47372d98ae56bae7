"""Numbers that a worker asks for wait for a yes or a day; who read outlives a moved story.

`past_access` holds nothing of a person who is deleted but a random number.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    time = tables.UtcTime(timezone=True)
    op.add_column("rejoins", sa.Column("works_from", time, nullable=True))
    op.add_column("rejoins", sa.Column("ask_id", ID, nullable=True))
    op.create_table(
        "past_access",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_access")),
    )
    op.create_index(op.f("ix_past_access_at"), "past_access", ["at"])


def downgrade() -> None:
    op.drop_table("past_access")
    op.drop_column("rejoins", "ask_id")
    op.drop_column("rejoins", "works_from")
