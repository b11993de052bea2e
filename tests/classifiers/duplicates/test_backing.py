from dataclasses import replace

import numpy as np
import pytest

from classifiers.duplicates.backing import features, only_soft_losses, recording_odds
from classifiers.duplicates.match import compare
from classifiers.duplicates.peaks import LEVEL_STEP_DB
from classifiers.duplicates.proof import Met
from schemas.evidence import Relation
from tests.classifiers.duplicates.songs import heard, heavy_bass, noisy, song


def landmarks(found, strength, seconds=20.0, level=0):
    count = len(found)
    time, levels = np.linspace(0, seconds, count), np.broadcast_to(level, count).astype(np.uint8)
    return Met(time, np.arange(count) % 60 * 1.0, np.asarray(strength, np.uint8), levels, np.asarray(found, bool))


def damaged(count=240):
    """A third of the landmarks lost, the weak ones, everywhere alike."""
    strength = np.arange(count) % 6
    return landmarks(strength >= 2, strength)


def under_a_voice(count=240):
    """A third lost, the strong ones, in the octaves of a voice, half of the time."""
    strength, pitch, time = np.arange(count) % 6, np.arange(count) % 60, np.linspace(0, 20, count)
    return landmarks(~((pitch >= 12) & (pitch < 48) & (time % 8 < 5)), strength)


def test_what_damage_loses_tells_one_recording_and_what_a_voice_hides_tells_two():
    assert recording_odds([damaged()], [damaged()], changed=False) > 1
    assert recording_odds([under_a_voice()], [under_a_voice()], changed=False) < -1


def test_it_does_not_matter_which_of_the_two_is_the_query():
    one, other = [damaged()], [under_a_voice()]
    assert features(one, other, changed=True) == features(other, one, changed=True)


def test_stretches_are_weighed_together():
    half = damaged().within(0, 10), damaged().within(10, 30)
    assert features(list(half), [damaged()], False) == pytest.approx(features([damaged()], [damaged()], False))


@pytest.mark.parametrize("found", [True, False])
def test_all_found_or_none_gives_finite_odds(found):
    few = landmarks([found] * 3, [0, 0, 0])
    assert np.isfinite(recording_odds([few], [few], changed=False))


def without_levels(codes):
    """As it was stored before loudness was kept."""
    return replace(codes, peaks=replace(codes.peaks, level=None))


def lost_at(lost_db, found_db=6):
    """Half of the landmarks lost, at that many decibels under the music; those found are louder."""
    found = np.arange(240) % 2 == 0
    return [landmarks(found, np.full(240, 3), level=np.where(found, found_db, lost_db) / LEVEL_STEP_DB)]


def test_losses_far_under_the_music_are_no_other_voice():
    assert only_soft_losses(lost_at(18), lost_at(18))
    assert not only_soft_losses(lost_at(10), lost_at(10))


def test_where_one_side_lost_loud_landmarks_those_of_the_other_must_be_softer_still():
    more, less = lost_at(18), [landmarks(np.arange(240) % 3 == 0, np.full(240, 3), level=2)]
    assert not only_soft_losses(more, less)
    assert only_soft_losses(lost_at(22), less) and only_soft_losses(less, lost_at(22))


def test_over_a_drone_where_all_is_soft_loudness_says_nothing():
    assert not only_soft_losses(lost_at(26, found_db=24), lost_at(26, found_db=24))


def test_losses_whose_loudness_was_not_kept_are_not_taken_for_soft():
    assert not only_soft_losses([damaged()], [damaged()])


def test_music_far_under_a_recording_that_is_mostly_bass_leaves_it_one_recording():
    sound, other = 12 * heavy_bass(7) + song(5), song(6)
    bed = 10 ** (-13 / 20) * np.std(sound) / np.std(other) * other
    one, two = heard(sound), heard(sound + bed)
    assert compare(two, one).relation is Relation.SAME_RECORDING
    assert compare(without_levels(two), without_levels(one)).relation is Relation.SHARED_BACKING


@pytest.mark.parametrize("over", [50, 51, 52])
def test_two_songs_over_one_backing_are_related_and_not_the_same(over):
    one, other = heard(song(1, over=over)), heard(song(2, over=over))
    match = compare(other, one)
    assert match is None or match.relation is Relation.SHARED_BACKING
    assert compare(heard(noisy(song(1, over=over), 12)), one).relation is Relation.SAME_RECORDING
