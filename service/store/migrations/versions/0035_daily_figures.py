"""Figures of each day, and indices on when things happened by which they are counted."""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('counted_day',
    sa.Column('day', sa.Date(), nullable=False, comment='Day in UTC.'),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=False, comment='As of when it was counted.'),
    sa.Column('final', sa.Boolean(), nullable=False, comment='Counted after its end: it is not counted again by itself.'),
    sa.Column('took_s', sa.Float(), nullable=False, comment='How long the counting took.'),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_counted_day')),
    comment='Days whose figures are counted; one that is missing is counted next.'
    )
    op.create_table('daily_figure',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose.'),
    sa.Column('day', sa.Date(), nullable=False, comment='Day in UTC.'),
    sa.Column('figure', sa.Enum('judged', 'ai', 'opened', 'decided', 'action', 'waited', 'in_time', 'reversed', 'finding', 'sample', 'rule_right', 'rule_wrong', name='figure', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What is counted.'),
    sa.Column('key', sa.String(length=100), nullable=False, comment='Under which heading.'),
    sa.Column('value', sa.BigInteger(), nullable=False, comment='How many.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_daily_figure_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'day', 'figure', 'key', name=op.f('pk_daily_figure')),
    comment='Counts of each day; can be made anew from the tables that they count.'
    )
    op.create_index(op.f('ix_daily_figure_day'), 'daily_figure', ['day'], unique=False)
    op.create_index(op.f('ix_decision_decided_at'), 'decision', ['decided_at'], unique=False)
    op.create_index(op.f('ix_decision_undo_undone_at'), 'decision_undo', ['undone_at'], unique=False)
    op.create_index(op.f('ix_review_case_opened_at'), 'review_case', ['opened_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_review_case_opened_at'), table_name='review_case')
    op.drop_index(op.f('ix_decision_undo_undone_at'), table_name='decision_undo')
    op.drop_index(op.f('ix_decision_decided_at'), table_name='decision')
    op.drop_index(op.f('ix_daily_figure_day'), table_name='daily_figure')
    op.drop_table('daily_figure')
    op.drop_table('counted_day')
