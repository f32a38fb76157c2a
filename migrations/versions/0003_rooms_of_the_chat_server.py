"""Rooms of the chat server, who is what in them, and what was said.

New tables only: locks nothing that is in use. The way back drops them with what was said.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chat_rooms',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('jid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_chat_rooms_group_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_rooms_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_rooms')),
    sa.UniqueConstraint('jid', name='uq_chat_rooms_jid')
    )
    op.create_index(op.f('ix_chat_rooms_group_id'), 'chat_rooms', ['group_id'], unique=False)
    op.create_index(op.f('ix_chat_rooms_organization_id'), 'chat_rooms', ['organization_id'], unique=False)
    op.create_table('chat_room_affiliations',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('jid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('affiliation', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_room_affiliations_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['chat_rooms.id'], name=op.f('fk_chat_room_affiliations_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_room_affiliations')),
    sa.UniqueConstraint('room_id', 'jid', name='uq_chat_room_affiliations_jid')
    )
    op.create_index(op.f('ix_chat_room_affiliations_organization_id'), 'chat_room_affiliations', ['organization_id'], unique=False)
    op.create_table('chat_room_archive',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('stanza_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('nick', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sender', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stanza', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_chat_room_archive_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['chat_rooms.id'], name=op.f('fk_chat_room_archive_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_room_archive')),
    sa.UniqueConstraint('room_id', 'stanza_id', name='uq_chat_room_archive_stanza_id')
    )
    op.create_index('ix_chat_room_archive_order', 'chat_room_archive', ['room_id', 'id'], unique=False)
    op.create_index(op.f('ix_chat_room_archive_organization_id'), 'chat_room_archive', ['organization_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_chat_room_archive_organization_id'), table_name='chat_room_archive')
    op.drop_index('ix_chat_room_archive_order', table_name='chat_room_archive')
    op.drop_table('chat_room_archive')
    op.drop_index(op.f('ix_chat_room_affiliations_organization_id'), table_name='chat_room_affiliations')
    op.drop_table('chat_room_affiliations')
    op.drop_index(op.f('ix_chat_rooms_organization_id'), table_name='chat_rooms')
    op.drop_index(op.f('ix_chat_rooms_group_id'), table_name='chat_rooms')
    op.drop_table('chat_rooms')
