"""What stood under the newest message to a participant, so that every process knows it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participants", sa.Column("asked", sa.LargeBinary(), nullable=True))
    op.add_column(
        "participants", sa.Column("asked_at", tables.UtcTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("participants", "asked_at")
    op.drop_column("participants", "asked")
