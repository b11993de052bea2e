"""What administrators changed about people at the console, and when somebody was last seen there."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('people_change',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='Order of changing.'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose people they are.'),
    sa.Column('person', sa.String(length=100), nullable=False, comment='Whose account.'),
    sa.Column('change', sa.Enum('role', 'shut_out', 'let_in', 'second_factor_reset', name='change', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What was done.'),
    sa.Column('detail', sa.String(length=255), nullable=False, comment='From what to what; empty where that is plain.'),
    sa.Column('changed_by', sa.String(length=255), nullable=False, comment='Who did it.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_people_change_tenant_id')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_people_change')),
    comment='What administrators changed about people at the console.',
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_people_change_tenant_id_seq'), 'people_change', ['tenant_id', 'seq'], unique=False)
    op.add_column('reviewer', sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True, comment='When they were last at the console, to the minute; null: never.'))


def downgrade() -> None:
    op.drop_column('reviewer', 'last_seen_at')
    op.drop_index(op.f('ix_people_change_tenant_id_seq'), table_name='people_change')
    op.drop_table('people_change')
