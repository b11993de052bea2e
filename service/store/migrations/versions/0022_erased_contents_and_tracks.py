"""Contents and tracks of which nothing is kept any more."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('blob', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True, comment='Since when its bytes are not kept any more; null: they are.'))
    op.add_column('track', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True, comment='Since when nothing is kept that leads to a person; null: not asked for.'))


def downgrade() -> None:
    op.drop_column('track', 'erased_at')
    op.drop_column('blob', 'erased_at')
