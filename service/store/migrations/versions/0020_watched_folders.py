"""Watched folders: what was taken of each batch, and what was answered."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('watched_batch',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose folder it is.'),
    sa.Column('source', sa.Text(), nullable=False, comment='The watched folder, a slash and the batch.'),
    sa.Column('root', sa.Text(), nullable=False, comment='The watched folder, or the address of a bucket.'),
    sa.Column('name', sa.Text(), nullable=False, comment="The batch's folder or archive in it."),
    sa.Column('delivery_id', sa.String(length=40), nullable=False, comment='What it became.'),
    sa.Column('listing', sa.String(length=64), nullable=False, comment='SHA-256 of the listing that was taken whole; empty: look again.'),
    sa.Column('seen', sa.JSON(), nullable=False, comment='Size and state of each file when it was taken.'),
    sa.Column('told', sa.JSON(), nullable=False, comment='Digest of the answer that was last written, by message file or manifest.'),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment="The delivery's updated_at that was answered."),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_watched_batch_delivery_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_watched_batch_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'source', name=op.f('pk_watched_batch')),
    comment='Batches of watched folders: what was taken of each, and what was answered.'
    )
    op.create_index(op.f('ix_watched_batch_tenant_id_root'), 'watched_batch', ['tenant_id', 'root'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_watched_batch_tenant_id_root'), table_name='watched_batch')
    op.drop_table('watched_batch')
