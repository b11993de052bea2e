from datetime import timedelta

from schemas.catalogue import SenderTier
from service.store.evidence import EvidenceStore
from service.store.histories import Histories
from service.store.matches import Matches
from tests.deliveries import NOON, PIPELINE, deliver, evidence, match, sha

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_history_counts_what_the_same_sender_had_delivered_by_then(database):
    with database.write() as session:
        tracks = [deliver(session, f"song {n}", at=NOON + n * MINUTE, sender={"id": "s"}) for n in range(4)]
        deliver(session, "elsewhere", at=NOON, sender={"id": "other"})
        deliver(session, "another tenant", at=NOON, by="stranger", sender={"id": "s"})
        counts = [Histories(session).of(track, PIPELINE).tracks_24h for track in tracks]
        assert counts == [1, 2, 3, 4]
        assert Histories(session).later_track_ids(sha("song 1")) == [tracks[2].id, tracks[3].id]


def test_what_is_learned_of_a_recording_bears_on_what_each_of_its_senders_delivered_later(database):
    with database.write() as session:
        deliver(session, "before", sender={"id": "s"})
        deliver(session, "hit", sender={"id": "s"})
        later = [deliver(session, f"later {n}", at=NOON + n * DAY, sender={"id": "s"}) for n in (1, 20, 40)]
        deliver(session, "elsewhere", sender={"id": "other"})
        copy = deliver(session, "copy", sender={"id": "thief"})
        loot = deliver(session, "loot", sender={"id": "thief"})
        Matches(session).record(sha("copy"), sha("hit"), match(), NOON)
        affected = Histories(session).later_track_ids(copy.audio_sha256)
        assert sorted(affected) == sorted([later[0].id, later[1].id, loot.id])


def test_without_a_named_sender_the_tenant_is_the_sender(database):
    with database.write() as session:
        deliver(session, "one")
        last = deliver(session, "two")
        deliver(session, "three", sender={"id": "s"})
        assert Histories(session).of(last, PIPELINE).tracks_24h == 2


def test_only_recordings_that_nobody_delivered_before_are_new(database):
    with database.write() as session:
        deliver(session, "hit", by="owner", isrc="QZEM62600001")
        deliver(session, "hit", at=NOON + MINUTE)
        deliver(session, "remaster", at=NOON + 2 * MINUTE, isrc="QZEM62600001")
        deliver(session, "copy", at=NOON + 3 * MINUTE)
        last = deliver(session, "own", at=NOON + 4 * MINUTE)
        Matches(session).record(sha("copy"), sha("hit"), match(), NOON)
        sent = Histories(session).sent(last, PIPELINE)
        assert [track.known for track in sent] == [True, True, True, False]
        assert Histories(session).of(last, PIPELINE).tracks_24h == 1


def test_an_original_stays_new_when_copies_of_it_come_later(database):
    with database.write() as session:
        original = deliver(session, "hit")
        deliver(session, "copy", at=NOON + MINUTE, by="thief")
        Matches(session).record(sha("copy"), sha("hit"), match(), NOON)
        assert [track.known for track in Histories(session).sent(original, PIPELINE)] == [False]


def test_what_analysis_found_counts_whenever_it_was_found(database):
    with database.write() as session:
        deliver(session, "noise")
        deliver(session, "short", at=NOON + MINUTE)
        last = deliver(session, "not analysed", at=NOON + 2 * MINUTE)
        EvidenceStore(session).put(evidence("short", duration_s=31.0), NOON)
        EvidenceStore(session).put(evidence("noise", noise=0.9), NOON + DAY)
        EvidenceStore(session).put(evidence("not analysed", pipeline="another", noise=0.9), NOON)
        history = Histories(session).of(last, PIPELINE, tier=SenderTier.VERIFIED)
        assert (history.tracks_24h, history.functional_24h, history.short_24h) == (3, 1, 1)
        assert history.tier is SenderTier.VERIFIED


def test_age_reaches_further_back_than_the_window(database):
    with database.write() as session:
        deliver(session, "first ever", at=NOON - 400 * DAY)
        deliver(session, "ten days ago", at=NOON - 10 * DAY)
        last = deliver(session, "today")
        history = Histories(session).of(last, PIPELINE)
        assert history.age_days == 400
        assert len(history.daily) == 28 and sum(history.daily) == 1
        assert len(Histories(session).sent(last, PIPELINE)) == 2
