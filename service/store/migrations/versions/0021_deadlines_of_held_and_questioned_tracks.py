"""Deadlines of held and questioned tracks."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('declaration_request',
    sa.Column('track_id', sa.String(length=40), nullable=False, comment='The track.'),
    sa.Column('asked_by', sa.String(length=255), nullable=False, comment='Who asked.'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False, comment='Until when an answer is waited for.'),
    sa.Column('outcome', sa.Enum('none', 'label', 'queue', 'hold', 'block', name='outcome', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What holds then.'),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True, comment='When it was answered, or its outcome took effect; null: it waits.'),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_declaration_request_track_id')),
    sa.PrimaryKeyConstraint('track_id', name=op.f('pk_declaration_request')),
    comment='The newest request on each track, until when it waits, and what comes of silence.'
    )
    op.create_index('ix_declaration_request_open', 'declaration_request', ['due_at'], unique=False, postgresql_where=sa.text('settled_at IS NULL'), sqlite_where=sa.text('settled_at IS NULL'))
    op.create_index('ix_review_case_due', 'review_case', ['due_at'], unique=False, postgresql_where=sa.text("state = 'open' AND due_at IS NOT NULL"), sqlite_where=sa.text("state = 'open' AND due_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index('ix_review_case_due', table_name='review_case', postgresql_where=sa.text("state = 'open' AND due_at IS NOT NULL"), sqlite_where=sa.text("state = 'open' AND due_at IS NOT NULL"))
    op.drop_index('ix_declaration_request_open', table_name='declaration_request', postgresql_where=sa.text('settled_at IS NULL'), sqlite_where=sa.text('settled_at IS NULL'))
    op.drop_table('declaration_request')
