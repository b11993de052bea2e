"""The latest decided cases of a queue or of a priority are found however many others were decided since, and claims that
run however many have run out."""

from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for what in ('queue', 'priority'):
        columns = ['tenant_id', 'state', what, 'updated_at', 'id']
        op.create_index(f"ix_review_case_{'_'.join(columns)}", 'review_case', columns)
    op.create_index('ix_case_claim_tenant_id_expires_at', 'case_claim', ['tenant_id', 'expires_at'])


def downgrade() -> None:
    op.drop_index('ix_case_claim_tenant_id_expires_at', table_name='case_claim')
    for what in ('queue', 'priority'):
        op.drop_index(f'ix_review_case_tenant_id_state_{what}_updated_at_id', table_name='review_case')
