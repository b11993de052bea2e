"""Proposals of policy changes that wait for a second person; figures of rules."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('policy_proposal',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, prp_...'),
    sa.Column('kind', sa.Enum('edit', 'promote', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What it changes.'),
    sa.Column('state', sa.Enum('draft', 'proposed', 'in_force', 'refused', 'withdrawn', name='state', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Where it stands.'),
    sa.Column('rule', sa.String(length=64), nullable=True, comment='The rule to be promoted; null: an edit.'),
    sa.Column('source', sa.Text(), nullable=True, comment='The pack that is edited, as it is named in force.'),
    sa.Column('text', sa.Text(), nullable=True, comment='Its new text.'),
    sa.Column('base_version', sa.Integer(), nullable=False, comment='Version of the policy that it changes; 0: the packs of the settings.'),
    sa.Column('because', sa.Text(), nullable=False, comment='Why.'),
    sa.Column('made_by', sa.String(length=200), nullable=False, comment='Who made it.'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False, comment='When its text or state last changed.'),
    sa.Column('report', sa.JSON(none_as_null=True), nullable=True, comment='Its back-test; null: not tested since it last changed.'),
    sa.Column('answered_by', sa.String(length=200), nullable=True, comment='Who approved, refused or withdrew it.'),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('answer', sa.Text(), nullable=True, comment='What they said to it.'),
    sa.Column('version', sa.Integer(), nullable=True, comment='The version of the policy that it became.'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_proposal')),
    comment='Drafts of changes to the policy, and what became of them.'
    )
    op.create_index(op.f('ix_policy_proposal_state_id'), 'policy_proposal', ['state', 'id'])
    op.create_table('rule_figure',
    sa.Column('rule', sa.String(length=64), nullable=False, comment='The rule.'),
    sa.Column('version', sa.Integer(), nullable=False, comment='Its version.'),
    sa.Column('moments', sa.Integer(), nullable=False, comment='Tracks that were looked at.'),
    sa.Column('tracks', sa.Integer(), nullable=False, comment='Tracks that it hits.'),
    sa.Column('per_day', sa.Float(), nullable=False, comment='The same, for an average day.'),
    sa.Column('cases_per_day', sa.Float(), nullable=False, comment='Cases it makes on an average day.'),
    sa.Column('bad', sa.Integer(), nullable=False, comment='Hits that a person found right.'),
    sa.Column('good', sa.Integer(), nullable=False, comment='Hits that a person found wrong.'),
    sa.Column('mean_us', sa.Float(), nullable=False, comment='Mean run time of the rule on one track, in microseconds.'),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.PrimaryKeyConstraint('rule', 'version', name=op.f('pk_rule_figure')),
    comment='What each rule did on stored facts, as last counted.'
    )


def downgrade() -> None:
    op.drop_table('rule_figure')
    op.drop_table('policy_proposal')
