"""Published detections."""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('tenant', sa.Column('publishes_detections', sa.Boolean(), server_default=sa.false(), nullable=False, comment='What analysis found may become public once nobody replied to it.'))
    op.add_column('declaration_request', sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True, comment='When its uploader declared after it, in time or late; null: never.'))
    op.add_column('declaration_request', sa.Column('told_labels', sa.JSON(none_as_null=True), nullable=True, comment='Labels whose publication it announced; null: none.'))
    op.add_column('declaration_request', sa.Column('told_sha256', sa.String(length=64), nullable=True, comment='The audio that those labels were found in.'))


def downgrade() -> None:
    for name in ('told_sha256', 'told_labels', 'answered_at'):
        op.drop_column('declaration_request', name)
    op.drop_column('tenant', 'publishes_detections')
