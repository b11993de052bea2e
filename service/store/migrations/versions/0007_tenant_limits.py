"""Limits of a tenant, and what it delivered by the hour."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tenant_usage',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose tracks.'),
    sa.Column('hour', sa.DateTime(timezone=True), nullable=False, comment='The hour, by its beginning.'),
    sa.Column('tracks', sa.Integer(), nullable=False, comment='Tracks accepted in it.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_tenant_usage_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'hour', name=op.f('pk_tenant_usage')),
    comment='Tracks accepted of each tenant in each hour.'
    )
    op.add_column('tenant', sa.Column('requests_per_minute', sa.Integer(), nullable=True, comment='Requests a minute; 0: any number; null: as the settings say.'))
    op.add_column('tenant', sa.Column('tracks_per_day', sa.Integer(), nullable=True, comment='Tracks a day; 0: any number; null: as the settings say.'))


def downgrade() -> None:
    op.drop_column('tenant', 'tracks_per_day')
    op.drop_column('tenant', 'requests_per_minute')
    op.drop_table('tenant_usage')
