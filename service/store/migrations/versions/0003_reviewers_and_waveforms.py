"""reviewers and waveforms"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reviewer',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, rev_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose cases they see.'),
    sa.Column('name', sa.String(length=100), nullable=False, comment='Sign-in name, lower case.'),
    sa.Column('password_hash', sa.String(length=255), nullable=False, comment='Argon2id hash with its parameters.'),
    sa.Column('role', sa.Enum('auditor', 'reviewer', 'senior', 'policy_owner', 'administrator', name='role', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What they may do.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When they were added.'),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True, comment='When they were shut out; null: they were not.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_reviewer_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviewer')),
    sa.UniqueConstraint('name', name=op.f('uq_reviewer_name')),
    comment='People who work at the console.'
    )
    op.create_table('reviewer_session',
    sa.Column('token_sha256', sa.String(length=64), nullable=False, comment="SHA-256 of the cookie's token."),
    sa.Column('reviewer_id', sa.String(length=40), nullable=False, comment='Who signed in.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When they signed in.'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False, comment='When the session ends by itself.'),
    sa.ForeignKeyConstraint(['reviewer_id'], ['reviewer.id'], name=op.f('fk_reviewer_session_reviewer_id')),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_reviewer_session')),
    comment="Signed-in browsers. The cookie's token is kept as a hash alone."
    )
    op.create_index(op.f('ix_reviewer_session_reviewer_id'), 'reviewer_session', ['reviewer_id'], unique=False)
    op.create_index(op.f('ix_reviewer_session_expires_at'), 'reviewer_session', ['expires_at'], unique=False)
    op.create_table('waveform',
    sa.Column('audio_sha256', sa.String(length=64), nullable=False, comment='The audio.'),
    sa.Column('duration_s', sa.Float(), nullable=False, comment='Its length in seconds.'),
    sa.Column('peaks', sa.LargeBinary(), nullable=False, comment='One byte for each of up to 1,200 equal stretches: the greatest magnitude; 255 is full scale.'),
    sa.Column('pipeline', sa.String(length=40), nullable=False, comment='Version of the pipeline that measured it.'),
    sa.ForeignKeyConstraint(['audio_sha256'], ['blob.sha256'], name=op.f('fk_waveform_audio_sha256')),
    sa.PrimaryKeyConstraint('audio_sha256', name=op.f('pk_waveform')),
    comment='Peaks of each audio, so that a player draws it without loading it.'
    )


def downgrade() -> None:
    op.drop_table('waveform')
    op.drop_table('reviewer_session')
    op.drop_table('reviewer')
