"""Messages keep what people did to them: what they said before, and reactions.

Two new tables: no lock of anything that is there. The way back drops what they hold.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('message_reactions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('emojis', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_message_reactions_contact_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_message_reactions_message_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_message_reactions_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_reactions')),
    sa.UniqueConstraint('message_id', 'contact_id', name='uq_message_reactions_contact_id')
    )
    op.create_index(op.f('ix_message_reactions_contact_id'), 'message_reactions', ['contact_id'], unique=False)
    op.create_index(op.f('ix_message_reactions_organization_id'), 'message_reactions', ['organization_id'], unique=False)
    op.create_table('message_revisions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('body', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('external_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_message_revisions_message_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_message_revisions_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_revisions')),
    sa.UniqueConstraint('message_id', 'external_id', name='uq_message_revisions_external_id')
    )
    op.create_index(op.f('ix_message_revisions_organization_id'), 'message_revisions', ['organization_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_message_revisions_organization_id'), table_name='message_revisions')
    op.drop_table('message_revisions')
    op.drop_index(op.f('ix_message_reactions_organization_id'), table_name='message_reactions')
    op.drop_index(op.f('ix_message_reactions_contact_id'), table_name='message_reactions')
    op.drop_table('message_reactions')
