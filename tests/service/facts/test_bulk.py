from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalogue import SenderTier
from service.facts.baselines import DEFAULT_BASELINES
from service.facts.bulk import MOST_TRACKS, BulkState
from service.facts.sightings import Sighting
from service.facts.titles import counted_stem, words

NOW = datetime(2026, 11, 20, tzinfo=UTC)
VERIFIED = DEFAULT_BASELINES[SenderTier.VERIFIED]


def seen(number=0, **given):
    defaults = {"title": f"Song {chr(97 + number % 26)}x", "artist": "Ada", "duration_s": 180.0}
    return Sighting(at=NOW + timedelta(minutes=number), track_id=f"t{number}", sender_id="s", **(defaults | given))


def facts(*sightings, cover=None, **given):
    return BulkState.of(sightings).facts(VERIFIED, cover=cover, **given)


def test_an_empty_state_counts_zero_and_knows_no_shares():
    empty = facts()
    assert (empty.tracks, empty.copies, empty.ai_hidden) == (0, 0, 0)
    assert empty.short_share is None


def test_slices_stand_out_against_the_tiers_baseline():
    slices = facts(*(seen(n, duration_s=31.5, functional=True) for n in range(12)))
    assert (slices.short_share, slices.functional_share, slices.slices) == (1.0, 1.0, 12)
    assert slices.short_surprise > 20
    songs = facts(*(seen(n, duration_s=29.0) for n in range(12)))
    assert (songs.short_share, songs.payable_share, songs.short_surprise) == (0.0, 0.0, 0.0)


def test_long_tracks_are_told_from_songs_as_far_as_lengths_are_known():
    some = facts(
        seen(1, duration_s=300.0), seen(2, duration_s=3600.0), seen(3, duration_s=299.0), seen(4, duration_s=None)
    )
    assert some.long_share == 2 / 3
    assert facts(seen(1, duration_s=None)).long_share is None


def test_numbered_titles_count_once_their_stem_repeats():
    numbered = facts(*(seen(n, title=f"Soft Rain, Pt. {n + 1}") for n in range(8)), seen(9, title="Route 66"))
    assert numbered.numbered_share == 8 / 9
    assert facts(*(seen(n, title=f"Take {n}") for n in range(4))).numbered_share == 0


def test_numbered_artists_are_a_farm_of_names():
    names = facts(*(seen(n, artist=f"Lofi Cat {n // 4 + 1}") for n in range(12)))
    assert (names.numbered_artists, names.artists) == (1.0, 3)
    assert facts(*(seen(n, artist="Blink 182") for n in range(12))).numbered_artists == 0


def test_titles_of_the_same_few_words_overlap():
    stuffed = facts(
        *(seen(n, title=f"Calm Dog Sleep Music {w}") for n, w in enumerate(["puppy", "deep", "relief", "pet"] * 3))
    )
    plain = facts(*(seen(n, title=t) for n, t in enumerate(["Low Water", "Red Clay", "Moon Buggy", "Glass", "Stairs"])))
    assert stuffed.title_overlap > 0.9
    assert plain.title_overlap == 0


def test_one_cover_counts_artists_with_releases_of_their_own():
    compilation = [seen(n, artist=f"artist {n}", upc="one", cover="c") for n in range(10)]
    assert facts(*compilation, cover="c").shared_cover_artists == 1
    farm = [seen(n, artist=f"artist {n}", upc=f"u{n}", cover="c") for n in range(10)]
    assert facts(*farm, cover="c").shared_cover_artists == 10
    assert facts(*farm, cover="other").shared_cover_artists == 0


def test_links_are_unknown_for_a_sender_that_has_none():
    assert facts(seen(), has_links=False).unlinked_share is None
    assert facts(seen(0, linked=True), seen(1)).unlinked_share == 0.5


def test_a_corrected_sighting_takes_the_place_of_the_old_one():
    state = BulkState.of([seen(0), seen(1)])
    state.replace(seen(1), replace(seen(1), identity_changed="star", artist="Star", protected=frozenset({"ar-1"})))
    after = state.facts(VERIFIED)
    assert (after.tracks, after.identity_changes, after.artists, after.protected_names) == (2, 1, 2, 1)


SIGHTING = st.builds(
    Sighting,
    at=st.integers(0, 80).map(lambda days: NOW + timedelta(days=days)),
    track_id=st.uuids().map(str),
    sender_id=st.just("s"),
    title=st.sampled_from(["Rain 1", "Rain 2", "Rain 3", "Low Water", "", "雨", "Calm"]),
    artist=st.sampled_from(["Ada", "Bo 1", "Bo 2", "Bo 3"]),
    upc=st.sampled_from([None, "u1", "u2"]),
    cover=st.sampled_from([None, "c1", "c2"]),
    duration_s=st.sampled_from([None, 12.0, 31.0, 122.0, 200.0]),
    functional=st.booleans(),
    ai_hidden=st.booleans(),
    claim=st.sampled_from([None, "ar-1", "ar-2"]),
    protected=st.sampled_from([frozenset(), frozenset({"p1"}), frozenset({"p1", "p2"})]),
    copied_from=st.sampled_from([None, "?", "s2"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SIGHTING, max_size=40))
def test_statistics_kept_up_to_date_are_those_counted_afresh(sightings):
    ordered = sorted(sightings, key=lambda sighting: sighting.at)
    running = BulkState.of(ordered)
    afresh = BulkState.of(list(running.sightings))
    assert running.facts(VERIFIED, cover="c1") == afresh.facts(VERIFIED, cover="c1")
    assert all(sighting.at >= ordered[-1].at - timedelta(days=30) for sighting in running.sightings)


def test_the_state_stays_bounded():
    state = BulkState.of(seen(n) for n in range(MOST_TRACKS + 50))
    assert state.facts(VERIFIED).tracks == MOST_TRACKS


def test_a_stem_is_what_stands_before_a_counter():
    assert (
        counted_stem("Rain Sounds, Pt. 12") == counted_stem("Rain Sounds - Part 3") == counted_stem("rain sounds 400")
    )
    assert counted_stem("Chapter 1 (Loop 07)") != counted_stem("Rain 07")
    assert counted_stem("The Letter A") is None
    assert counted_stem("1999") is None
    assert counted_stem("Low Water") is None
    assert words("Al-Fatihah is Here") == {"fatihah", "here"}
