"""Webhooks, with a kind of job and a kind of event of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


KINDS_OF_JOB = ("analyse", "decide", "deliver", "notify")
KINDS_OF_EVENT = (
    "track.received", "track.analysed", "track.unreadable", "track.decided", "track.failed", "track.withdrawn",
    "track.revised", "case.opened", "case.joined", "case.left", "case.decided", "decision.undone", "track.labelled",
)


def _allow(kinds_of_job: tuple[str, ...], kinds_of_event: tuple[str, ...]) -> None:
    """Change the CHECK constraints. SQLite cannot: there the tables are written anew."""
    job, event = _check("job", "kind", kinds_of_job), _check("event", "kind", kinds_of_event)
    if op.get_bind().dialect.name == "postgresql":
        for table, check in (("job", job), ("event", event)):
            op.drop_constraint(check.name, table, type_="check")
            op.create_check_constraint(check.name, table, check.sqltext)
        op.execute(
            "COMMENT ON COLUMN job.subject_id IS "
            "'To what: a track''s id; for notify a webhook''s, a slash and a track''s.'"
        )
        return
    with op.batch_alter_table("job", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(job.name, type_="check")
        batch.create_check_constraint(job.name, job.sqltext)
    with op.batch_alter_table("event", recreate="always") as batch:
        batch.drop_constraint(event.name, type_="check")
        batch.create_check_constraint(event.name, event.sqltext)


def _check(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    among = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({among})", name=op.f(f"ck_{table}_{column}"))


def upgrade() -> None:
    op.create_table('webhook',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, whk_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose tracks it is told of.'),
    sa.Column('url', sa.Text(), nullable=False, comment='Where messages go.'),
    sa.Column('description', sa.Text(), nullable=False, comment="What it is for, in its owner's words."),
    sa.Column('events', sa.JSON(), nullable=False, comment='Kinds of events it is told of; empty: all.'),
    sa.Column('secret', sa.String(length=80), nullable=False, comment='Key of the signatures, whsec_...; signing needs it whole.'),
    sa.Column('previous_secret', sa.String(length=80), nullable=True, comment='The key before, which signs as well.'),
    sa.Column('previous_until', sa.DateTime(timezone=True), nullable=True, comment='Until when the key before signs as well.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When it was made.'),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True, comment='Since when it is told nothing; null: enabled.'),
    sa.Column('disabled_because', sa.Enum('asked', 'gone', name='disabled_because', native_enum=False, create_constraint=True, length=32), nullable=True, comment='Its owner asked for it, or it answered 410.'),
    sa.Column('failures', sa.Integer(), nullable=False, comment='Messages in a row that it did not take.'),
    sa.Column('quiet_until', sa.DateTime(timezone=True), nullable=True, comment='It is left alone until then, as it failed.'),
    sa.Column('last_error', sa.Text(), nullable=True, comment='Why the last of them was not taken.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_webhook_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook')),
    comment='Addresses that are told what happens to tracks.'
    )
    op.create_index(op.f('ix_webhook_tenant_id_id'), 'webhook', ['tenant_id', 'id'], unique=False)
    op.create_table('webhook_dead_letter',
    sa.Column('webhook_id', sa.String(length=40), nullable=False, comment='The webhook.'),
    sa.Column('track_id', sa.String(length=40), nullable=False, comment='The track.'),
    sa.Column('seq', sa.Integer(), nullable=False, comment="The event in the track's log."),
    sa.Column('attempts', sa.Integer(), nullable=False, comment='How often it was tried.'),
    sa.Column('error', sa.Text(), nullable=False, comment='Why the last attempt failed.'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='When it was given up.'),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_webhook_dead_letter_track_id')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_dead_letter_webhook_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('webhook_id', 'track_id', 'seq', name=op.f('pk_webhook_dead_letter')),
    comment='Messages that were given up; a replay sends them again.'
    )
    op.create_table('webhook_progress',
    sa.Column('webhook_id', sa.String(length=40), nullable=False, comment='The webhook.'),
    sa.Column('track_id', sa.String(length=40), nullable=False, comment='The track.'),
    sa.Column('seq', sa.Integer(), nullable=False, comment='Last event that was taken, given up or not asked for.'),
    sa.Column('attempts', sa.Integer(), nullable=False, comment='Attempts so far to send the next one.'),
    sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True, comment='When the next attempt is due; null: at once.'),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_webhook_progress_track_id')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_progress_webhook_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('webhook_id', 'track_id', name=op.f('pk_webhook_progress')),
    comment="How far in a track's log a webhook has been told."
    )
    _allow(KINDS_OF_JOB, KINDS_OF_EVENT)


def downgrade() -> None:
    op.execute("DELETE FROM job WHERE kind = 'notify'")
    op.execute("DELETE FROM event WHERE kind = 'track.labelled'")
    _allow(KINDS_OF_JOB[:-1], KINDS_OF_EVENT[:-1])
    op.drop_table('webhook_progress')
    op.drop_table('webhook_dead_letter')
    op.drop_index(op.f('ix_webhook_tenant_id_id'), table_name='webhook')
    op.drop_table('webhook')
