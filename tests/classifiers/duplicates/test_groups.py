import numpy as np

from classifiers.duplicates.frames import RATE_HZ
from classifiers.duplicates.groups import Link, candidate_pairs, grouped, link
from schemas.evidence import RecordingMatch, Relation
from tests.classifiers.duplicates.songs import heard, noisy, played, song


def match(relation: Relation) -> RecordingMatch:
    return RecordingMatch(relation=relation, overlap_s=20, score=0.9)


def test_copies_are_found_through_the_index_and_grouped(songs):
    sounds = [songs[0], songs[1], noisy(songs[0], 12), songs[2], played(songs[1], 1.06), songs[0][9 * RATE_HZ :]]
    codes = [heard(sound) for sound in sounds]
    groups = grouped(link(codes, candidate_pairs(codes)))
    assert [group for group, _ in groups] == [[0, 2, 5], [1, 4]]
    assert {(one.a, one.b) for one in groups[0][1]} == {(0, 2), (0, 5), (2, 5)}


def test_noises_and_silences_make_no_group():
    rng = np.random.default_rng(3)
    sounds = [np.zeros(12 * RATE_HZ)] * 3
    for power in (0, 1, 2):
        for _ in range(4):
            spectrum = np.fft.rfft(rng.standard_normal(15 * RATE_HZ))
            spectrum /= np.maximum(np.arange(len(spectrum)), 300.0) ** (power / 2)
            sounds.append(np.fft.irfft(spectrum))
    codes = [heard(sound / (10 * np.std(sound) or 1), pcm_sha256=str(at // 3)) for at, sound in enumerate(sounds)]
    assert candidate_pairs(codes) == []


def test_a_shared_backing_joins_nothing_but_is_told_at_both_ends():
    links = [
        Link(0, 1, match(Relation.TRANSFORMED), True),
        Link(1, 2, match(Relation.SHARED_BACKING), False),
        Link(2, 3, match(Relation.IDENTICAL), True),
        Link(4, 5, match(Relation.SHARED_BACKING), False),
    ]
    groups = grouped(links)
    assert [group for group, _ in groups] == [[0, 1], [2, 3]]
    assert groups[0][1] == links[:2] and groups[1][1] == links[1:3]


def test_a_chain_is_one_group_whatever_the_order_of_its_links():
    links = [Link(a, a + 1, match(Relation.SAME_RECORDING), True) for a in range(6)]
    for order in (links, links[::-1], links[::2] + links[1::2]):
        assert [group for group, _ in grouped(order)] == [list(range(7))]


def test_equal_samples_are_a_pair_even_where_no_codes_are_shared(songs):
    one = heard(song(9)[: 8 * RATE_HZ], pcm_sha256="same")
    other = heard(songs[0][: 8 * RATE_HZ], pcm_sha256="same")
    assert candidate_pairs([one, other]) == [(0, 1)]
