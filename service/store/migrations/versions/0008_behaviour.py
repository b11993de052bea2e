"""behaviour

Counters, senders and sightings. Tracks that are there already are counted by account as acceptance could tell them; what
only their analysis tells comes with their next verdict.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('decayed_count',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose deliveries.'),
    sa.Column('kind', sa.Enum('account', 'parent', 'artist', 'dpid', 'payout', 'device', 'network', name='counter_kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Of what.'),
    sa.Column('key', sa.String(length=340), nullable=False, comment='Sender key, folded artist, token, /24.'),
    sa.Column('value', sa.Float(), nullable=False, comment='The sum as of its last addition.'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='When that was.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_decayed_count_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'kind', 'key', name=op.f('pk_decayed_count')),
    comment='New recordings by key, halved every day that passes.'
    )
    op.create_table('hourly_count',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose deliveries.'),
    sa.Column('kind', sa.Enum('account', 'parent', 'artist', 'dpid', 'payout', 'device', 'network', name='counter_kind', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Of what.'),
    sa.Column('key', sa.String(length=340), nullable=False, comment='Sender key, folded artist, token, /24.'),
    sa.Column('hour', sa.Integer(), nullable=False, comment='Hours since 1970-01-01 00:00 UTC.'),
    sa.Column('fresh', sa.Integer(), nullable=False, comment='New recordings.'),
    sa.Column('functional', sa.Integer(), nullable=False, comment='Noise or silence among them, as far as analysed.'),
    sa.Column('short', sa.Integer(), nullable=False, comment='Lengths of 30 to 35 s among them, likewise.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_hourly_count_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'kind', 'key', 'hour', name=op.f('pk_hourly_count')),
    comment='New recordings by key and hour of acceptance.'
    )
    op.create_table('sender',
    sa.Column('sender_key', sa.String(length=340), nullable=False, comment="Tenant id, a slash and the sender's id at the tenant."),
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose sender it is.'),
    sa.Column('parent', sa.Text(), nullable=True, comment='Distributor or label above it, as the tenant calls it.'),
    sa.Column('first_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='Place of its first delivery in the order of acceptance.'),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False, comment='When that was accepted.'),
    sa.Column('payout', sa.Text(), nullable=True, comment='Payout token in use.'),
    sa.Column('device', sa.Text(), nullable=True, comment='Device token in use.'),
    sa.Column('payout_changed_at', sa.DateTime(timezone=True), nullable=True, comment='When another one took its place.'),
    sa.Column('device_changed_at', sa.DateTime(timezone=True), nullable=True, comment='When another one took its place.'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_sender_tenant_id')),
    sa.PrimaryKeyConstraint('sender_key', name=op.f('pk_sender')),
    comment='Who is behind deliveries, as of the latest one.'
    )
    op.create_index(op.f('ix_sender_tenant_id'), 'sender', ['tenant_id'], unique=False)
    op.create_table('sender_tie',
    sa.Column('tenant_id', sa.String(length=40), nullable=False, comment='Whose senders.'),
    sa.Column('kind', sa.Enum('payout', 'device', 'network', 'cover', 'recording', 'registrant', name='tie', native_enum=False, create_constraint=True, length=32), nullable=False, comment='Kind of evidence.'),
    sa.Column('value', sa.String(length=340), nullable=False, comment='Payout token, /24 network and so on.'),
    sa.Column('sender_key', sa.String(length=340), nullable=False, comment='The account that shows it.'),
    sa.Column('first_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='Delivery it was first seen with.'),
    sa.ForeignKeyConstraint(['sender_key'], ['sender.sender_key'], name=op.f('fk_sender_tie_sender_key')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_sender_tie_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'kind', 'value', 'sender_key', name=op.f('pk_sender_tie')),
    comment='Payout, device, network, cover and ISRC registrant that accounts show, from when on.'
    )
    op.create_index(op.f('ix_sender_tie_sender_key'), 'sender_tie', ['sender_key'], unique=False)
    op.create_table('sighting',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='Place of the track in the order of acceptance.'),
    sa.Column('track_id', sa.String(length=40), nullable=False, comment='The track.'),
    sa.Column('sender_key', sa.String(length=340), nullable=False, comment='Who delivered it, at acceptance.'),
    sa.Column('audio_sha256', sa.String(length=64), nullable=False, comment='Its audio when it was last judged.'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='When it was accepted.'),
    sa.Column('hour', sa.Integer(), nullable=False, comment='The same in whole hours since 1970-01-01 00:00 UTC.'),
    sa.Column('keys', sa.JSON(), nullable=False, comment='What it is counted under, by kind of counter.'),
    sa.Column('paces', sa.JSON(), nullable=False, comment='Decayed counts by kind, itself included.'),
    sa.Column('payout_changed_at', sa.DateTime(timezone=True), nullable=True, comment='Last change of payout as of acceptance.'),
    sa.Column('device_changed_at', sa.DateTime(timezone=True), nullable=True, comment='Last change of device as of acceptance.'),
    sa.Column('fresh', sa.Boolean(), nullable=False, comment='Counted as a new recording.'),
    sa.Column('functional', sa.Boolean(), nullable=False, comment='Counted as noise or silence.'),
    sa.Column('short', sa.Boolean(), nullable=False, comment='Counted as a length of 30 to 35 s.'),
    sa.Column('copied', sa.Boolean(), nullable=False, comment='Its recording was there under another artist and ISRC.'),
    sa.Column('details', sa.JSON(none_as_null=True), nullable=True, comment='What batch statistics hold (service.facts.sightings.Sighting); null: not judged yet, or a redelivery.'),
    sa.Column('accused', sa.Boolean(), nullable=False, comment='By its own counters its sender is to be looked at.'),
    sa.Column('unsettled', sa.Boolean(), nullable=False, comment='It changed, and those who count it were not told yet.'),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_sighting_track_id')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_sighting')),
    sa.UniqueConstraint('track_id', name=op.f('uq_sighting_track_id')),
    comment='What the behaviour counters keep of each track.'
    )
    op.create_index('ix_sighting_accused', 'sighting', ['sender_key', 'seq'], unique=False, postgresql_where=sa.text('accused'), sqlite_where=sa.text('accused'))
    op.create_index(op.f('ix_sighting_audio_sha256'), 'sighting', ['audio_sha256'], unique=False)
    op.create_index('ix_sighting_copied', 'sighting', ['sender_key', 'seq'], unique=False, postgresql_where=sa.text('copied'), sqlite_where=sa.text('copied'))
    op.create_index(op.f('ix_sighting_sender_key_seq'), 'sighting', ['sender_key', 'seq'], unique=False)
    op.add_column('case_track', sa.Column('policy', sa.String(length=100), nullable=True, comment='Clause of the strongest rule on this track.'))
    op.add_column('case_track', sa.Column('queue', sa.String(length=100), nullable=True, comment='Reviewers that this rule asks for.'))
    op.add_column('case_track', sa.Column('clauses', sa.JSON(none_as_null=True), nullable=True, comment='All clauses that the case answers for on this track.'))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column('review_case', 'cause', existing_type=sa.String(length=255), existing_nullable=False, comment='Why it was opened: a policy clause, or the scope where all clauses are one question.')
    _take_over()


def _take_over() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    hour = "CAST(floor(extract(epoch FROM accepted_at) / 3600) AS INTEGER)"
    account = "json_build_object('account', sender_key)"
    if not on_postgres:
        hour, account = "CAST(strftime('%s', accepted_at) AS INTEGER) / 3600", "json_object('account', sender_key)"
    op.execute("""
        INSERT INTO sender (sender_key, tenant_id, first_seq, first_at)
        SELECT sender_key, min(tenant_id), min(accepted_seq), min(accepted_at) FROM track GROUP BY sender_key
    """)
    op.execute(f"""
        INSERT INTO sighting (seq, track_id, sender_key, audio_sha256, at, hour, keys, paces, fresh, functional, short,
                              copied, accused, unsettled)
        SELECT accepted_seq, id, sender_key, audio_sha256, accepted_at, {hour}, {account}, '{{}}',
               NOT EXISTS (
                   SELECT 1 FROM track AS earlier
                   WHERE earlier.accepted_seq < track.accepted_seq
                     AND (earlier.audio_sha256 = track.audio_sha256 OR earlier.isrc = track.isrc)
               ),
               false, false, false, false, false
        FROM track
    """)
    op.execute("""
        INSERT INTO hourly_count (tenant_id, kind, key, hour, fresh, functional, short)
        SELECT min(sender.tenant_id), 'account', sighting.sender_key, hour, count(*), 0, 0
        FROM sighting JOIN sender ON sender.sender_key = sighting.sender_key
        WHERE fresh GROUP BY sighting.sender_key, hour
    """)


def downgrade() -> None:
    for column in ('clauses', 'queue', 'policy'):
        op.drop_column('case_track', column)
    op.drop_index(op.f('ix_sighting_sender_key_seq'), table_name='sighting')
    op.drop_index('ix_sighting_copied', table_name='sighting', postgresql_where=sa.text('copied'), sqlite_where=sa.text('copied'))
    op.drop_index(op.f('ix_sighting_audio_sha256'), table_name='sighting')
    op.drop_index('ix_sighting_accused', table_name='sighting', postgresql_where=sa.text('accused'), sqlite_where=sa.text('accused'))
    op.drop_table('sighting')
    op.drop_index(op.f('ix_sender_tie_sender_key'), table_name='sender_tie')
    op.drop_table('sender_tie')
    op.drop_index(op.f('ix_sender_tenant_id'), table_name='sender')
    op.drop_table('sender')
    op.drop_table('hourly_count')
    op.drop_table('decayed_count')
