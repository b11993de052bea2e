"""Fingerprints say whether their postings stand in the table: with an index beside the database they do not."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = 'False where the postings are not in fingerprint_posting (yet).'
    op.add_column('fingerprint', sa.Column('posted', sa.Boolean(), server_default=sa.true(), nullable=False, comment=comment))
    op.create_index(
        'ix_fingerprint_unposted', 'fingerprint', ['id'], sqlite_where=sa.text('posted IS 0'), postgresql_where=sa.text('posted IS FALSE')
    )


def downgrade() -> None:
    op.drop_index('ix_fingerprint_unposted', table_name='fingerprint')
    op.drop_column('fingerprint', 'posted')
