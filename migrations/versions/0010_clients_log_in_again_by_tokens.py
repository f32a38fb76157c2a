"""Clients log in again by tokens (XEP-0484).

One new table: no lock of anything that is there. The way back drops the tokens: clients log in anew.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chat_fast_tokens',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('agent', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('mechanism', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nonce', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_fast_tokens_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_fast_tokens_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_fast_tokens'))
    )
    op.create_index('ix_chat_fast_tokens_agent', 'chat_fast_tokens', ['account_id', 'agent'], unique=False)
    op.create_index(op.f('ix_chat_fast_tokens_organization_id'), 'chat_fast_tokens', ['organization_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_chat_fast_tokens_organization_id'), table_name='chat_fast_tokens')
    op.drop_index('ix_chat_fast_tokens_agent', table_name='chat_fast_tokens')
    op.drop_table('chat_fast_tokens')
