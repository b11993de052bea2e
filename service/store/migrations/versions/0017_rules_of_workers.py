"""Workers tell by which rules they judge."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('worker', sa.Column('rule_set', sa.String(length=80), nullable=True, comment='Hash of the rules that it judges by; null: it judges nothing, or has not said so yet.'))


def downgrade() -> None:
    op.drop_column('worker', 'rule_set')
