"""counts by key as acceptance could tell, by which a key is compared with its own past"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('hourly_count') as table:
        table.add_column(sa.Column('accepted', sa.Integer(), nullable=False, server_default='0', comment='New recordings as acceptance could tell; what analysis finds later does not change it.'))
    with op.batch_alter_table('decayed_count') as table:
        table.add_column(sa.Column('first_hour', sa.Integer(), nullable=False, server_default='0', comment='Hour of the first one, since 1970-01-01 00:00 UTC.'))
    with op.batch_alter_table('sighting') as table:
        table.add_column(sa.Column('running', sa.JSON(), nullable=False, server_default='{}', comment='New recordings of the hour by kind, as acceptance could tell, itself included.'))
    op.execute('UPDATE hourly_count SET accepted = fresh')
    op.execute(
        'UPDATE decayed_count SET first_hour = COALESCE((SELECT MIN(hour) FROM hourly_count AS counted'
        ' WHERE counted.tenant_id = decayed_count.tenant_id AND counted.kind = decayed_count.kind'
        ' AND counted.key = decayed_count.key), 0)'
    )


def downgrade() -> None:
    for name, column in (('sighting', 'running'), ('decayed_count', 'first_hour'), ('hourly_count', 'accepted')):
        with op.batch_alter_table(name) as table:
            table.drop_column(column)
