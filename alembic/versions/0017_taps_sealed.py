"""Where what was tapped, and the way through a check-in, stand sealed.

What is there is sealed by the running program, a few rows at a time (see `column_sealing`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("said", sa.LargeBinary(), nullable=True))
    op.add_column("sessions", sa.Column("way", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "way")
    op.drop_column("answers", "said")
