"""Sets of reference recordings that are known by their sound."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reference_recording',
    sa.Column('audio_sha256', sa.String(length=64), nullable=False, comment='The audio that it is known by.'),
    sa.Column('kind', sa.Enum('confirmed_spam', 'protected', 'catalogue', name='reference_kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Which set it is in.'),
    sa.Column('title', sa.Text(), nullable=True, comment='Its title.'),
    sa.Column('artist', sa.Text(), nullable=True, comment='Its main artist.'),
    sa.Column('isrc', sa.String(length=12), nullable=True, comment='Its ISRC.'),
    sa.Column('owner', sa.Text(), nullable=True, comment='Sender whose it is, as tenants call that sender.'),
    sa.Column('licensed_to', sa.JSON(), nullable=False, comment='Senders who may deliver it as well.'),
    sa.Column('release_date', sa.Date(), nullable=True, comment='Before this day nobody else can have it rightly.'),
    sa.Column('note', sa.Text(), nullable=True, comment='Why it is here: the policy or the agreement.'),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False, comment='When it was entered.'),
    sa.PrimaryKeyConstraint('audio_sha256', name=op.f('pk_reference_recording')),
    comment='Recordings in the sets of protected recordings, confirmed spam and catalogue.'
    )


def downgrade() -> None:
    op.drop_table('reference_recording')
