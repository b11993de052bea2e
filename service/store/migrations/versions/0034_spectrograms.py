"""Spectrograms with the trace that the evidence rests on."""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('spectrogram',
    sa.Column('audio_sha256', sa.String(length=64), nullable=False, comment='The audio.'),
    sa.Column('picture', sa.LargeBinary(), nullable=False, comment='PNG from 0 to 22,050 Hz, at most 400 x 256.'),
    sa.Column('trace', sa.JSON(none_as_null=True), nullable=True, comment='What stands out at equal distances (schemas.spectral_trace); null: nothing does.'),
    sa.Column('pipeline', sa.String(length=40), nullable=False, comment='Version of the pipeline that made it.'),
    sa.ForeignKeyConstraint(['audio_sha256'], ['blob.sha256'], name=op.f('fk_spectrogram_audio_sha256')),
    sa.PrimaryKeyConstraint('audio_sha256', name=op.f('pk_spectrogram')),
    comment='Spectrogram of each audio, and the trace that its evidence rests on.'
    )


def downgrade() -> None:
    op.drop_table('spectrogram')
