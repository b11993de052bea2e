"""Notices from outside, and who sent them."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reporter',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='To whom.'),
    sa.Column('email_key', sa.String(length=254), nullable=False, comment='E-mail address, folded.'),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False, comment='First notice.'),
    sa.Column('suspended_until', sa.DateTime(timezone=True), nullable=True, comment='Until when notices of theirs are refused; null: they are taken.'),
    sa.Column('suspended_by', sa.String(length=255), nullable=True, comment='Who decided that.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_reporter_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'email_key', name=op.f('pk_reporter')),
    comment='People who sent notices, by their e-mail address.'
    )
    op.create_table('report',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, rpt_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='To whom.'),
    sa.Column('track_id', sa.String(length=40), nullable=False, comment='What it is about.'),
    sa.Column('case_id', sa.String(length=40), nullable=False, comment='Where it is decided.'),
    sa.Column('kind', sa.Enum('impersonation', 'recording', 'undeclared_ai', 'spam', 'other', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What is claimed.'),
    sa.Column('role', sa.Enum('artist', 'rights_holder', 'representative', 'user', name='role', native_enum=False, create_constraint=True, length=32), nullable=False, comment='As whom.'),
    sa.Column('name', sa.Text(), nullable=False, comment='Who reports.'),
    sa.Column('email', sa.String(length=254), nullable=False, comment='Where they can be reached.'),
    sa.Column('email_key', sa.String(length=254), nullable=False, comment='The same, folded.'),
    sa.Column('statement', sa.Text(), nullable=False, comment='What is wrong, in their words.'),
    sa.Column('links', sa.JSON(), nullable=False, comment='Evidence.'),
    sa.Column('via', sa.String(length=255), nullable=False, comment='Who passed it on.'),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.ForeignKeyConstraint(['case_id'], ['review_case.id'], name=op.f('fk_report_case_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_report_tenant_id')),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_report_track_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    comment='Notices from outside; never changed. Their outcome is the decision on their case.'
    )
    op.create_index(op.f('ix_report_case_id'), 'report', ['case_id'])
    op.create_index(op.f('ix_report_tenant_id_id'), 'report', ['tenant_id', 'id'])
    op.create_index(op.f('ix_report_tenant_id_email_key_track_id'), 'report', ['tenant_id', 'email_key', 'track_id'])


def downgrade() -> None:
    op.drop_table('report')
    op.drop_table('reporter')
