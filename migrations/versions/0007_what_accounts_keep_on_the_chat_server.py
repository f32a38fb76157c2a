"""What accounts keep on the chat server: cards, lists, nodes, pushes, uploads, inboxes; pre-approvals.

New tables, a column with a constant default and a nullable one: a lock for a moment. The way back
drops what clients kept.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chat_shared_groups',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('domain', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('members', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('displayed', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_shared_groups_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_shared_groups')),
    sa.UniqueConstraint('domain', 'name', name='uq_chat_shared_groups_name')
    )
    op.create_index(op.f('ix_chat_shared_groups_organization_id'), 'chat_shared_groups', ['organization_id'], unique=False)
    op.create_table('chat_archive_preferences',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('policy', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('always', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('never', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_archive_preferences_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_archive_preferences_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_archive_preferences')),
    sa.UniqueConstraint('account_id', name='uq_chat_archive_preferences_account_id')
    )
    op.create_index(op.f('ix_chat_archive_preferences_organization_id'), 'chat_archive_preferences', ['organization_id'], unique=False)
    op.create_table('chat_inbox',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('peer', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('box', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('unread', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('muted_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stanza_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('stanza', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_inbox_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_inbox_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_inbox')),
    sa.UniqueConstraint('account_id', 'peer', name='uq_chat_inbox_peer')
    )
    op.create_index('ix_chat_inbox_order', 'chat_inbox', ['account_id', 'last_at'], unique=False)
    op.create_index(op.f('ix_chat_inbox_organization_id'), 'chat_inbox', ['organization_id'], unique=False)
    op.create_table('chat_last_activity',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_last_activity_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_last_activity_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_last_activity')),
    sa.UniqueConstraint('account_id', name='uq_chat_last_activity_account_id')
    )
    op.create_index(op.f('ix_chat_last_activity_organization_id'), 'chat_last_activity', ['organization_id'], unique=False)
    op.create_index(op.f('ix_chat_last_activity_seen_at'), 'chat_last_activity', ['seen_at'], unique=False)
    op.create_table('chat_privacy_lists',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('items', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_privacy_lists_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_privacy_lists_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_privacy_lists')),
    sa.UniqueConstraint('account_id', 'name', name='uq_chat_privacy_lists_name')
    )
    op.create_index(op.f('ix_chat_privacy_lists_organization_id'), 'chat_privacy_lists', ['organization_id'], unique=False)
    op.create_table('chat_private',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('xml', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_private_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_private_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_private')),
    sa.UniqueConstraint('account_id', 'name', name='uq_chat_private_name')
    )
    op.create_index(op.f('ix_chat_private_organization_id'), 'chat_private', ['organization_id'], unique=False)
    op.create_table('chat_pubsub_nodes',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('access', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('max_items', sa.Integer(), nullable=False),
    sa.Column('is_persistent', sa.Boolean(), nullable=False),
    sa.Column('send_last', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_notified_of_retract', sa.Boolean(), nullable=False),
    sa.Column('whitelist', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_pubsub_nodes_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_pubsub_nodes_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_pubsub_nodes')),
    sa.UniqueConstraint('account_id', 'name', name='uq_chat_pubsub_nodes_name')
    )
    op.create_index(op.f('ix_chat_pubsub_nodes_organization_id'), 'chat_pubsub_nodes', ['organization_id'], unique=False)
    op.create_table('chat_push_sessions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('service', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('node', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('resource', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('options', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_push_sessions_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_push_sessions_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_push_sessions')),
    sa.UniqueConstraint('account_id', 'service', 'node', name='uq_chat_push_sessions_node')
    )
    op.create_index(op.f('ix_chat_push_sessions_organization_id'), 'chat_push_sessions', ['organization_id'], unique=False)
    op.create_table('chat_uploads',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('filename', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_uploads_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_uploads_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_uploads')),
    sa.UniqueConstraint('token', name='uq_chat_uploads_token')
    )
    op.create_index('ix_chat_uploads_account', 'chat_uploads', ['account_id', 'asked_at'], unique=False)
    op.create_index(op.f('ix_chat_uploads_organization_id'), 'chat_uploads', ['organization_id'], unique=False)
    op.create_table('chat_vcards',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('xml', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('photo_sha1', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['chat_accounts.id'], name=op.f('fk_chat_vcards_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_vcards_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_vcards')),
    sa.UniqueConstraint('account_id', name='uq_chat_vcards_account_id')
    )
    op.create_index(op.f('ix_chat_vcards_organization_id'), 'chat_vcards', ['organization_id'], unique=False)
    op.create_table('chat_pubsub_items',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('node_id', sa.BigInteger(), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('publisher', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('payload', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['node_id'], ['chat_pubsub_nodes.id'], name=op.f('fk_chat_pubsub_items_node_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_pubsub_items_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_pubsub_items')),
    sa.UniqueConstraint('node_id', 'item_id', name='uq_chat_pubsub_items_item_id')
    )
    op.create_index('ix_chat_pubsub_items_order', 'chat_pubsub_items', ['node_id', 'id'], unique=False)
    op.create_index(op.f('ix_chat_pubsub_items_organization_id'), 'chat_pubsub_items', ['organization_id'], unique=False)
    op.add_column('chat_roster_items', sa.Column('is_approved', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('chat_roster_items', 'is_approved', server_default=None)
    op.add_column('chat_roster_items', sa.Column('request', sqlmodel.sql.sqltypes.AutoString(), nullable=True))


def downgrade() -> None:
    op.drop_column('chat_roster_items', 'request')
    op.drop_column('chat_roster_items', 'is_approved')
    op.drop_index(op.f('ix_chat_pubsub_items_organization_id'), table_name='chat_pubsub_items')
    op.drop_index('ix_chat_pubsub_items_order', table_name='chat_pubsub_items')
    op.drop_table('chat_pubsub_items')
    op.drop_index(op.f('ix_chat_vcards_organization_id'), table_name='chat_vcards')
    op.drop_table('chat_vcards')
    op.drop_index(op.f('ix_chat_uploads_organization_id'), table_name='chat_uploads')
    op.drop_index('ix_chat_uploads_account', table_name='chat_uploads')
    op.drop_table('chat_uploads')
    op.drop_index(op.f('ix_chat_push_sessions_organization_id'), table_name='chat_push_sessions')
    op.drop_table('chat_push_sessions')
    op.drop_index(op.f('ix_chat_pubsub_nodes_organization_id'), table_name='chat_pubsub_nodes')
    op.drop_table('chat_pubsub_nodes')
    op.drop_index(op.f('ix_chat_private_organization_id'), table_name='chat_private')
    op.drop_table('chat_private')
    op.drop_index(op.f('ix_chat_privacy_lists_organization_id'), table_name='chat_privacy_lists')
    op.drop_table('chat_privacy_lists')
    op.drop_index(op.f('ix_chat_last_activity_seen_at'), table_name='chat_last_activity')
    op.drop_index(op.f('ix_chat_last_activity_organization_id'), table_name='chat_last_activity')
    op.drop_table('chat_last_activity')
    op.drop_index(op.f('ix_chat_inbox_organization_id'), table_name='chat_inbox')
    op.drop_index('ix_chat_inbox_order', table_name='chat_inbox')
    op.drop_table('chat_inbox')
    op.drop_index(op.f('ix_chat_archive_preferences_organization_id'), table_name='chat_archive_preferences')
    op.drop_table('chat_archive_preferences')
    op.drop_index(op.f('ix_chat_shared_groups_organization_id'), table_name='chat_shared_groups')
    op.drop_table('chat_shared_groups')
