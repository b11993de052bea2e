"""Open cases are found by what they are about, however many are open."""

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("state = 'open'")
    op.create_index(
        'ix_review_case_open_subject', 'review_case', ['scope', 'subject_key'], sqlite_where=is_open, postgresql_where=is_open
    )


def downgrade() -> None:
    op.drop_index('ix_review_case_open_subject', table_name='review_case')
