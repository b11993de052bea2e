"""The latest deliveries of a sender, the decisions on a track and its cases are read from indices alone: each row that
is looked up beside its index costs a read of the disk where a database is larger than memory."""

from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

_WIDER = [
    ('track', ['sender_key', 'accepted_seq'], 'id'),
    ('decision_track', ['track_id'], 'decision_id'),
    ('case_track', ['track_id', 'left_at'], 'case_id'),
]


def upgrade() -> None:
    for table, columns, more in _WIDER:
        op.create_index(_name(table, [*columns, more]), table, [*columns, more])
        op.drop_index(_name(table, columns), table_name=table)


def downgrade() -> None:
    for table, columns, more in _WIDER:
        op.create_index(_name(table, columns), table, columns)
        op.drop_index(_name(table, [*columns, more]), table_name=table)


def _name(table: str, columns: list[str]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
