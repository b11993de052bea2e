"""The decoder child: every format, every way to be unreadable, and a child that dies."""

import os
import signal
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from classifiers.audio.decode import Decoder, Limits, UnreadableAudio, UnreadableReason
from tests.sounds import ENCODERS, music, noise, silence, tone, write_audio, write_comment

CHIRP = music(3.0, seed=4)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


def decoded(decoder: Decoder, path: Path, limits: Limits = Limits()) -> tuple[np.ndarray, str | None]:
    stream = decoder.open(path, limits)
    blocks = [block.copy() for block in stream]
    return np.concatenate(blocks, axis=1), stream.truncated


def refusal(decoder: Decoder, path: Path, limits: Limits = Limits()) -> UnreadableAudio:
    with pytest.raises(UnreadableAudio) as caught:
        decoded(decoder, path, limits)
    return caught.value


def wav_header(data_bytes: int, rate_hz: int = 44_100) -> bytes:
    chunks = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, rate_hz, rate_hz * 4, 4, 16) + b"data"
    return (
        b"RIFF" + struct.pack("<I", min(2**32 - 1, data_bytes + 36)) + b"WAVE" + chunks + struct.pack("<I", data_bytes)
    )


@pytest.mark.parametrize("suffix", list(ENCODERS))
def test_every_accepted_format_is_decoded_whole(tmp_path: Path, decoder: Decoder, suffix: str) -> None:
    path = write_audio(tmp_path / f"sound{suffix}", CHIRP)
    stream = decoder.open(path)
    blocks = [block.copy() for block in stream]
    assert stream.info.channels == 2
    assert stream.info.sample_rate_hz == (48_000 if suffix == ".opus" else 44_100)
    assert stream.duration_s == pytest.approx(3.0, abs=0.06)
    assert stream.truncated is None
    assert float(np.abs(np.concatenate(blocks, axis=1)).max()) == pytest.approx(0.7, abs=0.1)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff"])
def test_lossless_samples_come_over_exactly(tmp_path: Path, decoder: Decoder, suffix: str) -> None:
    path = write_audio(tmp_path / f"sound{suffix}", CHIRP)
    ours, _ = decoded(decoder, path)
    theirs, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_array_equal(ours, theirs.T)


def test_the_name_says_nothing_about_the_format(tmp_path: Path, decoder: Decoder) -> None:
    path = write_audio(tmp_path / "sound.flac", CHIRP).rename(tmp_path / "sound.mp3")
    assert decoder.open(path).info.codec == "flac"


def test_any_name_a_folder_can_hold_is_opened(tmp_path: Path, decoder: Decoder) -> None:
    names = [b"http:\\\\example.org\\x.wav", b"concat:a|b.wav", b"caf\xe9 \xff.wav", b"new\nline.wav", b"-y.wav"]
    source = write_audio(tmp_path / "plain.wav", silence(0.2)).read_bytes()
    for name in names:
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(source)
        assert decoded(decoder, path)[0].shape == (1, 8820)


def test_more_than_one_channel_pair_is_kept_apart(tmp_path: Path, decoder: Decoder) -> None:
    six = np.stack([tone(0.5, 200.0 * (channel + 1)) for channel in range(6)], axis=1)
    soundfile.write(tmp_path / "six.wav", six, 48_000)
    samples, _ = decoded(decoder, tmp_path / "six.wav")
    assert samples.shape[0] == 6
    for channel, wave in enumerate(samples):
        strongest = np.fft.rfftfreq(len(wave), 1 / 44_100)[np.abs(np.fft.rfft(wave)).argmax()]
        assert strongest == pytest.approx(200.0 * (channel + 1), abs=3)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("zero.wav", b"", UnreadableReason.EMPTY),
        ("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, UnreadableReason.NOT_AUDIO),
        ("words.mp3", b"This is no audio at all.\n" * 400, UnreadableReason.NOT_AUDIO),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", UnreadableReason.NOT_AUDIO),
        ("list.wav", b"ffconcat version 1.0\nfile '/etc/passwd'\n", UnreadableReason.NOT_AUDIO),
        ("four-gigabytes.wav", wav_header(2**32 - 1) + b"\0" * 4000, UnreadableReason.HEADER_LIES),
        ("four-billion.wav", wav_header(4_000_000_000) + b"\0" * 4000, UnreadableReason.HEADER_LIES),
        ("one-hertz.wav", wav_header(4000, rate_hz=1) + b"\0" * 4000, UnreadableReason.SAMPLE_RATE),
        ("header-only.wav", wav_header(0), UnreadableReason.NO_DECODABLE_AUDIO),
    ],
)
def test_what_is_no_audio_is_refused_with_its_reason(
    tmp_path: Path, decoder: Decoder, name: str, content: bytes, reason: UnreadableReason
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = refusal(decoder, path)
    assert error.reason is reason
    assert error.detail
    assert str(tmp_path) not in str(error)


def test_a_missing_file_and_a_folder_cannot_be_opened(tmp_path: Path, decoder: Decoder) -> None:
    assert refusal(decoder, tmp_path / "missing.wav").reason is UnreadableReason.CANNOT_OPEN
    assert refusal(decoder, tmp_path).reason is UnreadableReason.CANNOT_OPEN


def test_an_announced_length_over_the_limit_is_refused_before_decoding(tmp_path: Path, decoder: Decoder) -> None:
    path = write_audio(tmp_path / "long.flac", silence(30.0))
    limits = Limits(max_duration_s=20.0)
    with pytest.raises(UnreadableAudio) as caught:
        decoder.open(path, limits)
    assert caught.value.reason is UnreadableReason.TOO_LONG
    assert "announces" in caught.value.detail


def test_a_length_nobody_announced_is_cut_off_at_the_limit(tmp_path: Path, decoder: Decoder) -> None:
    path = write_audio(tmp_path / "long.aac", silence(30.0))
    assert refusal(decoder, path, Limits(max_duration_s=20.0)).reason is UnreadableReason.TOO_LONG


def test_too_many_channels_and_rates_out_of_range_are_refused(tmp_path: Path, decoder: Decoder) -> None:
    soundfile.write(tmp_path / "many.wav", np.zeros((100, 12), np.float32), 8_000)
    assert refusal(decoder, tmp_path / "many.wav").reason is UnreadableReason.CHANNELS
    soundfile.write(tmp_path / "fast.wav", np.zeros((100, 1), np.float32), 768_000)
    assert refusal(decoder, tmp_path / "fast.wav").reason is UnreadableReason.SAMPLE_RATE


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg", ".opus", ".wav", ".aiff", ".aac"])
def test_a_broken_off_file_is_decoded_up_to_the_break_and_says_so(
    tmp_path: Path, decoder: Decoder, suffix: str
) -> None:
    whole = write_audio(tmp_path / f"whole{suffix}", music(6.0, seed=1)).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: len(whole) // 2 + 7])
    samples, truncated = decoded(decoder, path)
    assert 0.5 < samples.shape[1] / 44_100 < 5.0
    assert truncated
    assert "broke off" in truncated or "damaged" in truncated


def test_an_mp4_file_without_its_index_says_that_the_upload_broke(tmp_path: Path, decoder: Decoder) -> None:
    whole = write_audio(tmp_path / "whole.m4a", music(3.0, seed=1)).read_bytes()
    (tmp_path / "cut.m4a").write_bytes(whole[: len(whole) // 2])
    error = refusal(decoder, tmp_path / "cut.m4a")
    assert error.reason is UnreadableReason.NO_DECODABLE_AUDIO
    assert "index" in error.detail


def test_a_header_that_lies_within_the_limit_counts_as_broken_off(tmp_path: Path, decoder: Decoder) -> None:
    path = tmp_path / "lie.wav"
    path.write_bytes(wav_header(44_100 * 4 * 60) + b"\1\0" * 88_200)
    samples, truncated = decoded(decoder, path)
    assert samples.shape == (2, 44_100)
    assert truncated == "decoding broke off after 1.0 s of the 60.0 s that the file announces"


def test_damage_in_the_middle_is_passed_over_and_told(tmp_path: Path, decoder: Decoder) -> None:
    data = bytearray(write_audio(tmp_path / "sound.flac", noise(6.0)).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 30_000] = b"\x55" * 30_000
    (tmp_path / "damaged.flac").write_bytes(data)
    samples, truncated = decoded(decoder, tmp_path / "damaged.flac")
    assert samples.shape[1] > 4 * 44_100
    assert truncated is not None


def test_values_that_are_no_sound_are_made_harmless(tmp_path: Path, decoder: Decoder) -> None:
    values = np.zeros(2000, np.float32)
    values[:3] = [np.nan, np.inf, -1e30]
    soundfile.write(tmp_path / "wild.wav", values, 8_000, subtype="FLOAT")
    samples, _ = decoded(decoder, tmp_path / "wild.wav")
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1000


def test_a_tag_without_sound_is_no_audio(tmp_path: Path, decoder: Decoder) -> None:
    path = write_comment(write_audio(tmp_path / "tagged.mp3", silence(1.0)), "hello")
    (tmp_path / "tag-only.mp3").write_bytes(path.read_bytes()[:600])
    assert refusal(decoder, tmp_path / "tag-only.mp3").reason in (
        UnreadableReason.NOT_AUDIO,
        UnreadableReason.NO_DECODABLE_AUDIO,
    )


def test_a_killed_child_is_replaced(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "sound.wav", noise(20.0))
    with Decoder() as decoder:
        stream = decoder.open(path)
        assert decoder.process_id is not None
        os.kill(decoder.process_id, signal.SIGKILL)
        with pytest.raises(UnreadableAudio) as caught:
            list(stream)
        assert caught.value.reason is UnreadableReason.DECODER_CRASHED
        assert decoded(decoder, path)[0].shape == (1, 20 * 44_100)


def test_a_child_that_hangs_is_ended(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "sound.wav", noise(20.0))
    with Decoder() as decoder:
        decoded(decoder, path)
        stream = decoder.open(path, Limits(stall_s=0.5))
        assert decoder.process_id is not None
        os.kill(decoder.process_id, signal.SIGSTOP)
        with pytest.raises(UnreadableAudio) as caught:
            list(stream)
        assert caught.value.reason is UnreadableReason.DECODER_TIMED_OUT
        assert decoded(decoder, path)[0].shape == (1, 20 * 44_100)


def test_too_little_memory_is_told_apart(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "sound.flac", silence(1.0))
    with Decoder() as decoder:
        for _ in range(3):  # the next file gets another child, not the one that is about to end itself
            error = refusal(decoder, path, replace(Limits(), memory_bytes=1 << 20))
            assert error.reason is UnreadableReason.DECODER_OUT_OF_MEMORY
        assert decoded(decoder, path)[0].shape == (1, 44_100)


def test_a_stream_left_half_read_does_not_disturb_the_next_file(tmp_path: Path, decoder: Decoder) -> None:
    long = write_audio(tmp_path / "long.wav", noise(20.0))
    short = write_audio(tmp_path / "short.wav", tone(1.0))
    next(iter(decoder.open(long)))
    assert decoded(decoder, short)[0].shape == (1, 44_100)


def test_the_child_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_DATABASE_URL", "postgresql://secret")
    path = write_audio(tmp_path / "sound.wav", noise(20.0))
    with Decoder() as decoder:
        decoder.open(path)
        environment = Path(f"/proc/{decoder.process_id}/environ").read_bytes()
    assert b"secret" not in environment
