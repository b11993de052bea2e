"""A search key of title and artists."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('track', sa.Column('names_sha256', sa.String(length=64), nullable=True, comment='SHA-256 of the folded title and main artists; null: erased, or accepted before this key.'))
    op.create_index(op.f('ix_track_tenant_id_names_sha256_accepted_seq'), 'track', ['tenant_id', 'names_sha256', 'accepted_seq'])


def downgrade() -> None:
    op.drop_index(op.f('ix_track_tenant_id_names_sha256_accepted_seq'), table_name='track')
    op.drop_column('track', 'names_sha256')
