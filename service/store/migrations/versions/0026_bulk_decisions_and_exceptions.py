"""Bulk decisions; tracks of a case for which something else is decided; reasons about metadata."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

ACTIONS = ("none", "label", "queue", "hold", "block")
BEFORE = (
    "ai_confirmed", "ai_not_confirmed", "declaration_corrected", "duplicate_confirmed", "licensed_or_own_recording",
    "spam_confirmed", "not_spam", "impersonation_confirmed", "no_impersonation", "reviewed_benign", "other",
)
REASONS = (*BEFORE, "metadata_misleading", "metadata_in_order")
EXCEPTIONS = (
    ("action", ACTIONS, "What happens to this track, where it is something else; null: the same."),
    ("reason", REASONS, "Why that happens; null: the decision''s reason."),
)


LABELS = (
    ("confirm_labels", "Labels found right on this track, where it is an exception."),
    ("reject_labels", "Labels found wrong on this track, where it is an exception."),
)


def _among(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _allow_reasons(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Change the CHECK constraint. SQLite cannot, and a table that others refer to cannot be written anew with its rows
    in place: there the constraint is changed where it stands, as https://www.sqlite.org/lang_altertable.html says.
    """
    name, among = op.f("ck_decision_reason"), f"reason IN ({_among(after)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, "decision", type_="check")
        op.create_check_constraint(name, "decision", among)
        return
    op.execute("PRAGMA writable_schema=ON")
    changed = sa.text("UPDATE sqlite_schema SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'decision'")
    op.execute(changed.bindparams(old=f"reason IN ({_among(before)})", new=among))
    op.execute("PRAGMA writable_schema=RESET")


def upgrade() -> None:
    op.create_table('decision_batch',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, blk_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose cases they are.'),
    sa.Column('decided_by', sa.String(length=255), nullable=False, comment='Who decided.'),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.Column('cases', sa.Integer(), nullable=False, comment='How many cases were decided.'),
    sa.Column('tracks', sa.Integer(), nullable=False, comment='How many different tracks they were about.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_decision_batch_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_batch')),
    comment='Decisions that one person took on many cases at once; never changed.'
    )
    op.create_index(op.f('ix_decision_batch_tenant_id'), 'decision_batch', ['tenant_id'])
    _allow_reasons(BEFORE, REASONS)
    comment = 'The bulk decision it was part of; null: none.'
    op.add_column('decision', sa.Column('batch_id', sa.String(length=40), nullable=True, comment=comment))
    op.create_index(op.f('ix_decision_batch_id'), 'decision', ['batch_id'])
    for name, values, comment in EXCEPTIONS:
        check = f"CONSTRAINT ck_decision_track_{name} CHECK ({name} IN ({_among(values)}))"
        op.execute(f"ALTER TABLE decision_track ADD COLUMN {name} VARCHAR(32) {check}")
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"COMMENT ON COLUMN decision_track.{name} IS '{comment}'")
    for name, comment in LABELS:
        op.add_column('decision_track', sa.Column(name, sa.JSON(none_as_null=True), nullable=True, comment=comment))


def downgrade() -> None:
    with op.batch_alter_table('decision_track') as batch:
        for name, _, _ in EXCEPTIONS:
            batch.drop_constraint(op.f(f'ck_decision_track_{name}'), type_='check')
            batch.drop_column(name)
        for name, _ in LABELS:
            batch.drop_column(name)
    op.drop_index(op.f('ix_decision_batch_id'), 'decision')
    _allow_reasons(REASONS, BEFORE)
    op.drop_column('decision', 'batch_id')
    op.drop_table('decision_batch')
