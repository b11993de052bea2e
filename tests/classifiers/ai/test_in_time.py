"""Traces follow the vocals only where that is clear."""

import numpy as np
import pytest

from classifiers.ai.in_time import Course, segments, traces_follow_vocals
from classifiers.audio.vocals import FRAME_RATE_HZ

BLOCK_S = 1.114
STRONG = 3.0
SUNG, SILENT = 0.15, 0.01


def course(pattern: str, block_s: float = BLOCK_S) -> Course:
    """Four blocks a letter: ``x`` for strong lines, ``.`` for none, ``?`` for silence."""
    level = {"x": STRONG, ".": 0.0, "?": np.nan}
    z = np.repeat([level[letter] for letter in pattern], 4)
    return Course(z + np.tile([0.3, -0.3], len(z) // 2), block_s)


def vocals(pattern: str, block_s: float = BLOCK_S) -> np.ndarray:
    """What glides: ``v`` for a voice, ``.`` for none, ``~`` for something between, as long as in `course`."""
    level = {"v": SUNG, ".": SILENT, "~": 0.06}
    frames = int(len(pattern) * 4 * block_s * FRAME_RATE_HZ) + 1
    at = (np.arange(frames) / FRAME_RATE_HZ / (4 * block_s)).astype(int)
    return np.array([level[pattern[min(place, len(pattern) - 1)]] for place in at], np.float32)


@pytest.mark.parametrize(
    ("traces", "voice", "follow"),
    [
        ("xx..xx..", "vv..vv..", True),
        ("..xx..xx", "..vv..vv", True),
        ("xxxxxxxx", "vv..vv..", False),
        ("..xx..xx", "vv..vv..", None),
        ("xx......", "vv..vv..", None),
        ("........", "vv..vv..", None),
        ("xxx?xxx?", "vvv.vvv.", None),
    ],
    ids=["follow", "follow, last", "run on", "pause for the voice", "half of the time", "none", "silence says nothing"],
)
def test_what_traces_do_while_a_voice_comes_and_goes(traces: str, voice: str, follow: bool | None) -> None:
    assert traces_follow_vocals(course(traces), vocals(voice)) is follow


@pytest.mark.parametrize(
    ("traces", "voice"),
    [
        ("xxxx....", "vvvv...."),
        ("xx..xx..", "vv~~vv~~"),
        ("xx..xx..", "........"),
        ("xx..xx..", "vvvvvvvv"),
        ("x.x", "v.v"),
        ("", ""),
    ],
    ids=["one change may be any change", "hardly heard", "no voice", "always a voice", "too short", "nothing"],
)
def test_nothing_is_said_unless_it_is_clear(traces: str, voice: str) -> None:
    found = traces_follow_vocals(course(traces), vocals(voice) if voice else np.zeros(0, np.float32))
    assert found is None


def test_a_recording_that_outlasts_what_was_heard_of_its_voice_is_judged_on_what_there_is() -> None:
    assert traces_follow_vocals(course("xx..xx..xxxx"), vocals("vv..vv..")) is True


@pytest.mark.parametrize(("block_s", "apart_s"), [(1.114, 2.228), (2.229, 2.229), (4.458, 4.458), (8.9, 8.9)])
def test_segments_are_two_hops_long_whatever_the_blocks(block_s: float, apart_s: float) -> None:
    found, share = segments(course("xx..xx", block_s), 24 * block_s, 0.9)
    assert share == pytest.approx(0.67, abs=0.15)
    assert [one.start_s for one in found] == pytest.approx([n * apart_s for n in range(len(found))], abs=0.01)
    assert all(one.end_s - one.start_s == pytest.approx(2 * apart_s, abs=0.02) for one in found)
    assert found[-1].end_s == pytest.approx(24 * block_s, abs=0.01)


def test_a_single_block_is_one_segment() -> None:
    found, _ = segments(Course(np.array([2.0]), BLOCK_S), 1.2, 0.5)
    assert [(one.start_s, one.end_s) for one in found] == [(0.0, 1.2)]
