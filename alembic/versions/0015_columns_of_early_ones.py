"""Columns that two early migrations were given after databases had been made with them.

Such a database says it is at 0001 or 0005 and lacks what the migration of that number makes today.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = tables.UtcTime(timezone=True)
LONG_AGO = sa.text("'2026-11-22 00:00:00.000000'")


def upgrade() -> None:
    if _lacks("owed", "first_at"):
        column = sa.Column("first_at", TIME, server_default=LONG_AGO, nullable=False)
        op.add_column("owed", column)
        op.execute("UPDATE owed SET first_at = at")
    if _lacks("sessions", "begun"):
        column = sa.Column("begun", sa.Boolean(), server_default=sa.true(), nullable=False)
        op.add_column("sessions", column)
    if _lacks("participants", "waits_since"):
        op.add_column("participants", sa.Column("waits_since", TIME, nullable=True))


def _lacks(table: str, column: str) -> bool:
    return all(each["name"] != column for each in sa.inspect(op.get_bind()).get_columns(table))


def downgrade() -> None:
    pass
