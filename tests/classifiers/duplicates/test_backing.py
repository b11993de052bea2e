import numpy as np
import pytest

from classifiers.duplicates.backing import features, recording_odds
from classifiers.duplicates.match import compare
from classifiers.duplicates.proof import Met
from schemas.evidence import Relation
from tests.classifiers.duplicates.songs import heard, noisy, song


def landmarks(found, strength, seconds=20.0):
    count = len(found)
    time = np.linspace(0, seconds, count)
    return Met(time, np.arange(count) % 60 * 1.0, np.asarray(strength, np.uint8), np.asarray(found, bool))


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


@pytest.mark.parametrize("over", [50, 51, 52])
def test_two_songs_over_one_backing_are_related_and_not_the_same(over):
    one, other = heard(song(1, over=over)), heard(song(2, over=over))
    match = compare(other, one)
    assert match is None or match.relation is Relation.SHARED_BACKING
    assert compare(heard(noisy(song(1, over=over), 12)), one).relation is Relation.SAME_RECORDING
