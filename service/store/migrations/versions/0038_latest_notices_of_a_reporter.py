"""The latest notices of a reporter are found by an index, however many there are."""

from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_report_latest', 'report', ['tenant_id', 'email_key', 'id'])


def downgrade() -> None:
    op.drop_index('ix_report_latest', table_name='report')
