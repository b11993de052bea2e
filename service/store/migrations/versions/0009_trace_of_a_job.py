"""Under which trace a job became necessary."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('job', sa.Column('trace', sa.String(length=55), nullable=True, comment='W3C traceparent of what made the work necessary; null: it was not traced.'))


def downgrade() -> None:
    op.drop_column('job', 'trace')
