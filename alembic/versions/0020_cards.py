"""Digits that open a link, and which sheet a card is on, with its number there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("cases", sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column("cases", sa.Column("sheet", ID, nullable=True))
    op.add_column("cases", sa.Column("number", sa.Integer(), nullable=True))
    op.create_index("ix_cases_code_hash", "cases", ["code_hash"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_cases_code_hash", "cases")
    for column in ("number", "sheet", "code_hash"):
        op.drop_column("cases", column)
