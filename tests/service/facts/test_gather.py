import pytest

from schemas.catalogue import TrackMetadata
from schemas.evidence import (
    AiEvidence,
    AiSegment,
    AiVerdict,
    AudioDescriptors,
    ElapsedSeconds,
    Evidence,
    Fingerprint,
    Provenance,
    ProvenanceClaim,
    ProvenanceKind,
    Trust,
)
from service.facts import GroupMember, gather


def evidence(noise=0.1, silence=0.0, segments=(), provenance=()):
    return Evidence(
        sha256="0" * 64,
        pipeline="1",
        codec="flac",
        sample_rate_hz=44100,
        channels=2,
        duration_s=183.2,
        ai=AiEvidence(verdict=AiVerdict.LIKELY_AI, probability=0.97, model="1", segments=list(segments)),
        provenance=list(provenance),
        audio=AudioDescriptors(
            loudness_lufs=-10.0,
            true_peak_db=-1.0,
            bandwidth_hz=16000.0,
            silence_ratio=silence,
            noise=noise,
            loop=0.2,
        ),
        fingerprint=Fingerprint(algorithm="1", value="", matchable=True),
        elapsed_s=ElapsedSeconds(decode=0.1, total=0.2),
    )


def metadata(**declared):
    return TrackMetadata(
        title="Low Water",
        artists=[{"name": "Perrin Oakes"}],
        release={"type": "Single"},
        declared_ai=declared,
    )


def test_what_is_not_given_stays_unknown():
    flat = gather(metadata(), None).flat()
    assert not [name for name in flat if name.split(".")[0] in ("ai", "audio", "provenance", "recording", "sender")]
    assert flat["track.title"] == "Low Water"
    assert flat["track.release_type"] == "single"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({}, {}),
        (dict.fromkeys(("VOCALS", "INSTRUMENTATION", "POST_PRODUCTION"), "NONE"), {"audible_denied"}),
        ({"VOCALS": "NONE", "INSTRUMENTATION": "NONE"}, set()),
        ({"VOCALS": "ALL"}, {"audible_admitted", "music_all"}),
        ({"COMPOSITION": "PARTLY"}, {"music_partly"}),
        ({"ARTWORK": "ALL"}, {"artwork_only"}),
        ({"ARTWORK": "ALL", "LYRICS": "ALL"}, {"music_all"}),
        ({"VIDEO": "PARTLY", "VOCALS": "NONE"}, {"artwork_only"}),
    ],
)
def test_a_declaration_is_summed_up(declared, expected):
    facts = gather(metadata(**declared), None).declared
    sums = ("audible_denied", "audible_admitted", "music_all", "music_partly", "artwork_only")
    assert {name for name in sums if getattr(facts, name)} == set(expected)
    assert facts.video is not None


@pytest.mark.parametrize(
    ("noise", "silence", "functional"), [(0.1, 0.0, False), (0.5, 0.0, True), (0.0, 0.95, True), (0.45, 0.5, False)]
)
def test_noise_and_silence_are_functional_audio(noise, silence, functional):
    assert gather(metadata(), evidence(noise, silence)).audio.functional is functional


def test_segments_count_by_their_length():
    segments = [
        AiSegment(start_s=0, end_s=10, probability=0.9),
        AiSegment(start_s=10, end_s=40, probability=0.2),
    ]
    assert gather(metadata(), evidence(segments=segments)).ai.share_of_track == pytest.approx(0.25)
    assert gather(metadata(), evidence()).ai.share_of_track is None


def test_the_most_trusted_mark_that_speaks_of_ai_counts():
    def mark(says, trust, generator=None):
        return Provenance(kind=ProvenanceKind.TAG, says=says, generator=generator, trust=trust, detail="x")

    marks = [
        mark(ProvenanceClaim.CAPTURED, Trust.TRUSTED, "camera"),
        mark(ProvenanceClaim.AI, Trust.TAMPERED, "udio"),
        mark(ProvenanceClaim.PARTLY_AI, Trust.UNSIGNED, "suno"),
    ]
    facts = gather(metadata(), evidence(provenance=marks)).provenance
    assert (facts.says_ai, facts.generator, facts.trust) == (True, "suno", "unsigned")
    assert gather(metadata(), evidence(provenance=marks[:1])).provenance.says_ai is False


def test_a_group_makes_recording_facts():
    first = GroupMember("trk_1", 1, frozenset({"ada"}), "QZEM62600001")
    judged = GroupMember.of("trk_2", 2, metadata())
    assert judged.artists == {"perrinoakes"}
    facts = gather(metadata(), evidence(), judged=judged, group=[first]).recording
    assert facts.group_artists == 2
    assert facts.matches_earlier is True
