"""Second factors, identities elsewhere, people's own keys. Everybody signs in anew."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('secret_key',
    sa.Column('name', sa.String(length=40), nullable=False, comment='What it signs.'),
    sa.Column('key', sa.LargeBinary(), nullable=False, comment='Random bytes.'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False, comment='When it was made.'),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_secret_key')),
    comment="Keys of the service's own signatures."
    )
    op.create_table('recovery_code',
    sa.Column('reviewer_id', sa.String(length=40), nullable=False, comment='Whose.'),
    sa.Column('code_sha256', sa.String(length=64), nullable=False, comment='SHA-256 of the code.'),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='When it was used; null: it may be.'),
    sa.ForeignKeyConstraint(['reviewer_id'], ['reviewer.id'], name=op.f('fk_recovery_code_reviewer_id')),
    sa.PrimaryKeyConstraint('reviewer_id', 'code_sha256', name=op.f('pk_recovery_code')),
    comment='Codes that stand in once for a one-time code.'
    )
    with op.batch_alter_table('api_key') as batch:
        batch.add_column(sa.Column('reviewer_id', sa.String(length=40), nullable=True, comment="Whose own key it is: it opens what their role does; null: a program's."))
        batch.create_foreign_key(op.f('fk_api_key_reviewer_id'), 'reviewer', ['reviewer_id'], ['id'])
    op.add_column('reviewer', sa.Column('oidc_subject', sa.String(length=255), nullable=True, comment='Who they are at the identity provider; null: they sign in by password.'))
    op.add_column('reviewer', sa.Column('totp_secret', sa.String(length=64), nullable=True, comment='Key of their one-time codes (RFC 6238), base 32; checking needs it whole.'))
    op.add_column('reviewer', sa.Column('totp_since', sa.DateTime(timezone=True), nullable=True, comment='When they proved that they hold the key; null: codes are not asked for.'))
    op.add_column('reviewer', sa.Column('totp_step', sa.BigInteger(), nullable=True, comment='Time step of the newest code that was taken: no code is taken twice.'))
    op.create_index(op.f('uq_reviewer_oidc_subject'), 'reviewer', ['oidc_subject'], unique=True)
    op.execute('DELETE FROM reviewer_session')
    with op.batch_alter_table('reviewer_session') as batch:
        batch.add_column(sa.Column('stage', sa.Enum('second_factor', 'enrolment', 'signed_in', name='stage', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What is still asked of them; signed_in: nothing.'))


def downgrade() -> None:
    with op.batch_alter_table('reviewer_session') as batch:
        batch.drop_constraint(op.f('ck_reviewer_session_stage'), type_='check')
        batch.drop_column('stage')
    op.drop_index(op.f('uq_reviewer_oidc_subject'), table_name='reviewer')
    for column in ('totp_step', 'totp_since', 'totp_secret', 'oidc_subject'):
        op.drop_column('reviewer', column)
    with op.batch_alter_table('api_key') as batch:
        batch.drop_constraint(op.f('fk_api_key_reviewer_id'), type_='foreignkey')
        batch.drop_column('reviewer_id')
    op.drop_table('recovery_code')
    op.drop_table('secret_key')
