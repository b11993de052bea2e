"""Open cases of one cause are found by an index, however many were decided before them."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("state = 'open'")
    columns = ['tenant_id', 'queue', 'cause', 'policy', 'id']
    op.create_index(
        'ix_review_case_open_cause', 'review_case', columns, sqlite_where=is_open, postgresql_where=is_open
    )


def downgrade() -> None:
    op.drop_index('ix_review_case_open_cause', table_name='review_case')
