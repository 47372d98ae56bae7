"""When whoever holds a phone last said that it is them.

On a phone that others see, a hello newer than that opens nothing. Who has already opened their
last hello is known as of that hello, so that nobody is asked once more in the middle of a talk.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KNOWN = """
UPDATE participants SET known_at = last_hello_at
WHERE last_hello_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM follow_ups
    WHERE follow_ups.participant_id = participants.id
    AND follow_ups.state IN ('sending', 'sent', 'uncertain') AND follow_ups.outcome IS NULL
)
"""


def upgrade() -> None:
    op.add_column(
        "participants", sa.Column("known_at", tables.UtcTime(timezone=True), nullable=True)
    )
    op.execute(_KNOWN)


def downgrade() -> None:
    op.drop_column("participants", "known_at")
