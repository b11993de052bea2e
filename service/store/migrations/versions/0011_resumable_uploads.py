"""Resumable uploads and their pieces."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('upload',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, upl_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Who uploads.'),
    sa.Column('length_bytes', sa.BigInteger(), nullable=False, comment='Length of the whole, as announced.'),
    sa.Column('offset_bytes', sa.BigInteger(), nullable=False, comment='How much has arrived and is safe.'),
    sa.Column('details', sa.JSON(), nullable=False, comment='Upload-Metadata, decoded.'),
    sa.Column('file_name', sa.Text(), nullable=True, comment='File name among it, made inert; never a path.'),
    sa.Column('sha256', sa.String(length=64), nullable=True, comment='Content that it has become; null: it still lies in pieces.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When it was announced.'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False, comment='When its pieces are removed.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_upload_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload')),
    comment='Resumable uploads. The bytes lie in pieces until the upload becomes a stored content.'
    )
    op.create_index(op.f('ix_upload_expires_at'), 'upload', ['expires_at'], unique=False)
    op.create_index(op.f('ix_upload_tenant_id_expires_at'), 'upload', ['tenant_id', 'expires_at'], unique=False)
    op.create_table('upload_piece',
    sa.Column('upload_id', sa.String(length=40), nullable=False, comment='The upload.'),
    sa.Column('offset_bytes', sa.BigInteger(), nullable=False, comment='Where it begins.'),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False, comment='Its length.'),
    sa.Column('name', sa.String(length=80), nullable=False, comment="Its name in the storage, below the upload's folder."),
    sa.ForeignKeyConstraint(['upload_id'], ['upload.id'], name=op.f('fk_upload_piece_upload_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('upload_id', 'offset_bytes', name=op.f('pk_upload_piece')),
    comment='Pieces of an upload, without gaps from offset 0.'
    )


def downgrade() -> None:
    op.drop_table('upload_piece')
    op.drop_index(op.f('ix_upload_tenant_id_expires_at'), table_name='upload')
    op.drop_index(op.f('ix_upload_expires_at'), table_name='upload')
    op.drop_table('upload')
