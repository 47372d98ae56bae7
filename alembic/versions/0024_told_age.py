"""The age group that a worker named for a link, so that it need not be asked again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("told_age", sa.String(12), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "told_age")
