"""What a chat is owed, so that a newer reply can take the place of an older one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_owed_chat_hash"), ["chat_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("owed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_owed_chat_hash"))
        batch_op.drop_column("chat_hash")
