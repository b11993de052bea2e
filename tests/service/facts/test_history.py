from datetime import UTC, datetime, timedelta

from schemas.catalogue import SenderTier
from service.facts.history import SenderHistory, SentTrack, sender_facts, surge_z

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ago(**delta):
    return NOW - timedelta(**delta)


def test_windows_end_with_the_judged_track_and_count_it():
    sent = [SentTrack(ago(days=6)), SentTrack(ago(hours=23)), SentTrack(ago(minutes=59)), SentTrack(NOW)]
    history = SenderHistory.of(sent, NOW, tier=SenderTier.VERIFIED)
    assert (history.tracks_1h, history.tracks_24h, history.tracks_7d) == (2, 3, 4)
    assert sender_facts(history).tier == "verified"
    assert sender_facts(history).age_days == 6.0


def test_what_came_later_does_not_change_what_was_known_then():
    sent = [SentTrack(ago(hours=2)), SentTrack(NOW)]
    assert SenderHistory.of([*sent, SentTrack(NOW + timedelta(hours=1))], NOW) == SenderHistory.of(sent, NOW)


def test_only_new_recordings_count():
    sent = [
        SentTrack(ago(hours=5), isrc="QZEM62600001", audio_sha256="a"),
        SentTrack(ago(hours=4), isrc="QZEM62600001", audio_sha256="b"),  # redelivered with a new encoding
        SentTrack(ago(hours=3), isrc="QZEM62600002", audio_sha256="a"),  # the same file
        SentTrack(ago(hours=2), isrc="QZEM62600003", known=True),  # known from another sender
        SentTrack(NOW, isrc="QZEM62600004"),
    ]
    assert SenderHistory.of(sent, NOW).tracks_24h == 2


def test_tracks_without_isrc_and_hash_are_not_taken_for_each_other():
    assert SenderHistory.of([SentTrack(NOW), SentTrack(NOW)], NOW).tracks_24h == 2


def test_noise_and_short_tracks_of_the_day_are_counted():
    sent = [
        SentTrack(ago(days=2), functional=True, duration_s=31),
        SentTrack(ago(hours=1), functional=True, duration_s=31),
        SentTrack(ago(hours=1), functional=None, duration_s=30.0),
        SentTrack(NOW, functional=False, duration_s=29.9),
    ]
    history = SenderHistory.of(sent, NOW)
    assert (history.functional_24h, history.short_24h) == (1, 2)


def test_surge_needs_fourteen_days_of_history():
    assert surge_z(50, [1] * 13) is None
    assert surge_z(50, [1] * 14) is not None
    new = SenderHistory.of([SentTrack(ago(days=10)), SentTrack(NOW)], NOW)
    assert sender_facts(new).surge_z is None
    assert sender_facts(new).history_days == 9


def test_a_surge_is_measured_against_the_senders_own_past():
    steady = [(day, 200) for day in range(1, 30)]
    sent = [SentTrack(ago(days=day, minutes=n)) for day, count in reversed(steady) for n in range(count)]
    sent += [SentTrack(NOW)] * 220
    big = sender_facts(SenderHistory.of(sent, NOW))
    assert big.history_days == 28
    assert abs(big.surge_z) < 1
    assert surge_z(220, [2] * 28) > 3.5


def test_a_double_day_after_a_flat_history_is_no_alarm():
    assert surge_z(4, [2] * 28) < 3.5
    assert surge_z(0, [0] * 28) == 0
