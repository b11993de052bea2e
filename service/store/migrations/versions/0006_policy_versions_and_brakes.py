"""policy versions and brakes"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('policy_version',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='Number of the version.'),
    sa.Column('change', sa.Enum('activated', 'promoted', 'demoted', 'rolled_back', name='change', native_enum=False, create_constraint=True, length=32), nullable=False, comment='How it came about.'),
    sa.Column('rule_set', sa.String(length=80), nullable=False, comment='Hash of its rules, without brakes.'),
    sa.Column('packs', sa.JSON(), nullable=False, comment='Its packs: source and text of each.'),
    sa.Column('statuses', sa.JSON(), nullable=False, comment="Status by rule, where it is not the pack's."),
    sa.Column('note', sa.Text(), nullable=False, comment='What was done and why, in one line.'),
    sa.Column('activated_by', sa.String(length=200), nullable=False, comment='Who put it in force.'),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_policy_version')),
    comment='Every policy that was put in force; the last one is.',
    sqlite_autoincrement=True
    )
    op.create_table('rule_brake',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='Row number.'),
    sa.Column('rule', sa.String(length=64), nullable=False, comment='The rule.'),
    sa.Column('version', sa.Integer(), nullable=False, comment='Its version; another version is not braked.'),
    sa.Column('acted_as', sa.Enum('none', 'label', 'queue', 'hold', 'block', name='acted_as', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What it did before.'),
    sa.Column('lowered_to', sa.Enum('none', 'label', 'queue', 'hold', 'block', name='lowered_to', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What it does until released.'),
    sa.Column('good_senders', sa.JSON(), nullable=False, comment='Trusted and verified senders hit within 24 hours.'),
    sa.Column('expected', sa.Float(), nullable=False, comment='How many of them are ordinary.'),
    sa.Column('tracks', sa.Integer(), nullable=False, comment='Tracks that were judged again when it engaged.'),
    sa.Column('message', sa.Text(), nullable=False, comment='What the policy owner is told.'),
    sa.Column('engaged_at', sa.DateTime(timezone=True), nullable=False, comment='When the brake engaged.'),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True, comment='When it was released; null: it holds.'),
    sa.Column('released_by', sa.String(length=200), nullable=True, comment='Who released it.'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rule_brake')),
    comment='Rules that act one rung lower because they suddenly hit good senders.',
    sqlite_autoincrement=True
    )
    op.create_index('uq_rule_brake_engaged', 'rule_brake', ['rule', 'version'], unique=True, postgresql_where=sa.text('released_at IS NULL'), sqlite_where=sa.text('released_at IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_rule_brake_engaged', table_name='rule_brake', postgresql_where=sa.text('released_at IS NULL'), sqlite_where=sa.text('released_at IS NULL'))
    op.drop_table('rule_brake')
    op.drop_table('policy_version')
