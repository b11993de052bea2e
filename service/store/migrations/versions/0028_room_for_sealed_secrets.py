"""Room for sealed secrets."""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

COLUMNS = (
    ('reviewer', 'totp_secret', 64, 'Key of their one-time codes (RFC 6238), base 32; checking needs it whole.', 'Key of their one-time codes (RFC 6238), base 32, sealed (service.sealing); needed whole.'),
    ('webhook', 'secret', 80, 'Key of the signatures, whsec_...; signing needs it whole.', 'Key of the signatures, whsec_..., sealed (service.sealing); signing needs it whole.'),
    ('webhook', 'previous_secret', 80, 'The key before, which signs as well.', 'The key before, sealed, which signs as well.'),
)


def upgrade() -> None:
    for table, column, length, before, after in COLUMNS:
        _retype(table, column, sa.String(length), sa.Text(), before, after)


def downgrade() -> None:
    for table, column, length, before, after in COLUMNS:
        _retype(table, column, sa.Text(), sa.String(length), after, before)


def _retype(table: str, column: str, old: sa.types.TypeEngine, new: sa.types.TypeEngine, before: str, after: str) -> None:
    """SQLite changes no type, and writing the table anew would take along what refers to it: a new column takes over."""
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column(table, column, existing_type=old, type_=new, comment=after, existing_comment=before)
        return
    needed = (table, column) == ('webhook', 'secret')
    op.add_column(table, sa.Column('retyped', new, nullable=not needed, server_default='' if needed else None))
    op.execute(f'UPDATE {table} SET retyped = {column}')
    op.execute(f'ALTER TABLE {table} DROP COLUMN {column}')
    op.execute(f'ALTER TABLE {table} RENAME COLUMN retyped TO {column}')
