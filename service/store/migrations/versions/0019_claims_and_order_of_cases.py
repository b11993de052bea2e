"""Claims on cases; the order in which cases are looked at."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('case_claim',
    sa.Column('case_id', sa.String(length=40), nullable=False, comment='The case.'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose case it is.'),
    sa.Column('holder', sa.String(length=255), nullable=False, comment='Who has it, as decisions name them.'),
    sa.Column('token', sa.String(length=32), nullable=False, comment='Names this very taking of it.'),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False, comment='When the holder took it first.'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False, comment='When the lease ends by itself.'),
    sa.ForeignKeyConstraint(['case_id'], ['review_case.id'], name=op.f('fk_case_claim_case_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_case_claim_tenant_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_claim')),
    comment='Leases on cases (service.claims); one whose end has passed counts for nothing.'
    )
    op.create_index(op.f('ix_case_claim_tenant_id_holder'), 'case_claim', ['tenant_id', 'holder'])
    for name, comment in (
        ('rank_at', 'Order of looking at it (service.review_order): the earlier, the sooner.'),
        ('review_by', 'When a person should have decided.'),
    ):
        op.add_column('review_case', sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default='1970-01-01 00:00:00+00:00', comment=comment))
        op.execute(f'UPDATE review_case SET {name} = opened_at')
    op.add_column('case_track', sa.Column('confidence', sa.Float(), nullable=True, comment='How sure the cause is on this track, 0-1; null: counted, not estimated.'))
    for columns in (
        ['tenant_id', 'state', 'rank_at', 'id'],
        ['tenant_id', 'state', 'queue', 'rank_at', 'id'],
        ['tenant_id', 'state', 'priority', 'rank_at', 'id'],
        ['tenant_id', 'state', 'queue', 'opened_at'],
        ['tenant_id', 'state', 'updated_at', 'id'],
    ):
        op.create_index(op.f('ix_review_case_' + '_'.join(columns)), 'review_case', columns)


def downgrade() -> None:
    for columns in (
        ['tenant_id', 'state', 'rank_at', 'id'],
        ['tenant_id', 'state', 'queue', 'rank_at', 'id'],
        ['tenant_id', 'state', 'priority', 'rank_at', 'id'],
        ['tenant_id', 'state', 'queue', 'opened_at'],
        ['tenant_id', 'state', 'updated_at', 'id'],
    ):
        op.drop_index(op.f('ix_review_case_' + '_'.join(columns)), 'review_case')
    op.drop_column('case_track', 'confidence')
    op.drop_column('review_case', 'review_by')
    op.drop_column('review_case', 'rank_at')
    op.drop_table('case_claim')
