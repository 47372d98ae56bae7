"""Which message tells a participant how their request stands, to be edited when it is seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column(
        "alerts",
        sa.Column(
            "said_message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    op.create_index(
        op.f("ix_alerts_said_message"),
        "alerts",
        ["said_message"],
        sqlite_where=sa.text("said_message IS NOT NULL"),
        postgresql_where=sa.text("said_message IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_alerts_said_message"), table_name="alerts")
    op.drop_column("alerts", "said_message")
    op.drop_column("alerts", "chat_hash")
