"""artist keys as hashes; who was told of a brake"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('track_revision') as table:
        table.add_column(sa.Column('artist_key_sha256', sa.String(length=64), nullable=True, comment="SHA-256 of the artist's key that came along."))
    with op.batch_alter_table('rule_brake') as table:
        table.add_column(sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment="When the policy owner's address took the message; null: it did not, or there is none."))
    _hash_keys()


def _hash_keys() -> None:
    """Keys that were kept as sent become hashes."""
    rows = sa.table('track_revision', sa.column('track_id', sa.String), sa.column('revision', sa.Integer), sa.column('details', sa.JSON), sa.column('artist_key_sha256', sa.String))
    key = rows.c.details['artist_key'].as_string()
    connection = op.get_bind()
    found = connection.execute(sa.select(rows.c.track_id, rows.c.revision, rows.c.details).where(key.is_not(None))).all()
    for track_id, number, details in found:
        connection.execute(
            rows.update().where(rows.c.track_id == track_id, rows.c.revision == number).values(
                details=details | {'artist_key': None},
                artist_key_sha256=hashlib.sha256(str(details['artist_key']).encode()).hexdigest(),
            )
        )


def downgrade() -> None:
    with op.batch_alter_table('rule_brake') as table:
        table.drop_column('told_at')
    with op.batch_alter_table('track_revision') as table:
        table.drop_column('artist_key_sha256')
