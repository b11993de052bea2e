"""Second looks, golden cases, and shares of what is looked at again."""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('quality_share',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose.'),
    sa.Column('second_looks', sa.Float(), nullable=False, comment='Share of decisions that a second person looks at, 0-1.'),
    sa.Column('unflagged', sa.Float(), nullable=False, comment='Share of tracks that no rule sent to a person and one sees yet, 0-1.'),
    sa.Column('changed_by', sa.String(length=255), nullable=False, comment='Who set it.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_quality_share_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', name=op.f('pk_quality_share')),
    comment="How much of a tenant's work is looked at once more; without a row nothing is."
    )
    op.create_table('golden_case',
    sa.Column('case_id', sa.String(length=40), nullable=False, comment='The case.'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose case it is.'),
    sa.Column('action', sa.Enum('none', 'label', 'queue', 'hold', 'block', name='action', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What should happen.'),
    sa.Column('reason', sa.Enum('ai_confirmed', 'ai_not_confirmed', 'declaration_corrected', 'duplicate_confirmed', 'licensed_or_own_recording', 'spam_confirmed', 'not_spam', 'impersonation_confirmed', 'no_impersonation', 'metadata_misleading', 'metadata_in_order', 'reviewed_benign', 'other', name='reason', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What is to be found.'),
    sa.Column('why', sa.Text(), nullable=False, comment='Why this is the answer.'),
    sa.Column('looks', sa.Integer(), nullable=False, comment='How many others look at it after it was decided.'),
    sa.Column('set_by', sa.String(length=255), nullable=False, comment='Who knows the answer, and is never scored by it.'),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False, comment='When it was last set.'),
    sa.ForeignKeyConstraint(['case_id'], ['review_case.id'], name=op.f('fk_golden_case_case_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_golden_case_tenant_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_golden_case')),
    comment='Cases whose right answer is known. They look like any other; whoever decides them is scored.'
    )
    op.create_index(op.f('ix_golden_case_tenant_id_set_at_case_id'), 'golden_case', ['tenant_id', 'set_at', 'case_id'], unique=False)
    op.create_table('second_look',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, lok_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose case it is.'),
    sa.Column('case_id', sa.String(length=40), nullable=False, comment='The case.'),
    sa.Column('decision_id', sa.String(length=40), nullable=False, comment='The decision that it looks after.'),
    sa.Column('queue', sa.String(length=100), nullable=False, comment="The case's queue when it was asked for."),
    sa.Column('policy', sa.String(length=100), nullable=False, comment="The case's policy clause when it was asked for."),
    sa.Column('kind', sa.Enum('sampled', 'golden', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Why it is asked for.'),
    sa.Column('state', sa.Enum('waiting', 'done', name='state', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Where it stands.'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False, comment='When it was asked for.'),
    sa.Column('taken_by', sa.String(length=255), nullable=True, comment='Who has it in hand; null: nobody.'),
    sa.Column('taken_until', sa.DateTime(timezone=True), nullable=True, comment='Until when nobody else may take it.'),
    sa.Column('judged_by', sa.String(length=255), nullable=True, comment='Who judged.'),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('action', sa.Enum('none', 'label', 'queue', 'hold', 'block', name='action', native_enum=False, create_constraint=True, length=32), nullable=True, comment='What they wanted to happen.'),
    sa.Column('reason', sa.Enum('ai_confirmed', 'ai_not_confirmed', 'declaration_corrected', 'duplicate_confirmed', 'licensed_or_own_recording', 'spam_confirmed', 'not_spam', 'impersonation_confirmed', 'no_impersonation', 'metadata_misleading', 'metadata_in_order', 'reviewed_benign', 'other', name='reason', native_enum=False, create_constraint=True, length=32), nullable=True, comment='What they found.'),
    sa.Column('policy_clause', sa.String(length=100), nullable=True, comment='Under which clause.'),
    sa.Column('note', sa.Text(), nullable=True, comment='Their private note.'),
    sa.Column('confirm_labels', sa.JSON(none_as_null=True), nullable=True, comment='Labels found right.'),
    sa.Column('reject_labels', sa.JSON(none_as_null=True), nullable=True, comment='Labels found wrong.'),
    sa.ForeignKeyConstraint(['case_id'], ['review_case.id'], name=op.f('fk_second_look_case_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_second_look_decision_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_second_look_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_look')),
    comment='Second judgements on decided cases, by people who did not know the first; they change nothing.'
    )
    op.create_index(op.f('ix_second_look_case_id'), 'second_look', ['case_id'], unique=False)
    op.create_index('ix_second_look_judged', 'second_look', ['tenant_id', 'judged_at'], unique=False, postgresql_where=sa.text("state = 'done'"), sqlite_where=sa.text("state = 'done'"))
    op.create_index(op.f('ix_second_look_tenant_id_state_asked_at_id'), 'second_look', ['tenant_id', 'state', 'asked_at', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_second_look_tenant_id_state_asked_at_id'), table_name='second_look')
    op.drop_index('ix_second_look_judged', table_name='second_look', postgresql_where=sa.text("state = 'done'"), sqlite_where=sa.text("state = 'done'"))
    op.drop_index(op.f('ix_second_look_case_id'), table_name='second_look')
    op.drop_table('second_look')
    op.drop_index(op.f('ix_golden_case_tenant_id_set_at_case_id'), table_name='golden_case')
    op.drop_table('golden_case')
    op.drop_table('quality_share')
