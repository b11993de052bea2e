"""The state machine end to end: deliveries in, facts out."""

from datetime import UTC, date, datetime, timedelta

from schemas.catalogue import SenderTier, TrackMetadata
from schemas.evidence import AiEvidence, AiVerdict, AudioDescriptors, ElapsedSeconds, Evidence, Fingerprint
from service.facts.behaviour import Behaviour
from service.facts.deliveries import Delivery, Heard
from service.facts.registry import ReferenceKind, ReferenceRecording, Registry
from service.facts.senders import SenderState

START = datetime(2026, 11, 1, 9, tzinfo=UTC)


class World:
    """Deliveries one minute apart."""

    def __init__(self, *references, stars=()):
        registry = Registry()
        for reference in references:
            registry.add_recording(reference)
        for artist_id, name in stars:
            registry.protect_artist(artist_id, name)
        self.registry = registry
        self.behaviour = Behaviour(registry)
        self.seq = 0
        self.last = None

    def sender(self, account, **given):
        defaults = {"tier": SenderTier.VERIFIED, "created_at": START - timedelta(days=200)}
        sender = SenderState(account, **(defaults | given))
        self.behaviour.add_sender(sender)
        return sender

    def delivery(self, sender, *, artist="Ada", isrc=None, noise=0.1, ai=AiVerdict.NO_EVIDENCE, has_key=False, **given):
        self.seq += 1
        heard = given.pop("heard", None) or Heard(recording=given.pop("recording", f"rec-{self.seq}"))
        profile = given.pop("profile", None)
        metadata = TrackMetadata(
            title=given.pop("title", f"Song {self.seq}"),
            artists=[{"name": artist, "artist_id": profile}],
            isrc=isrc or f"QZ{sum(map(ord, sender.id)) % 900 + 100}26{self.seq:05d}",
            p_line=given.pop("p_line", None),
            release={"label": given.pop("label", None)},
            language=given.pop("language", None),
        )
        evidence = Evidence(
            sha256="0" * 64,
            pipeline="1",
            codec="flac",
            sample_rate_hz=44100,
            channels=2,
            duration_s=given.pop("duration_s", 180.0),
            ai=AiEvidence(verdict=ai, model="1"),
            audio=AudioDescriptors(
                loudness_lufs=None, true_peak_db=None, bandwidth_hz=2e4, silence_ratio=0.0, noise=noise, loop=0.3
            ),
            fingerprint=Fingerprint(algorithm="1", value="", matchable=True),
            elapsed_s=ElapsedSeconds(decode=0, total=0),
        )
        at = START + timedelta(minutes=self.seq)
        return Delivery(f"t{self.seq}", self.seq, at, sender, metadata, evidence, heard, has_key, **given)

    def deliver(self, sender, **given):
        self.last = self.delivery(sender, **given)
        return self.behaviour.deliver(self.last)


def catalogue(recording="rec-c", **given):
    defaults = {"artist": "Ada", "artist_id": "ar-ada", "isrc": "DKAAA2400001", "account": "victim"}
    return ReferenceRecording(id=recording, kind=ReferenceKind.CATALOGUE, **(defaults | given))


def protected(recording="rec-p", **given):
    return ReferenceRecording(id=recording, kind=ReferenceKind.PROTECTED, **({"owner": "Northgate"} | given))


def test_new_recordings_count_and_redeliveries_do_not():
    world = World()
    sender = world.sender("s")
    first = world.deliver(sender, recording="r1", isrc="QZEM62600001")
    again = world.deliver(sender, recording="r1", isrc="QZEM62600001")
    assert (first.sender.tracks_24h, again.sender.tracks_24h) == (1, 1)
    assert again.bulk.tracks == 1
    assert world.deliver(sender).sender.tracks_24h == 2


def test_a_catalogue_that_moves_is_not_new():
    world = World(catalogue(account="old-distributor"))
    moved = world.deliver(world.sender("s"), recording="rec-c", isrc="DKAAA2400001", profile="ar-ada")
    assert moved.sender.tracks_24h == 0
    assert moved.credits.claims_unlinked is False
    assert moved.recording.other_artist_and_isrc is False


def test_clones_under_other_names_join_their_senders_and_spare_the_first():
    world = World()
    senders = [world.sender(f"s{number}") for number in range(4)]
    for number, sender in enumerate(senders):
        facts = world.deliver(sender, recording="r", artist=f"artist {number}")
    assert facts.recording.group_artists == 4
    assert facts.recording.other_artist_and_isrc is True
    assert world.behaviour.rings.ring_of("s3") == {"s1", "s2", "s3"}
    assert facts.ring.shared == ["recording"]


def test_noise_and_silence_match_nobody():
    world = World(ReferenceRecording("rec-x", ReferenceKind.CONFIRMED_SPAM))
    for number in range(3):
        heard = Heard(recording="r", contains="rec-x", overlap=0.98)
        facts = world.deliver(world.sender(f"s{number}"), artist=f"artist {number}", noise=0.8, heard=heard)
    assert facts.recording.group_tracks == 1
    assert facts.rights.reference == "none"
    assert facts.sender.functional_24h == 1
    assert world.behaviour.rings.ring_of("s2") == {"s2"}


def test_those_who_hold_a_licence_are_no_copies_of_each_other():
    world = World(catalogue(licensed_to=frozenset({"s1", "s2"})))
    for name in ("s1", "s2"):
        heard = Heard(recording=f"r-{name}", contains="rec-c", overlap=0.8)
        facts = world.deliver(world.sender(name), artist=f"MC {name}", heard=heard)
    assert facts.recording.other_artist_and_isrc is False
    assert (facts.rights.reference, facts.rights.licensed) == ("catalogue", True)


def test_a_changed_copy_of_somebody_elses_recording_is_a_copy():
    world = World(catalogue())
    heard = Heard(recording="r", contains="rec-c", overlap=0.95, speed_ratio=1.06)
    facts = world.deliver(world.sender("thief"), artist="Nobody", heard=heard)
    assert (facts.recording.relation, facts.recording.speed_ratio) == ("transformed", 1.06)
    assert (facts.bulk.copies, facts.bulk.copied_senders) == (1, 1)


def test_a_protected_recording_is_the_owners_alone():
    world = World(protected(release_date=date(2026, 12, 1)))
    heard = Heard(recording="r", contains="rec-p", overlap=0.9)
    facts = world.deliver(world.sender("s"), heard=heard)
    assert (facts.rights.reference, facts.rights.licensed, facts.rights.unreleased) == ("protected", False, True)
    owner = world.deliver(world.sender("label", name="Northgate", tier=SenderTier.TRUSTED), recording="rec-p")
    assert owner.rights.licensed is True
    impostor = world.deliver(world.sender("x", name="Northgate", tier=SenderTier.UNVERIFIED), recording="rec-p")
    assert impostor.rights.licensed is False


def test_one_isrc_on_several_recordings_is_counted():
    world = World()
    sender = world.sender("s")
    for number in range(4):
        facts = world.deliver(sender, recording=f"r{number}", isrc="QZEM62600001")
    assert facts.identifiers.isrc_recordings == 4
    assert facts.identifiers.isrc_of_another is False
    assert facts.bulk.isrc_reused == 3
    other = world.deliver(world.sender("s2"), recording="r9", isrc="QZEM62600001")
    assert other.identifiers.isrc_of_another is True


def test_a_foreign_registrant_is_named_unless_the_owner_is():
    world = World()
    world.registry.registrant_owner["USUM7"] = "Northgate Records"
    sender = world.sender("s")
    assert world.deliver(sender, isrc="USUM72600001").identifiers.foreign_registrant is True
    licensed = world.deliver(sender, isrc="USUM72600002", p_line="2026 Northgate Records")
    assert licensed.identifiers.foreign_registrant is False


def test_a_ring_is_counted_as_one():
    world = World()
    ring = [world.sender(f"s{number}", payout="p") for number in range(3)]
    for number in range(9):
        facts = world.deliver(ring[number % 3], ai=AiVerdict.LIKELY_AI)
    assert facts.sender.tracks_24h == 3
    assert (facts.ring.accounts, facts.ring.tracks_24h, facts.ring.shared) == (3, 9, ["payout"])
    assert (facts.bulk.tracks, facts.bulk.ai_hidden) == (9, 9)


def test_a_banned_payout_shows_on_the_sender_and_on_its_ring():
    world = World()
    world.registry.banned_payouts.add("p")
    banned, friend = world.sender("s1", payout="p", device="d"), world.sender("s2", device="d")
    assert world.deliver(banned).rights.banned_payout is True
    facts = world.deliver(friend)
    assert (facts.rights.banned_payout, facts.ring.banned_payout) == (False, True)


def test_claims_without_a_link_are_counted_and_a_key_vouches():
    world = World(stars=[("ar-star", "The Star")])
    sender = world.sender("s", links=frozenset({"ar-own"}))
    assert world.deliver(sender, profile="ar-own").credits.vouched is True
    claimed = world.deliver(sender, artist="the star", profile="ar-star")
    assert (claimed.credits.claims_unlinked, claimed.credits.protected_main) == (True, True)
    assert (claimed.bulk.profile_claims, claimed.bulk.protected_names) == (1, 1)
    keyed = world.deliver(sender, artist="The Star", profile="ar-star", has_key=True)
    assert (keyed.credits.claims_unlinked, keyed.credits.protected_main, keyed.credits.vouched) == (False, False, True)


def test_an_identity_changed_afterwards_is_counted_and_no_new_track_is():
    world = World(stars=[("ar-star", "The Star")])
    sender = world.sender("s")
    world.deliver(sender, artist="Quiet Harbor")
    before = world.last
    renamed = before.metadata.model_copy(update={"artists": world.delivery(sender, artist="The Star").metadata.artists})
    after = Delivery(before.track_id, before.seq, before.at, sender, renamed, before.evidence, before.heard, revision=2)
    facts = world.behaviour.revise(after, before.metadata)
    assert (facts.bulk.identity_changes, facts.bulk.tracks, facts.sender.tracks_24h) == (1, 1, 1)
    assert facts.credits.protected_main is True


def test_withdrawn_again_and_again_and_delivered_under_new_isrcs_is_resubmitted():
    world = World()
    sender = world.sender("s")
    world.deliver(sender, recording="r", isrc="QZEM62600001")
    world.behaviour.withdraw("s", "r", "QZEM62600001")
    assert world.deliver(sender, recording="r", isrc="QZEM62600002").bulk.resubmitted == 0  # a correction
    world.behaviour.withdraw("s", "r", "QZEM62600002")
    assert world.deliver(sender, recording="r", isrc="QZEM62600003").bulk.resubmitted == 1


def test_what_nothing_found_stays_unknown():
    facts = World().deliver(World().sender("s"))
    assert facts.credits.voice_match is None
    assert facts.credits.artist_distance is None
    assert facts.audio.speech is None
    assert facts.ai.vocal_probability is None


def test_a_large_share_in_another_language_than_declared_is_counted():
    world = World()
    sender = world.sender("s")
    for confidence in (0.95, 0.5):
        heard = Heard(recording=f"r{confidence}", language="fr", language_confidence=confidence)
        facts = world.deliver(sender, language="en", heard=heard)
    assert facts.bulk.language_mismatch == 1
