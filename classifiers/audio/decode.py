"""Decoding in a child process that does nothing else, under limits on time, memory, rate and length.

A file from a stranger may make a codec crash, spin or eat memory. It does so in the child: the caller gets an
:class:`UnreadableAudio` with the reason, the child is replaced, and the next file is decoded as if nothing had been.
"""

import json
import mmap
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from classifiers.audio.headers import length_is_estimated, ogg_lacks_end, wav_announcement
from classifiers.audio.limits import Limits
from classifiers.audio.magnitudes import greatest, magnitudes
from classifiers.audio.unreadable import UnreadableAudio, UnreadableReason
from classifiers.compiled import compiled_exactly

__all__ = ["DecodedStream", "Decoder", "Limits", "StreamInfo", "UnreadableAudio", "UnreadableReason"]

Block = npt.NDArray[np.float32]
"""Samples of shape ``(channels, frames)``, full scale 1.0, in memory that is used again for a later block."""

_CHILD = Path(__file__).with_name("decode_child.py")
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "67108864"}
"""All that the child sees of the environment: nothing of ours, and glibc told to keep what it frees."""

_LOSSLESS = ("flac", "alac", "pcm_")
_EXACT_S = 0.01

_HEAD_BYTES = 5
_MAX_MESSAGE = 1 << 16
_SLOTS = 3
_BLOCK_FRAMES = 65_536
_LIMIT = 1_000.0
"""Largest sample value that is believed (60 dB over full scale); float files may hold anything, infinity too."""


@dataclass(frozen=True)
class StreamInfo:
    """What the decoder says of the stream before its first sample."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    layout: str
    format: str
    bit_rate_kbps: float | None
    announced_s: float | None


class DecodedStream:
    """The sound of one file, block by block. Iterate to the end; then ``frames``, ``cpu_s`` and ``truncated`` stand.

    A block may be read until the next one is asked for.
    """

    def __init__(self, decoder: "Decoder", path: Path, limits: Limits) -> None:
        self._decoder = decoder
        self._path = path
        self._limits = limits
        self.frames = 0
        self.cpu_s = 0.0
        self.truncated: str | None = None
        kind, payload = decoder._message(limits)
        if kind != b"H":
            raise self._refusal(kind, payload)
        self.info = StreamInfo(**json.loads(payload))

    @property
    def duration_s(self) -> float:
        """Length of what has been decoded so far, in seconds."""
        return self.frames / self.info.sample_rate_hz

    def __iter__(self) -> Iterator[Block]:
        while True:
            kind, payload = self._decoder._message(self._limits)
            if kind == b"B":
                count = int.from_bytes(payload, "little")
                self.frames += count
                if self.info.format == "s16":
                    yield _as_floats(self._decoder._slot(self.info.channels, count, np.dtype(np.int16)))
                else:
                    yield _believable(self._decoder._slot(self.info.channels, count, np.dtype(np.float32)))
                self._decoder._release()
            elif kind == b"E":
                self._end(json.loads(payload))
                return
            else:
                raise self._refusal(kind, payload)

    def _refusal(self, kind: bytes, payload: bytearray) -> UnreadableAudio:
        if kind == b"X":
            said = json.loads(payload)
            if said["reason"] == UnreadableReason.DECODER_OUT_OF_MEMORY:  # the child is about to end itself
                self._decoder.close()
            return UnreadableAudio(UnreadableReason(said["reason"]), said["detail"])
        self._decoder.close()
        return UnreadableAudio(UnreadableReason.NO_DECODABLE_AUDIO, "the file holds no sound")

    def _end(self, report: dict[str, Any]) -> None:
        self.cpu_s = report["cpu_s"]
        self.truncated = _truncation(self._path, self.info, self.duration_s, report)


@compiled_exactly
def _as_floats(frames: npt.NDArray[np.int16]) -> Block:
    """Planes of floating-point samples from frames of 16 bits, shape ``(frames, channels)``."""
    count, channels = frames.shape
    planar = np.empty((channels, count), np.float32)
    scale = np.float32(1 / 32_768)
    if channels == 2:  # a step that is known beforehand goes through vector registers
        samples, left, right = frames.reshape(-1), planar[0], planar[1]
        for n in range(count):
            left[n] = samples[2 * n] * scale
            right[n] = samples[2 * n + 1] * scale
        return planar
    for channel in range(channels):
        plane = planar[channel]
        for n in range(count):
            plane[n] = frames[n, channel] * scale
    return planar


def _believable(block: Block) -> Block:
    """The block itself, or a cleaned copy where it holds NaN, infinity or absurd values."""
    found = np.empty(1, np.int32)
    greatest(magnitudes(block.reshape(-1)), max(1, block.size), found)
    if not found.view(np.float32)[0] < _LIMIT:
        return np.clip(np.nan_to_num(block, nan=0.0, posinf=_LIMIT, neginf=-_LIMIT), -_LIMIT, _LIMIT)
    return block


def _truncation(path: Path, info: StreamInfo, duration_s: float, report: dict[str, Any]) -> str | None:
    """Where and why decoding broke off, in words; None for a whole file.

    A length that the container announces is believed to one second or one per cent: lossy formats round it. Lossless
    ones do not, so that even a damaged frame in the middle, which the decoder passes over in silence, is noticed.
    """
    announced = info.announced_s or 0.0
    if (wav := wav_announcement(path)) and wav.bytes_per_s:
        announced = max(announced, wav.announced_s)
    where = f"decoding broke off after {duration_s:.1f} s"
    if announced > duration_s + max(1.0, 0.01 * announced):
        return f"{where} of the {announced:.1f} s that the file announces"
    if announced > duration_s + _EXACT_S and info.codec.startswith(_LOSSLESS):
        return f"{announced - duration_s:.2f} s of the {announced:.1f} s that the file announces are damaged or missing"
    if report["broke_off"]:
        return f"{where}: {report['broke_off']}"
    if report["last_damaged"]:
        return f"{where}: the last packet is incomplete or damaged"
    if ogg_lacks_end(path):
        return f"{where}: the last page of the Ogg stream is missing"
    if report["damaged"]:
        return (
            f"{report['damaged']} of {report['packets']} packets are damaged and were left out, the first at "
            f"{report['first_damage_s']:.1f} s"
        )
    return None


class Decoder:
    """A child process that decodes one file after another. Not for use by two threads at once.

    Use as a context manager or call :meth:`close`. The child is started at the first file and again after it was
    lost, and after a fork: every process has its own.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._started_for = (0, 0)
        self._busy = False
        self._samples = np.zeros((0, 0), np.float32)
        self._taken = 0
        self._arrived: selectors.BaseSelector = selectors.DefaultSelector()
        self._released = -1
        self._unread = bytearray()

    @property
    def process_id(self) -> int | None:
        """The child's process, where one is running."""
        return self._child.pid if self._child is not None else None

    def open(self, path: Path, limits: Limits = Limits()) -> DecodedStream:
        """Begin to decode a file.

        Raises:
            UnreadableAudio: the file is no audio that is accepted, or breaks a limit. May be raised while the stream
                is iterated as well.
        """
        _check_before(path, limits)
        if self._busy:  # the last stream was left half read
            self.close()
        child = self._started(limits)
        self._busy = True
        request = {"path": os.fsdecode(path.absolute()), "guessed": length_is_estimated(path), "limits": asdict(limits)}
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise self._lost() from None
        return DecodedStream(self, path, limits)

    def close(self) -> None:
        """End the child process. The decoder can be used again; it starts a new one."""
        child, self._child, self._busy = self._child, None, False
        if child is None or self._pid != os.getpid():
            return
        child.kill()
        child.wait()
        self._arrived.close()
        os.close(self._released)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _started(self, limits: Limits) -> subprocess.Popen[bytes]:
        wanted = (limits.memory_bytes, limits.max_channels)
        if self._pid != os.getpid():
            self._child = None
        if self._child is not None and (self._child.poll() is not None or self._started_for != wanted):
            self.close()
        if self._child is None:
            self._child = self._start(limits)
            assert self._child.stdout is not None
            self._arrived = selectors.DefaultSelector()
            self._arrived.register(self._child.stdout, selectors.EVENT_READ)
            self._pid, self._started_for = os.getpid(), wanted
        return self._child

    def _start(self, limits: Limits) -> subprocess.Popen[bytes]:
        slot = _BLOCK_FRAMES * limits.max_channels
        with _anonymous_file() as memory:
            os.ftruncate(memory.fileno(), 4 * slot * _SLOTS)
            shared = mmap.mmap(memory.fileno(), 4 * slot * _SLOTS)
            self._samples, self._taken = np.frombuffer(shared, np.float32).reshape(_SLOTS, slot), 0
            self._unread = bytearray()
            waiting, self._released = os.pipe()
            try:
                return subprocess.Popen(
                    [sys.executable, "-I", "-X", "utf8", str(_CHILD), *map(str, (memory.fileno(), waiting, _SLOTS))],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_ENVIRONMENT,
                    cwd="/",
                    pass_fds=(memory.fileno(), waiting),
                    bufsize=0,
                    start_new_session=True,
                )
            finally:
                os.close(waiting)

    def _slot(self, channels: int, frames: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
        """The block that the child announced, where it lies: planes of float32 or frames of int16."""
        if channels * frames > self._samples.shape[1]:
            raise self._lost()
        samples: npt.NDArray[Any] = self._samples[self._taken % _SLOTS].view(kind)[: channels * frames]
        self._taken += 1
        return samples.reshape((channels, frames) if kind == np.float32 else (frames, channels))

    def _release(self) -> None:
        """Tell the child that the oldest block has been read. A child that is gone is noticed at the next message."""
        with suppress(BrokenPipeError):
            os.write(self._released, b".")

    def _message(self, limits: Limits) -> tuple[bytes, bytearray]:
        """The next message of the child; raises UnreadableAudio when it is lost or silent for too long."""
        head = self._read(_HEAD_BYTES, limits)
        kind, size = bytes(head[:1]), int.from_bytes(head[1:], "little")
        if size > _MAX_MESSAGE:
            raise self._lost()
        payload = self._read(size, limits)
        if kind in b"EX":
            self._busy = False
        return kind, payload

    def _read(self, size: int, limits: Limits) -> bytearray:
        child = self._child
        assert child is not None and child.stdout is not None
        deadline = time.monotonic() + limits.stall_s
        while len(self._unread) < size:
            if not self._arrived.select(max(0.0, deadline - time.monotonic())):
                self.close()
                raise UnreadableAudio(
                    UnreadableReason.DECODER_TIMED_OUT, f"no sound for {limits.stall_s:g} s; the decoder was ended"
                )
            more = os.read(child.stdout.fileno(), _MAX_MESSAGE)
            if not more:
                raise self._lost()
            self._unread += more
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    def _lost(self) -> UnreadableAudio:
        """The child is gone: why, as far as its exit status tells."""
        child = self._child
        try:
            status = child.wait(timeout=5) if child is not None else 0
        except subprocess.TimeoutExpired:
            status = 0
        self.close()
        if status == -24:  # SIGXCPU
            return UnreadableAudio(UnreadableReason.DECODER_TIMED_OUT, "the decoder used up its CPU time")
        if status == -9:
            return UnreadableAudio(UnreadableReason.DECODER_CRASHED, "the decoder process was killed")
        return UnreadableAudio(UnreadableReason.DECODER_CRASHED, f"the decoder process ended with status {status}")


def _anonymous_file() -> IO[bytes]:
    """A file without a name, in memory where the system has such (Linux)."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("earmark-sound"), "r+b")
    return tempfile.TemporaryFile()


def _check_before(path: Path, limits: Limits) -> None:
    """What can be said without decoding: no file, nothing in it, or a header that promises what cannot be."""
    try:
        size = path.stat().st_size
        wav = wav_announcement(path) if size and path.is_file() else None
    except OSError as error:
        raise UnreadableAudio(UnreadableReason.CANNOT_OPEN, error.strerror or "") from None
    if not path.is_file():
        raise UnreadableAudio(UnreadableReason.CANNOT_OPEN, "it is no regular file")
    if size == 0:
        raise UnreadableAudio(UnreadableReason.EMPTY, "zero bytes")
    if wav and wav.bytes_per_s and wav.announced_s > limits.max_duration_s:
        said = f"the WAV header announces {wav.announced_bytes:,} bytes, {wav.announced_s / 3600:.1f} hours of sound"
        if wav.present_bytes < wav.announced_bytes // 2:
            raise UnreadableAudio(UnreadableReason.HEADER_LIES, f"{said}; the file holds {wav.present_bytes:,} bytes")
        raise UnreadableAudio(UnreadableReason.TOO_LONG, f"{said}; at most {limits.max_duration_s / 3600:g} are taken")
