"""Profiles of contacts: several persons who share a phone.

One new table: no lock of anything that is there. The way back drops the profiles that are not in use.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contact_profiles',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('inserted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organization_id', sa.BigInteger(), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('language_id', sa.BigInteger(), nullable=False),
    sa.Column('fields', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_contact_profiles_contact_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['language_id'], ['languages.id'], name=op.f('fk_contact_profiles_language_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_contact_profiles_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_profiles')),
    sa.UniqueConstraint('contact_id', 'name', 'type', name='uq_contact_profiles_name')
    )
    op.create_index(op.f('ix_contact_profiles_organization_id'), 'contact_profiles', ['organization_id'], unique=False)
    op.create_index('uq_contact_profiles_current', 'contact_profiles', ['contact_id'], unique=True, postgresql_where=sa.text('is_current'))


def downgrade() -> None:
    op.drop_index('uq_contact_profiles_current', table_name='contact_profiles', postgresql_where=sa.text('is_current'))
    op.drop_index(op.f('ix_contact_profiles_organization_id'), table_name='contact_profiles')
    op.drop_table('contact_profiles')
