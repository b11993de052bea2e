"""Attempts to send to webhooks are kept; the role of an integrator."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


BEFORE = ("auditor", "reviewer", "senior", "policy_owner", "administrator")
AFTER = ("auditor", "reviewer", "senior", "policy_owner", "integrator", "administrator")


def _among(roles: tuple[str, ...]) -> str:
    return "role IN (" + ", ".join(f"'{role}'" for role in roles) + ")"


def _allow(roles: tuple[str, ...], instead_of: tuple[str, ...]) -> None:
    """Change the CHECK constraint. Other tables refer to this one, so that SQLite cannot write it anew; it documents that
    a change of a CHECK alone is made in its schema (https://sqlite.org/lang_altertable.html, section 8)."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_reviewer_role"), "reviewer", type_="check")
        op.create_check_constraint(op.f("ck_reviewer_role"), "reviewer", _among(roles))
        return
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'reviewer'",
        (_among(instead_of), _among(roles)),
    )
    assert changed.rowcount == 1
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=RESET")


def upgrade() -> None:
    _allow(AFTER, BEFORE)
    op.create_table('webhook_attempt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='Row number.'),
    sa.Column('webhook_id', sa.String(length=40), nullable=False, comment='The webhook.'),
    sa.Column('message_id', sa.String(length=80), nullable=False, comment='Its webhook-id.'),
    sa.Column('type', sa.String(length=40), nullable=False, comment="The message's type."),
    sa.Column('track_id', sa.String(length=40), nullable=True, comment='The track it is about; null: a test.'),
    sa.Column('seq', sa.Integer(), nullable=True, comment="The event's place in the track's log."),
    sa.Column('outcome', sa.Enum('taken', 'not_taken', 'dead', 'gone', name='outcome', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What came of it.'),
    sa.Column('status', sa.Integer(), nullable=True, comment='HTTP status of the answer; null: none came.'),
    sa.Column('error', sa.Text(), nullable=True, comment='Why it was not taken.'),
    sa.Column('took_ms', sa.Integer(), nullable=False, comment='From the first packet to the end of the answer.'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='When it was sent.'),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_attempt_webhook_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_attempt')),
    comment='Attempts to send messages and their answers, kept for some days.',
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_webhook_attempt_at'), 'webhook_attempt', ['at'], unique=False)
    op.create_index(op.f('ix_webhook_attempt_webhook_id_id'), 'webhook_attempt', ['webhook_id', 'id'], unique=False)


def downgrade() -> None:
    op.execute("UPDATE reviewer SET role = 'auditor' WHERE role = 'integrator'")
    _allow(BEFORE, AFTER)
    op.drop_index(op.f('ix_webhook_attempt_webhook_id_id'), table_name='webhook_attempt')
    op.drop_index(op.f('ix_webhook_attempt_at'), table_name='webhook_attempt')
    op.drop_table('webhook_attempt')
