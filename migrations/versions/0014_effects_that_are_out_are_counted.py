"""An organization's effects that are out are counted at every claim.

One small index over running effects: writes to `flow_effects` wait while it is built, which reads
the table once; effects that are over are purged, so that is short. The way back drops the index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_flow_effects_running",
        "flow_effects",
        ["organization_id"],
        postgresql_where=sa.text("status = 'running'"),
    )


def downgrade() -> None:
    op.drop_index("ix_flow_effects_running", table_name="flow_effects")
