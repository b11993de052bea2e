"""Deliveries, with a kind of job of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


KINDS_OF_JOB = ("analyse", "decide", "deliver", "notify")


def _allow(kinds: tuple[str, ...]) -> None:
    """Change the CHECK constraint. SQLite cannot: there the table is written anew."""
    among = ", ".join(f"'{kind}'" for kind in kinds)
    check = sa.CheckConstraint(f"kind IN ({among})", name=op.f("ck_job_kind"))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(check.name, "job", type_="check")
        op.create_check_constraint(check.name, "job", check.sqltext)
        of_delivery = "; for ingest a delivery''s" if "ingest" in kinds else ""
        op.execute(
            "COMMENT ON COLUMN job.subject_id IS "
            f"'To what: a track''s id; for notify a webhook''s, a slash and a track''s{of_delivery}.'"
        )
        return
    with op.batch_alter_table("job", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(check.name, type_="check")
        batch.create_check_constraint(check.name, check.sqltext)


def upgrade() -> None:
    op.create_table('delivery',
    sa.Column('id', sa.String(length=40), nullable=False, comment='Public id, dlv_...'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Who delivered it.'),
    sa.Column('state', sa.Enum('received', 'waiting', 'done', 'refused', 'failed', name='state', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Where it stands.'),
    sa.Column('source', sa.Text(), nullable=True, comment='Watched folder that it lay in; null: sent over HTTP.'),
    sa.Column('report', sa.JSON(), nullable=False, comment='What was found and done at the last look (schemas.deliveries.Report).'),
    sa.Column('files_seen', sa.BigInteger(), nullable=False, comment='Files at the last look.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When it was accepted.'),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False, comment='When it last changed.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_delivery_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    comment='Messages and batches as they came, and what became of them.'
    )
    op.create_index(op.f('ix_delivery_tenant_id_id'), 'delivery', ['tenant_id', 'id'], unique=False)
    op.create_table('ern_release',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Who delivered it.'),
    sa.Column('sender', sa.String(length=255), nullable=False, comment='DPID of the sender, or its name.'),
    sa.Column('release_key', sa.String(length=300), nullable=False, comment='UPC, GRid or other identifier.'),
    sa.Column('message_at', sa.DateTime(timezone=True), nullable=True, comment='MessageCreatedDateTime of the newest.'),
    sa.Column('tracks', sa.JSON(), nullable=False, comment='Track ids by ISRC or resource reference.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_ern_release_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'sender', 'release_key', name=op.f('pk_ern_release')),
    comment='Releases as the newest applied message of a sender has them.'
    )
    op.create_table('delivery_file',
    sa.Column('delivery_id', sa.String(length=40), nullable=False, comment='The delivery.'),
    sa.Column('name', sa.String(length=500), nullable=False, comment='Relative path, with slashes.'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='Its content.'),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False, comment='Length in bytes.'),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_delivery_file_delivery_id')),
    sa.ForeignKeyConstraint(['sha256'], ['blob.sha256'], name=op.f('fk_delivery_file_sha256')),
    sa.PrimaryKeyConstraint('delivery_id', 'name', name=op.f('pk_delivery_file')),
    comment='Files of a delivery, by the name under which it has them.'
    )
    op.create_index(op.f('ix_delivery_file_sha256'), 'delivery_file', ['sha256'], unique=False)
    op.create_table('ern_message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='Row number.'),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Who delivered it.'),
    sa.Column('delivery_id', sa.String(length=40), nullable=False, comment='With what it came.'),
    sa.Column('file', sa.String(length=500), nullable=False, comment='Its name there.'),
    sa.Column('sender', sa.String(length=255), nullable=False, comment='DPID of the sender, or its name.'),
    sa.Column('message_id', sa.String(length=255), nullable=False, comment="The sender's id of the message."),
    sa.Column('release_key', sa.String(length=300), nullable=False, comment='Identifier of its first release.'),
    sa.Column('state', sa.Enum('waiting', 'applied', 'superseded', 'duplicate', 'test', 'refused', name='state', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What became of it.'),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_ern_message_delivery_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_ern_message_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ern_message')),
    comment="ERN messages that were read, each sender's message once.",
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_ern_message_delivery_id_file'), 'ern_message', ['delivery_id', 'file'], unique=False)
    op.create_index(op.f('ix_ern_message_tenant_id_sender_release_key'), 'ern_message', ['tenant_id', 'sender', 'release_key'], unique=False)
    op.create_index('uq_ern_message_first', 'ern_message', ['tenant_id', 'sender', 'message_id'], unique=True, postgresql_where=sa.text("state NOT IN ('duplicate', 'refused')"), sqlite_where=sa.text("state NOT IN ('duplicate', 'refused')"))
    _allow((*KINDS_OF_JOB, 'ingest'))
    op.add_column('upload', sa.Column('delivery_id', sa.String(length=40), nullable=True, comment='The delivery that waits for this file.'))
    op.create_index(op.f('ix_upload_delivery_id'), 'upload', ['delivery_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_upload_delivery_id'), table_name='upload')
    op.drop_column('upload', 'delivery_id')
    op.execute("DELETE FROM job WHERE kind = 'ingest'")
    _allow(KINDS_OF_JOB)
    op.drop_index('uq_ern_message_first', table_name='ern_message', postgresql_where=sa.text("state NOT IN ('duplicate', 'refused')"), sqlite_where=sa.text("state NOT IN ('duplicate', 'refused')"))
    op.drop_index(op.f('ix_ern_message_tenant_id_sender_release_key'), table_name='ern_message')
    op.drop_index(op.f('ix_ern_message_delivery_id_file'), table_name='ern_message')
    op.drop_table('ern_message')
    op.drop_index(op.f('ix_delivery_file_sha256'), table_name='delivery_file')
    op.drop_table('delivery_file')
    op.drop_table('ern_release')
    op.drop_index(op.f('ix_delivery_tenant_id_id'), table_name='delivery')
    op.drop_table('delivery')
