"""Scores of shadow models, who saw a score, and what a decision rests on."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('model_score',
    sa.Column('audio_sha256', sa.String(length=64), nullable=False, comment='The audio.'),
    sa.Column('pipeline', sa.String(length=64), nullable=False, comment='Version of the pipeline.'),
    sa.Column('model_sha256', sa.String(length=64), nullable=False, comment="The shadow model's parameters."),
    sa.Column('model', sa.String(length=64), nullable=False, comment='Its version.'),
    sa.Column('verdict', sa.Enum('likely_ai', 'inconclusive', 'no_evidence', name='verdict', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What it says.'),
    sa.Column('probability', sa.Float(), nullable=True, comment='How likely, 0-1; null: it abstains.'),
    sa.Column('live_model', sa.String(length=64), nullable=False, comment='Version of the model that judged.'),
    sa.Column('live_model_sha256', sa.String(length=64), nullable=False, comment='Its parameters.'),
    sa.Column('live_verdict', sa.Enum('likely_ai', 'inconclusive', 'no_evidence', name='live_verdict', native_enum=False, create_constraint=True, length=32), nullable=False, comment='What that one said.'),
    sa.Column('live_probability', sa.Float(), nullable=True, comment='How likely, by that one.'),
    sa.Column('scored_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.ForeignKeyConstraint(['audio_sha256'], ['blob.sha256'], name=op.f('fk_model_score_audio_sha256')),
    sa.PrimaryKeyConstraint('audio_sha256', 'pipeline', 'model_sha256', name=op.f('pk_model_score')),
    comment='What a shadow model says of an audio; it never acts.'
    )
    op.create_index(op.f('ix_model_score_model_sha256_scored_at'), 'model_score', ['model_sha256', 'scored_at'], unique=False)
    op.create_table('score_sight',
    sa.Column('case_id', sa.String(length=40), nullable=False, comment='The case.'),
    sa.Column('person', sa.String(length=255), nullable=False, comment='Who saw it.'),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment='When first.'),
    sa.ForeignKeyConstraint(['case_id'], ['review_case.id'], name=op.f('fk_score_sight_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'person', name=op.f('pk_score_sight')),
    comment='Cases that somebody has seen with what the machine says of them.'
    )
    check = "CONSTRAINT ck_decision_basis CHECK (basis IN ('blind', 'provenance', 'admission'))"
    op.execute(f"ALTER TABLE decision ADD COLUMN basis VARCHAR(32) {check}")
    if op.get_bind().dialect.name == "postgresql":
        comment = "What it rests on, so that it may train; null: the score was in view."
        op.execute(f"COMMENT ON COLUMN decision.basis IS '{comment}'")


def downgrade() -> None:
    op.drop_column('decision', 'basis')
    op.drop_table('score_sight')
    op.drop_index(op.f('ix_model_score_model_sha256_scored_at'), table_name='model_score')
    op.drop_table('model_score')
