"""Appeals and the files of people, with kinds of events of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BEFORE = (
    "track.received", "track.analysed", "track.unreadable", "track.decided", "track.failed", "track.withdrawn",
    "track.revised", "case.opened", "case.joined", "case.left", "case.decided", "decision.undone", "track.labelled",
    "track.declaration_requested",
)
ADDED = ("appeal.lodged", "appeal.message", "appeal.decided")


def _allow_events(kinds: tuple[str, ...]) -> None:
    """Change the CHECK constraint. SQLite cannot: there the table is written anew."""
    among = ", ".join(f"'{kind}'" for kind in kinds)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_event_kind"), "event", type_="check")
        op.create_check_constraint(op.f("ck_event_kind"), "event", f"kind IN ({among})")
        return
    with op.batch_alter_table("event", recreate="always") as batch:
        batch.drop_constraint(op.f("ck_event_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_event_kind"), f"kind IN ({among})")


def upgrade() -> None:
    _allow_events(BEFORE + ADDED)
    op.create_table('attachment',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, fil_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose reviewers may download it.'),
    sa.Column('subject_id', sa.String(length=40), nullable=False, comment='The appeal or report it belongs to.'),
    sa.Column('name', sa.String(length=200), nullable=False, comment='As its sender called it.'),
    sa.Column('kind', sa.Enum('pdf', 'png', 'jpeg', 'mp3', 'wav', 'flac', 'ogg', 'mp4', 'zip', 'text', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='By its first bytes.'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='Its content.'),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False, comment='Length in bytes.'),
    sa.Column('handed_in_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.ForeignKeyConstraint(['sha256'], ['blob.sha256'], name=op.f('fk_attachment_sha256')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_attachment_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    comment="Files of appeals and notices. Nobody's file is opened or shown by the service."
    )
    op.create_index(op.f('ix_attachment_subject_id_id'), 'attachment', ['subject_id', 'id'], unique=False)
    op.create_table('appeal',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, apl_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose track it is about.'),
    sa.Column('track_id', sa.String(length=40), nullable=False, comment='The track.'),
    sa.Column('case_id', sa.String(length=40), nullable=False, comment='The case that answers for it.'),
    sa.Column('decision_id', sa.String(length=40), nullable=True, comment='The decision it is against; null: what rules did by themselves.'),
    sa.Column('state', sa.Enum('open', 'upheld', 'reversed', name='state', native_enum=False, create_constraint=True, length=32), nullable=False, comment='open, upheld or reversed.'),
    sa.Column('lodged_by', sa.String(length=255), nullable=False, comment='Key, or that it came by link.'),
    sa.Column('lodged_at', sa.DateTime(timezone=True), nullable=False, comment='When it was lodged.'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False, comment='When an answer is due.'),
    sa.Column('decided_by', sa.String(length=255), nullable=True, comment='The person who decided it.'),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('outcome_decision_id', sa.String(length=40), nullable=True, comment='The decision that the outcome made.'),
    sa.ForeignKeyConstraint(['case_id'], ['review_case.id'], name=op.f('fk_appeal_case_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_appeal_decision_id')),
    sa.ForeignKeyConstraint(['outcome_decision_id'], ['decision.id'], name=op.f('fk_appeal_outcome_decision_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_appeal_tenant_id')),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_appeal_track_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal')),
    comment='Requests that somebody else look again; at most one open for each track.'
    )
    op.create_index(op.f('ix_appeal_case_id'), 'appeal', ['case_id'], unique=False)
    op.create_index(op.f('ix_appeal_outcome_decision_id'), 'appeal', ['outcome_decision_id'], unique=False)
    op.create_index(op.f('ix_appeal_tenant_id_id'), 'appeal', ['tenant_id', 'id'], unique=False)
    op.create_index(op.f('ix_appeal_tenant_id_state_due_at'), 'appeal', ['tenant_id', 'state', 'due_at'], unique=False)
    op.create_index(op.f('ix_appeal_track_id_id'), 'appeal', ['track_id', 'id'], unique=False)
    op.create_index('uq_appeal_open', 'appeal', ['track_id'], unique=True, postgresql_where=sa.text("state = 'open'"), sqlite_where=sa.text("state = 'open'"))
    op.create_table('appeal_message',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='Order of writing.'),
    sa.Column('appeal_id', sa.String(length=40), nullable=False, comment='The appeal.'),
    sa.Column('side', sa.Enum('uploader', 'reviewer', name='side', native_enum=False, create_constraint=True, length=32), nullable=False, comment='uploader or reviewer.'),
    sa.Column('author', sa.String(length=255), nullable=False, comment='Who wrote it.'),
    sa.Column('text', sa.Text(), nullable=False, comment='The message.'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.ForeignKeyConstraint(['appeal_id'], ['appeal.id'], name=op.f('fk_appeal_message_appeal_id')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_appeal_message')),
    comment='What both sides wrote; never changed.',
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_appeal_message_appeal_id_seq'), 'appeal_message', ['appeal_id', 'seq'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_appeal_message_appeal_id_seq'), table_name='appeal_message')
    op.drop_table('appeal_message')
    op.drop_index('uq_appeal_open', table_name='appeal', postgresql_where=sa.text("state = 'open'"), sqlite_where=sa.text("state = 'open'"))
    op.drop_index(op.f('ix_appeal_track_id_id'), table_name='appeal')
    op.drop_index(op.f('ix_appeal_tenant_id_state_due_at'), table_name='appeal')
    op.drop_index(op.f('ix_appeal_tenant_id_id'), table_name='appeal')
    op.drop_index(op.f('ix_appeal_outcome_decision_id'), table_name='appeal')
    op.drop_index(op.f('ix_appeal_case_id'), table_name='appeal')
    op.drop_table('appeal')
    op.drop_index(op.f('ix_attachment_subject_id_id'), table_name='attachment')
    op.drop_table('attachment')
    added = ", ".join(f"'{kind}'" for kind in ADDED)
    op.execute(f'DELETE FROM event WHERE kind IN ({added})')
    _allow_events(BEFORE)
