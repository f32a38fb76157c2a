"""Rooms have options, registered nicks, subscribers and blocks.

New tables, and columns with constant defaults: a lock for a moment. The way back drops what they hold.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chat_room_blocks',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('owner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('what', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('jid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_room_blocks_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_room_blocks')),
    sa.UniqueConstraint('owner', 'what', 'jid', name='uq_chat_room_blocks_jid')
    )
    op.create_index(op.f('ix_chat_room_blocks_organization_id'), 'chat_room_blocks', ['organization_id'], unique=False)
    op.create_table('chat_room_nicks',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('place', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('jid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nick', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_room_nicks_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['chat_rooms.id'], name=op.f('fk_chat_room_nicks_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_room_nicks')),
    sa.UniqueConstraint('place', 'jid', name='uq_chat_room_nicks_jid'),
    sa.UniqueConstraint('place', 'nick', name='uq_chat_room_nicks_nick')
    )
    op.create_index(op.f('ix_chat_room_nicks_organization_id'), 'chat_room_nicks', ['organization_id'], unique=False)
    op.create_index(op.f('ix_chat_room_nicks_room_id'), 'chat_room_nicks', ['room_id'], unique=False)
    op.create_table('chat_room_subscribers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('jid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nick', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nodes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_room_subscribers_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['chat_rooms.id'], name=op.f('fk_chat_room_subscribers_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_room_subscribers')),
    sa.UniqueConstraint('room_id', 'jid', name='uq_chat_room_subscribers_jid')
    )
    op.create_index('ix_chat_room_subscribers_jid', 'chat_room_subscribers', ['jid'], unique=False)
    op.create_index(op.f('ix_chat_room_subscribers_organization_id'), 'chat_room_subscribers', ['organization_id'], unique=False)
    op.add_column('chat_room_affiliations', sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
    op.alter_column('chat_room_affiliations', 'reason', server_default=None)
    op.create_index('ix_chat_room_affiliations_jid', 'chat_room_affiliations', ['jid'], unique=False)
    op.add_column('chat_rooms', sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='muc'))
    op.alter_column('chat_rooms', 'kind', server_default=None)
    op.add_column('chat_rooms', sa.Column('config', postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")))
    op.alter_column('chat_rooms', 'config', server_default=None)
    op.add_column('chat_rooms', sa.Column('subject_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('chat_rooms', sa.Column('is_locked', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('chat_rooms', 'is_locked', server_default=None)
    op.add_column('chat_rooms', sa.Column('epoch', sa.BigInteger(), nullable=False, server_default=sa.text('0')))
    op.alter_column('chat_rooms', 'epoch', server_default=None)
    op.add_column('chat_rooms', sa.Column('version', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
    op.alter_column('chat_rooms', 'version', server_default=None)
    op.add_column('chat_rooms', sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('chat_rooms', 'last_used_at')
    op.drop_column('chat_rooms', 'version')
    op.drop_column('chat_rooms', 'epoch')
    op.drop_column('chat_rooms', 'is_locked')
    op.drop_column('chat_rooms', 'subject_at')
    op.drop_column('chat_rooms', 'config')
    op.drop_column('chat_rooms', 'kind')
    op.drop_index('ix_chat_room_affiliations_jid', table_name='chat_room_affiliations')
    op.drop_column('chat_room_affiliations', 'reason')
    op.drop_index(op.f('ix_chat_room_subscribers_organization_id'), table_name='chat_room_subscribers')
    op.drop_index('ix_chat_room_subscribers_jid', table_name='chat_room_subscribers')
    op.drop_table('chat_room_subscribers')
    op.drop_index(op.f('ix_chat_room_nicks_room_id'), table_name='chat_room_nicks')
    op.drop_index(op.f('ix_chat_room_nicks_organization_id'), table_name='chat_room_nicks')
    op.drop_table('chat_room_nicks')
    op.drop_index(op.f('ix_chat_room_blocks_organization_id'), table_name='chat_room_blocks')
    op.drop_table('chat_room_blocks')
