"""fingerprints"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# Partitions live in a schema of their own: they are no tables of the model.
PARTITIONS = 16
PARTITION_SCHEMA = 'earmark_partitions'


def upgrade() -> None:
    op.create_table('fingerprint',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False, comment='Short number that the postings refer to.'),
    sa.Column('audio_sha256', sa.String(length=64), nullable=False, comment='The audio.'),
    sa.Column('algorithm', sa.String(length=40), nullable=False, comment='Name and version of the algorithm.'),
    sa.Column('packed', sa.LargeBinary(), nullable=False, comment='The constellation, as the algorithm packs it.'),
    sa.Column('duration_s', sa.Float(), nullable=False, comment='Length of the recording in seconds.'),
    sa.Column('matchable', sa.Boolean(), nullable=False, comment='False for silence, noise and steady tones: no postings.'),
    sa.Column('pcm_sha256', sa.String(length=64), nullable=True, comment='SHA-256 of the decoded PCM: equal for retagged files.'),
    sa.ForeignKeyConstraint(['audio_sha256'], ['blob.sha256'], name=op.f('fk_fingerprint_audio_sha256')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fingerprint')),
    sa.UniqueConstraint('audio_sha256', 'algorithm', name=op.f('uq_fingerprint_audio_sha256_algorithm')),
    comment='The fingerprint of each audio; written once for an algorithm.',
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_fingerprint_pcm_sha256'), 'fingerprint', ['pcm_sha256'], unique=False)
    op.create_table('fingerprint_posting',
    sa.Column('code', sa.Integer(), autoincrement=False, nullable=False, comment='A code of 31 bits.'),
    sa.Column('fingerprint_id', sa.Integer(), autoincrement=False, nullable=False, comment='The recording that holds it (fingerprint.id).'),
    sa.PrimaryKeyConstraint('code', 'fingerprint_id', name=op.f('pk_fingerprint_posting')),
    comment='Which recordings hold which code.',
    sqlite_with_rowid=False,
    postgresql_partition_by='HASH (code)'
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(f'CREATE SCHEMA IF NOT EXISTS {PARTITION_SCHEMA}')
        for part in range(PARTITIONS):
            op.execute(
                f'CREATE TABLE {PARTITION_SCHEMA}.fingerprint_posting_{part:02} PARTITION OF fingerprint_posting '
                f'FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})'
            )


def downgrade() -> None:
    op.drop_table('fingerprint_posting')
    op.drop_index(op.f('ix_fingerprint_pcm_sha256'), table_name='fingerprint')
    op.drop_table('fingerprint')
