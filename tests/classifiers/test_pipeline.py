"""The one door: evidence from a file, the same every time, in flat memory, whatever the file."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import Model, bundled_model
from classifiers.pipeline import PIPELINE_VERSION, Analysis, Decoder, UnreadableAudio, UnreadableReason, analyse
from schemas.evidence import AiVerdict, Evidence
from tests.classifiers.ai.listening import coloured, lines
from tests.sounds import SUNO_COMMENT, loop, music, noise, silence, tone, write_audio, write_comment


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audio(tmp_path_factory.mktemp("piece") / "piece.flac", music(20.0, seed=3))


@pytest.fixture(scope="module")
def whole(piece: Path, decoder: Decoder) -> Analysis:
    return analyse(piece, decoder=decoder)


def timeless(evidence: Evidence) -> dict[str, object]:
    return evidence.model_dump(exclude={"elapsed_s"})


def test_a_plain_piece_gives_complete_evidence(whole: Analysis) -> None:
    found = whole.evidence
    assert (found.codec, found.sample_rate_hz, found.channels) == ("flac", 44_100, 2)
    assert found.pipeline == PIPELINE_VERSION
    assert found.duration_s == pytest.approx(20.0, abs=0.01)
    assert found.truncated is None
    assert found.ai.verdict is not AiVerdict.LIKELY_AI
    assert found.provenance == []
    assert found.audio.loudness_lufs == pytest.approx(-20, abs=6)
    assert found.audio.true_peak_db == pytest.approx(-3.1, abs=0.6)
    assert found.audio.bandwidth_hz > 18_000
    assert found.audio.silence_ratio < 0.05
    assert found.audio.noise < 0.4
    assert found.audio.loop < 0.95
    assert found.audio.tempo_bpm is not None
    assert found.fingerprint.matchable
    assert found.fingerprint.value
    assert whole.codes.postings()
    assert 0 < found.elapsed_s.decode <= found.elapsed_s.total


def test_the_same_file_gives_the_same_evidence(piece: Path, whole: Analysis) -> None:
    again = analyse(piece)
    assert timeless(again.evidence) == timeless(whole.evidence)
    assert again.codes.postings() == whole.codes.postings()


def test_evidence_survives_being_stored(whole: Analysis) -> None:
    assert Evidence.model_validate_json(whole.evidence.model_dump_json()) == whole.evidence


def test_another_container_of_the_same_samples_sounds_the_same(
    tmp_path: Path, whole: Analysis, decoder: Decoder
) -> None:
    copy = analyse(write_audio(tmp_path / "copy.wav", music(20.0, seed=3)), decoder=decoder).evidence
    assert copy.sha256 != whole.evidence.sha256
    assert copy.fingerprint == whole.evidence.fingerprint
    assert copy.audio == whole.evidence.audio


def test_a_new_tag_changes_the_file_and_not_the_sound(
    tmp_path: Path, piece: Path, whole: Analysis, decoder: Decoder
) -> None:
    path = tmp_path / "tagged.flac"
    path.write_bytes(piece.read_bytes())
    tagged = analyse(write_comment(path, SUNO_COMMENT), decoder=decoder).evidence
    assert tagged.fingerprint.pcm_sha256 == whole.evidence.fingerprint.pcm_sha256
    assert [mark.generator for mark in tagged.provenance] == ["suno"]


def test_a_truncated_mp3_is_analysed_up_to_the_break_and_says_so(tmp_path: Path, decoder: Decoder) -> None:
    data = write_audio(tmp_path / "whole.mp3", music(20.0, seed=3), bit_rate_kbps=128).read_bytes()
    path = tmp_path / "cut.mp3"
    path.write_bytes(data[: len(data) * 6 // 10])
    found = analyse(path, decoder=decoder).evidence
    assert found.duration_s == pytest.approx(12.0, abs=0.3)
    assert found.truncated is not None
    assert "of the 20.0 s" in found.truncated
    assert found.fingerprint.matchable


def test_silence_noise_and_tones_match_nothing(tmp_path: Path, decoder: Decoder) -> None:
    still = analyse(write_audio(tmp_path / "silence.flac", silence(20.0)), decoder=decoder).evidence
    assert still.audio.loudness_lufs is None
    assert still.audio.true_peak_db is None
    assert still.audio.silence_ratio == 1.0
    assert still.audio.noise == 0.0
    assert still.ai.verdict is AiVerdict.NO_EVIDENCE
    hiss = analyse(write_audio(tmp_path / "noise.flac", noise(20.0, "pink")), decoder=decoder).evidence
    assert hiss.audio.noise > 0.9
    steady = analyse(write_audio(tmp_path / "tone.flac", tone(20.0)), decoder=decoder).evidence
    assert steady.audio.loop > 0.95
    for evidence in (still, hiss, steady):
        assert not evidence.fingerprint.matchable
        assert evidence.fingerprint.value == ""


def test_a_loop_is_measured_as_one(tmp_path: Path, decoder: Decoder) -> None:
    found = analyse(write_audio(tmp_path / "loop.flac", loop(24.0, seed=1, cycle_s=2.0)), decoder=decoder).evidence
    assert found.audio.loop > 0.95


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000, 96_000])
def test_every_usual_sample_rate_is_analysed(tmp_path: Path, decoder: Decoder, rate_hz: int) -> None:
    path = write_audio(tmp_path / "rate.wav", music(9.0, seed=5, rate_hz=rate_hz), rate_hz=rate_hz)
    found = analyse(path, decoder=decoder).evidence
    assert found.sample_rate_hz == rate_hz
    assert found.duration_s == pytest.approx(9.0, abs=0.01)
    assert found.audio.bandwidth_hz <= rate_hz / 2


@pytest.mark.parametrize("frames", [1, 100, 5_000])
def test_a_moment_of_sound_is_analysed_without_complaint(tmp_path: Path, decoder: Decoder, frames: int) -> None:
    path = write_audio(tmp_path / "moment.wav", tone(1.0)[:frames])
    found = analyse(path, decoder=decoder).evidence
    assert found.ai.verdict is AiVerdict.NO_EVIDENCE
    assert not found.fingerprint.matchable


def test_what_is_no_audio_is_unreadable_with_its_reason(tmp_path: Path, decoder: Decoder) -> None:
    path = tmp_path / "picture.wav"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    with pytest.raises(UnreadableAudio) as caught:
        analyse(path, decoder=decoder)
    assert caught.value.reason is UnreadableReason.NOT_AUDIO


def test_a_decoder_goes_on_after_a_bad_file(tmp_path: Path, piece: Path, whole: Analysis, decoder: Decoder) -> None:
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    with pytest.raises(UnreadableAudio):
        analyse(empty, decoder=decoder)
    assert timeless(analyse(piece, decoder=decoder).evidence) == timeless(whole.evidence)


MEASURE = """
import re, resource, sys
from pathlib import Path
from classifiers.pipeline import Decoder, analyse
with Decoder() as decoder:
    for name in sys.argv[1:]:
        analyse(Path(name), decoder=decoder)
        peaks = (Path(f"/proc/{pid}/status").read_text() for pid in ("self", decoder.process_id))
        print(sum(int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) for status in peaks))
"""


def test_memory_is_flat_whatever_the_length(tmp_path: Path) -> None:
    """Twenty times the length, which would be 100 MB more if its samples were kept."""
    cycle = np.concatenate([music(10.0, seed=2, channels=1), noise(20.0)[:, None]])
    short = write_audio(tmp_path / "short.wav", cycle)
    long = write_audio(tmp_path / "long.wav", np.tile(cycle, (20, 1)))
    command = [sys.executable, "-c", MEASURE, str(short), str(long)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = (int(line) / 1024 for line in done.stdout.split())
    assert second - first < 90
    assert second < 320


def test_the_hot_path_imports_nothing_slow() -> None:
    code = "import sys, classifiers.pipeline; print(sorted({'torch', 'librosa', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_search_for_traces_can_be_switched_off(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "plain.flac", music(12.0, seed=1))
    ai = analyse(path, comb_search=False, clock_search=False).evidence.ai
    assert (ai.abstained, ai.probability, ai.combs) == ("switched off", None, [])


def test_a_score_carries_its_versions_and_a_shadow_model_is_told_apart(piece: Path, whole: Analysis) -> None:
    assert whole.shadow is None
    versions = whole.evidence.ai.versions
    assert versions is not None and versions.model_sha256 == bundled_model().sha256
    eager = Model(replace(Calibration.load(), model="eager", likely=-9.0, inconclusive=-9.0), "e" * 64)
    beside = analyse(piece, shadow=eager)
    assert timeless(beside.evidence) == timeless(whole.evidence)
    assert beside.shadow is not None
    assert (beside.shadow.model, beside.shadow.verdict) == ("eager", AiVerdict.LIKELY_AI)
    live = analyse(piece, model=eager).evidence.ai
    assert (live.model, live.verdict, live.probability) == ("eager", AiVerdict.LIKELY_AI, beside.shadow.probability)
    assert live.versions is not None and live.versions.model_sha256 == "e" * 64


def test_where_the_detector_abstains_so_does_the_shadow(tmp_path: Path) -> None:
    short = write_audio(tmp_path / "short.flac", music(4.0, seed=1))
    shadow = analyse(short, shadow=bundled_model()).shadow
    assert shadow is not None and (shadow.verdict, shadow.probability) == (AiVerdict.NO_EVIDENCE, None)


def test_traces_that_come_and_go_with_a_voice_are_said_to_follow_it(tmp_path: Path, decoder: Decoder) -> None:
    time = np.arange(48 * 44_100) / 44_100
    sings = (time % 16 < 8).astype(np.float32)
    phase = 2 * np.pi * 220 * time - 1.2 * np.cos(2 * np.pi * 5.5 * time)
    voice = sum(0.04 * np.sin(partial * phase) / partial for partial in range(1, 14)).astype(np.float32)
    sung = sings * voice + coloured(48, level=0.02)
    traces = lines(48, 86.1328125, 6.0, level=0.02)
    follow = {}
    for name, sound in {"voice": sung + sings * traces, "all": sung + traces}.items():
        path = write_audio(tmp_path / f"{name}.flac", sound)
        follow[name] = analyse(path, decoder=decoder).evidence.ai
    assert follow["voice"].verdict is follow["all"].verdict is AiVerdict.LIKELY_AI
    assert follow["voice"].traces_follow_vocals is True
    assert follow["voice"].reasons[-1] == "traces follow the vocals"
    assert follow["all"].traces_follow_vocals is False
    assert "traces follow the vocals" not in follow["all"].reasons
