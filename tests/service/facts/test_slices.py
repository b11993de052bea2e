"""One recording cut into many tracks: what is a joint and what is not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from schemas.catalogue import SenderTier
from service.facts.baselines import DEFAULT_BASELINES
from service.facts.bulk import MOST_TRACKS, WINDOW, BulkState
from service.facts.sightings import Sighting
from service.facts.slices import distance_db, edges_db, follows, texture_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)
RAIN = [12.0 - 0.9 * band for band in range(27)]


def textured(number, spectrum=RAIN, *, length=31.0, head=0.0, tail=0.0, sender="s", at=None):
    return Sighting(
        at=at or NOW + timedelta(minutes=number),
        track_id=f"t{number}",
        sender_id=sender,
        title=f"Song {number}",
        artist=f"Artist {number}",
        duration_s=length,
        texture=texture_of(length, spectrum, head, tail),
    )


def wobbling(number, by=0.3):
    return [level + by * ((number * 7 + band * 3) % 5 - 2) for band, level in enumerate(RAIN)]


def another_song(number):
    return [level + 5 * np.sin(number * 1.25 + band / 2) for band, level in enumerate(RAIN)]


def contiguous(*sightings):
    return BulkState.of(sightings).facts(DEFAULT_BASELINES[SenderTier.VERIFIED]).contiguous


def test_pieces_of_one_recording_go_on_from_each_other():
    assert contiguous(*(textured(n, wobbling(n)) for n in range(20))) == 19


def test_pieces_that_were_accepted_out_of_order_are_found_as_well():
    drifting = [textured(n, [level + 0.4 * n * (band % 2) for band, level in enumerate(RAIN)]) for n in range(20)]
    swapped = [drifting[n ^ 1] for n in range(20)]
    assert contiguous(*swapped) == 19


@pytest.mark.parametrize(
    "made",
    [
        lambda n: textured(n, another_song(n)),
        lambda n: textured(n, wobbling(n), length=(31, 35, 39.5, 44.5, 50)[n % 5]),
        lambda n: textured(n, wobbling(n), length=180.0),
        lambda n: textured(n, wobbling(n), tail=-40.0),
        lambda n: textured(n, wobbling(n), head=-40.0),
        lambda n: textured(n, wobbling(n), sender=f"s{n}"),
        lambda n: textured(n, []),
    ],
    ids=["other songs", "other lengths", "chapters of minutes", "fades out", "fades in", "other senders", "unknown"],
)
def test_what_is_no_piece_of_the_one_before(made):
    assert contiguous(*(made(n) for n in range(20))) == 0


def test_a_track_whose_edges_nobody_measured_is_no_piece():
    assert texture_of(31.0, RAIN, None, None) == ()
    assert texture_of(None, RAIN, 0.0, 0.0) == ()


def test_bands_that_only_one_spectrum_has_do_not_count():
    assert distance_db([10] * 20, [10] * 27) == 0
    assert distance_db([0] * 20, [60] * 20) == 0, "louder is no other sound"


def test_the_edges_of_a_cut_are_as_loud_as_the_rest_and_those_of_a_song_are_not():
    cut = bytes([90, 110, 100] * 100)
    assert min(edges_db(cut)) > -1
    fade = bytes([0, 0, 0, *[100] * 200, 3, 1, 0])
    assert max(edges_db(fade)) < -20
    padded = bytes([0, 1]) + cut + bytes([0])
    assert min(edges_db(padded)) > -2, "an encoder's padding is no silence"


@pytest.mark.parametrize("peaks", [b"", b"\x10" * 5, bytes(300)], ids=["empty", "short", "silent"])
def test_edges_of_nothing_are_unknown(peaks):
    assert edges_db(peaks) is None


def test_the_count_is_that_of_the_rows_in_the_window_whatever_came_and_went():
    state = BulkState()
    everything = []
    for number in range(60):
        spectrum = wobbling(number) if number % 7 else another_song(number)
        piece = textured(number, spectrum, at=NOW + timedelta(days=number * 0.9))
        everything.append(piece)
        state.add(piece)
        if number % 11 == 5:
            corrected = textured(number, another_song(number + 1), at=piece.at)
            state.replace(piece, corrected)
            everything[-1] = corrected
        rest = [seen for seen in everything if seen.at >= piece.at - WINDOW][-MOST_TRACKS:]
        counted = state.facts(DEFAULT_BASELINES[SenderTier.VERIFIED]).contiguous
        assert counted == contiguous(*rest)


def test_a_piece_does_not_follow_itself_under_another_sender():
    assert not follows(textured(1, sender="a"), textured(0, sender="b"))
