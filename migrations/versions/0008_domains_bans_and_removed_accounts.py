"""Domains with settings of their own, bans, and accounts whose rows are being erased.

A new table, columns that are nullable or have a constant default, and an index on rosters: writes
to rosters wait while it is made, about a second for a million entries. The way back drops domains
that were added, with their settings, and every ban.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chat_domains',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('admin_password_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_domains_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_domains')),
    sa.UniqueConstraint('name', name='uq_chat_domains_name')
    )
    op.create_index(op.f('ix_chat_domains_organization_id'), 'chat_domains', ['organization_id'], unique=False)
    op.add_column('chat_accounts', sa.Column('banned_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('chat_accounts', sa.Column('banned_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('chat_accounts', sa.Column('ban_reason', sqlmodel.sql.sqltypes.AutoString(), server_default='', nullable=False))
    op.add_column('chat_accounts', sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_chat_accounts_banned_at', 'chat_accounts', ['banned_at'], unique=False, postgresql_where=sa.text('banned_at IS NOT NULL'))
    op.create_index('ix_chat_accounts_removed_at', 'chat_accounts', ['removed_at'], unique=False, postgresql_where=sa.text('removed_at IS NOT NULL'))
    op.create_index('ix_chat_roster_items_jid', 'chat_roster_items', ['jid'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_chat_roster_items_jid', table_name='chat_roster_items')
    op.drop_index('ix_chat_accounts_removed_at', table_name='chat_accounts', postgresql_where=sa.text('removed_at IS NOT NULL'))
    op.drop_index('ix_chat_accounts_banned_at', table_name='chat_accounts', postgresql_where=sa.text('banned_at IS NOT NULL'))
    op.drop_column('chat_accounts', 'removed_at')
    op.drop_column('chat_accounts', 'ban_reason')
    op.drop_column('chat_accounts', 'banned_until')
    op.drop_column('chat_accounts', 'banned_at')
    op.drop_index(op.f('ix_chat_domains_organization_id'), table_name='chat_domains')
    op.drop_table('chat_domains')
