"""What one person said in rooms is found by who said it.

The export of personal data and the end of an account read the whole archive of all rooms before.
Building the index holds up who speaks in a room: about two seconds for a million messages. The way
back drops it.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_chat_room_archive_sender", "chat_room_archive", ["sender", "id"])


def downgrade() -> None:
    op.drop_index("ix_chat_room_archive_sender", table_name="chat_room_archive")
