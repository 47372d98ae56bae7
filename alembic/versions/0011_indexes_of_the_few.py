"""Indexes of the few rows that have a value, where nearly all have none.

Once SQLite has looked at how often a value stands in an index (ANALYZE), it takes one in which
nearly all is NULL for useless, and reads every participant to find the one at a chat.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ASIDE, ENDED = sa.text("aside_hash IS NOT NULL"), sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    aside = op.f("ix_participants_aside_hash")
    op.drop_index(aside, "participants")
    op.create_index(
        aside, "participants", ["aside_hash"], sqlite_where=ASIDE, postgresql_where=ASIDE
    )
    op.create_index(
        "ix_follow_ups_ended",
        "follow_ups",
        ["ended_at"],
        sqlite_where=ENDED,
        postgresql_where=ENDED,
    )


def downgrade() -> None:
    op.drop_index("ix_follow_ups_ended", "follow_ups")
    aside = op.f("ix_participants_aside_hash")
    op.drop_index(aside, "participants")
    op.create_index(aside, "participants", ["aside_hash"])
