"""What covers look like, and which look alike."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('artwork',
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='The picture file; its look stays when the file is erased.'),
    sa.Column('look', sa.String(length=64), nullable=True, comment='Perceptual hash, 256 bits in hexadecimal; null: plain or not readable.'),
    sa.Column('problem', sa.Text(), nullable=True, comment='Why it could not be read; null: it could.'),
    sa.Column('group_key', sa.String(length=64), nullable=False, comment='The smallest SHA-256 among the pictures that look like it.'),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment='When it was looked at.'),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_artwork')),
    comment='The look of each cover; written once.'
    )
    op.create_index(op.f('ix_artwork_group_key'), 'artwork', ['group_key'], unique=False)
    op.create_table('artwork_band',
    sa.Column('band', sa.Integer(), autoincrement=False, nullable=False, comment='Place of the piece above its 16 bits.'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='The picture.'),
    sa.ForeignKeyConstraint(['sha256'], ['artwork.sha256'], name=op.f('fk_artwork_band_sha256')),
    sa.PrimaryKeyConstraint('band', 'sha256', name=op.f('pk_artwork_band')),
    comment='Pieces of looks by which near ones are found.',
    sqlite_with_rowid=False
    )
    op.create_table('artwork_edge',
    sa.Column('low_sha256', sa.String(length=64), nullable=False, comment='The smaller SHA-256 of the two.'),
    sa.Column('high_sha256', sa.String(length=64), nullable=False, comment='The other one.'),
    sa.Column('distance', sa.Integer(), nullable=False, comment='In how many of 256 bits their looks differ.'),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False, comment='When it was found.'),
    sa.ForeignKeyConstraint(['high_sha256'], ['artwork.sha256'], name=op.f('fk_artwork_edge_high_sha256')),
    sa.ForeignKeyConstraint(['low_sha256'], ['artwork.sha256'], name=op.f('fk_artwork_edge_low_sha256')),
    sa.PrimaryKeyConstraint('low_sha256', 'high_sha256', name=op.f('pk_artwork_edge')),
    comment='Pairs of covers that look alike.'
    )
    op.create_index(op.f('ix_artwork_edge_high_sha256'), 'artwork_edge', ['high_sha256'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_artwork_edge_high_sha256'), table_name='artwork_edge')
    op.drop_table('artwork_edge')
    op.drop_table('artwork_band')
    op.drop_index(op.f('ix_artwork_group_key'), table_name='artwork')
    op.drop_table('artwork')
