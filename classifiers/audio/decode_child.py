"""The decoder process: opens one file after another and hands its sound over in shared memory. It does nothing else.

Run as a script by :mod:`classifiers.audio.decode`, alone and with an empty environment: a file from a stranger that
breaks a codec breaks this process, under limits on memory, CPU and open files, and not the worker.

Protocol. In: one JSON object a line, ``{"path", "guessed", "limits"}``. Out: messages of one type byte and four length
bytes (little endian), then the payload: ``H`` JSON header of the stream, ``B`` four bytes with the number of frames of
a block that lies in the next slot of the shared memory, ``E`` JSON end of the stream, ``X`` JSON ``{"reason",
"detail"}`` instead of what would follow. Blocks are planes of float32, or, where the header's ``format`` is ``s16``,
frames of int16 as 16-bit files hold them: half the bytes. Slots are used in turn; the reader writes one byte for each
that it is done with.
"""

import json
import mmap
import os
import resource
import struct
import sys
import time
from typing import Any

import av

BLOCK_FRAMES = 65_536
"""Most sample frames of a block: 1.5 s at 44.1 kHz, small enough to stay in the cache while it is measured."""

FORMATS = "wav,w64,aiff,flac,mp3,ogg,mov,aac"
"""Demuxers that may touch a stranger's file. No playlists, no formats that name other files."""

CODECS = (
    "mp3,mp3float,mp2,mp2float,flac,alac,vorbis,opus,aac,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,"
    "pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
MAX_DAMAGED_SHARE = 0.5
"""Where more packets than this are damaged, the file is no recording but something that looks like one."""


class Refused(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Outlet:
    """The way out: messages through a pipe, samples through the slots of the shared memory."""

    def __init__(self, messages: int, memory: int, released: int, slots: int) -> None:
        self._messages, self._released = messages, released
        self._memory = mmap.mmap(memory, 0)
        self._slots, self._slot_bytes = slots, len(self._memory) // slots
        self._next = self._waiting = 0

    def send(self, kind: bytes, payload: bytes) -> None:
        """Write one message, whole."""
        data = struct.pack("<cI", kind, len(payload)) + payload
        while data:
            data = data[os.write(self._messages, data) :]

    def say(self, kind: bytes, content: dict[str, Any]) -> None:
        self.send(kind, json.dumps(content).encode())

    def hand_over(self, planes: list[memoryview], plane_bytes: int, frames: int) -> None:
        """Copy the planes of a block into the next slot, as soon as it is free."""
        if self._waiting == self._slots:
            if not os.read(self._released, 1):
                raise BrokenPipeError
            self._waiting -= 1
        position = self._next * self._slot_bytes
        for plane in planes:
            self._memory[position : position + plane_bytes] = plane[:plane_bytes]
            position += plane_bytes
        self._next = (self._next + 1) % self._slots
        self._waiting += 1
        self.send(b"B", struct.pack("<I", frames))


def announced_seconds(container: Any, stream: Any, guessed: bool) -> float | None:
    """Length that the container promises, in seconds; None where it says nothing or FFmpeg would only guess."""
    if guessed:
        return None
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def whole_steps(rate_hz: int) -> int:
    """Frames a block: as many tenths of a second as fit, so that what is measured in such steps need not be cut."""
    step = rate_hz // 10
    return BLOCK_FRAMES // step * step if rate_hz % 10 == 0 and step <= BLOCK_FRAMES else BLOCK_FRAMES


class Sender:
    """Turns decoded frames into blocks of equal size, rate and layout, and counts them."""

    def __init__(self, outlet: Outlet, container: Any, stream: Any, limits: dict[str, Any], guessed: bool) -> None:
        self.outlet, self.container, self.stream, self.limits, self.guessed = outlet, container, stream, limits, guessed
        self.frames = self.taken = self.rate = 0
        self._block = BLOCK_FRAMES
        self._format = "fltp"
        self._layout: Any = None
        self._shape: tuple[Any, ...] = ()
        self._fifo: Any = None
        self._resampler: Any = None

    def take(self, frame: Any) -> None:
        """Take a decoded frame. Should the stream change its rate or layout on the way, the first ones are kept."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            self._begin(frame)
            self._shape = shape
        frame.pts = None
        self.taken += frame.samples
        self._fifo.write(frame)
        if self._fifo.samples >= self._block:
            self._convert(self._fifo.read(self._block))

    def _begin(self, frame: Any) -> None:
        if self._fifo is None:
            self._check(frame.sample_rate, frame.layout.nb_channels)
            self.rate, self._layout = frame.sample_rate, frame.layout
            self._format = "s16" if frame.format.name == "s16" else "fltp"
            self._block = whole_steps(frame.sample_rate)
            self.outlet.say(b"H", self._header(frame))
        else:
            self.flush()
        self._fifo = av.AudioFifo()
        as_wanted = (self._format, self._layout.name, self.rate)
        self._resampler = None
        if (frame.format.name, frame.layout.name, frame.sample_rate) != as_wanted:
            size = None if frame.sample_rate == self.rate else BLOCK_FRAMES
            self._resampler = av.AudioResampler(
                format=self._format, layout=self._layout, rate=self.rate, frame_size=size
            )

    def _check(self, rate: int, channels: int) -> None:
        low, high = self.limits["min_sample_rate_hz"], self.limits["max_sample_rate_hz"]
        if not low <= rate <= high:
            raise Refused("sample_rate_out_of_range", f"{rate:,} Hz is outside of {low:,} to {high:,} Hz")
        if not 1 <= channels <= self.limits["max_channels"]:
            raise Refused("too_many_channels", f"{channels} channels; at most {self.limits['max_channels']} are taken")

    def _header(self, frame: Any) -> dict[str, Any]:
        bit_rate = self.stream.bit_rate or self.stream.codec_context.bit_rate or self.container.bit_rate
        return {
            "container": self.container.format.name,
            "codec": self.stream.codec_context.codec.canonical_name,
            "sample_rate_hz": frame.sample_rate,
            "channels": frame.layout.nb_channels,
            "layout": frame.layout.name,
            "format": self._format,
            "bit_rate_kbps": bit_rate / 1000 if bit_rate else None,
            "announced_s": announced_seconds(self.container, self.stream, self.guessed),
        }

    def flush(self) -> None:
        """Hand over what is left of a block."""
        if self._fifo is None:
            return
        rest = self._fifo.read()
        if rest is not None:
            self._convert(rest)
        if self._resampler is not None:
            self._emit(self._resampler.resample(None))

    def _convert(self, block: Any) -> None:
        block.pts = None
        self._emit([block] if self._resampler is None else self._resampler.resample(block))

    def _emit(self, blocks: list[Any]) -> None:
        for block in blocks:
            self.frames += block.samples
            if self.frames > self.limits["max_duration_s"] * self.rate:
                raise Refused("too_long", f"more than {self.limits['max_duration_s'] / 3600:g} hours of sound")
            plane_bytes = block.samples * (2 * self._layout.nb_channels if self._format == "s16" else 4)
            self.outlet.hand_over([memoryview(plane).cast("B") for plane in block.planes], plane_bytes, block.samples)


def decode(outlet: Outlet, path: str, limits: dict[str, Any], guessed: bool) -> None:
    """Decode one file to the pipe; a damaged packet is skipped and counted, a file of little else is refused."""
    started = time.process_time()
    with open(os.fsencode(path), "rb", buffering=0) as file, opened(file) as container:  # noqa: PTH123 - bytes: any name
        if not container.streams.audio:
            raise Refused("no_audio_stream", f"a {container.format.long_name} file without sound")
        stream = container.streams.audio[0]
        check_announced(container, stream, limits, guessed)
        stream.codec_context.thread_count = 1
        sender = Sender(outlet, container, stream, limits, guessed)
        damage = decode_packets(container, stream, sender)
        sender.flush()
        if sender.frames == 0 or damage["damaged"] > MAX_DAMAGED_SHARE * damage["packets"]:
            raise Refused("no_decodable_audio", damage["detail"] or "the file holds no sound")
    outlet.say(b"E", {"frames": sender.frames, "cpu_s": time.process_time() - started, **damage})


def opened(file: Any) -> Any:
    """The container over an open file: nothing is opened by name, so no protocol and no second file can come in."""
    try:
        return av.open(
            file,
            mode="r",
            buffer_size=1 << 18,
            metadata_errors="replace",
            options={"format_whitelist": FORMATS, "codec_whitelist": CODECS},
        )
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        file.seek(4)
        if file.read(4) == b"ftyp":
            raise Refused("no_decodable_audio", "an MP4 file without its index, as after a broken upload") from None
        raise Refused("not_audio", f"no audio format was recognised ({plain(error)})") from None


def check_announced(container: Any, stream: Any, limits: dict[str, Any], guessed: bool) -> None:
    announced = announced_seconds(container, stream, guessed)
    if announced and announced > limits["max_duration_s"]:
        hours = limits["max_duration_s"] / 3600
        raise Refused("too_long", f"the file announces {announced / 3600:.1f} hours; at most {hours:g} are taken")
    rate = stream.codec_context.sample_rate
    if rate and rate > limits["max_sample_rate_hz"] * 2:
        raise Refused("sample_rate_out_of_range", f"{rate:,} Hz is over {limits['max_sample_rate_hz']:,} Hz")


def decode_packets(container: Any, stream: Any, sender: Sender) -> dict[str, Any]:
    """Decode packet by packet. The report says how many were damaged, where first, and whether reading broke off."""
    packets = damaged = 0
    first_damage: float | None = None
    detail = broke_off = ""
    last_damaged = False
    source = container.demux(stream)
    while True:
        try:
            packet = next(source)
        except StopIteration:
            break
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            broke_off = plain(error)
            break
        packets += packet.size > 0
        try:
            for frame in packet.decode():
                sender.take(frame)
            last_damaged = last_damaged and packet.size == 0
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            damaged += 1
            last_damaged = True
            detail = plain(error)
            if first_damage is None:
                first_damage = sender.taken / sender.rate if sender.rate else 0.0
    return {
        "packets": packets,
        "damaged": damaged,
        "first_damage_s": first_damage,
        "last_damaged": last_damaged,
        "broke_off": broke_off,
        "detail": detail or broke_off,
    }


def plain(error: Exception) -> str:
    """The message of an FFmpeg error without file names and numbers."""
    return str(getattr(error, "strerror", "") or error)[:200]


def limit_cpu(seconds: int) -> None:
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + 1, hard))


def limit_memory(size: int) -> None:
    """Bound the address space and everything else that decoding has no need of."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def serve(outlet: Outlet) -> None:
    limited = False
    av.logging.set_level(av.logging.PANIC)
    for line in sys.stdin:
        request = json.loads(line)
        limits = request["limits"]
        if not limited:
            limit_memory(limits["memory_bytes"])
            limited = True
        limit_cpu(limits["cpu_s"])
        try:
            decode(outlet, request["path"], limits, request["guessed"])
        except Refused as refusal:
            outlet.say(b"X", {"reason": refusal.reason, "detail": refusal.detail})
        except MemoryError:
            detail = f"more than {limits['memory_bytes'] >> 20} MiB"
            outlet.say(b"X", {"reason": "decoder_out_of_memory", "detail": detail})
            return
        except av.error.FFmpegError as error:
            outlet.say(b"X", {"reason": "no_decodable_audio", "detail": plain(error)})
        except BrokenPipeError:
            raise
        except OSError as error:
            outlet.say(b"X", {"reason": "cannot_open", "detail": os.strerror(error.errno or 0)})


if __name__ == "__main__":
    memory_fd, released_fd, slot_count = (int(argument) for argument in sys.argv[1:4])
    messages_fd = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not get into the protocol
    try:
        serve(Outlet(messages_fd, memory_fd, released_fd, slot_count))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
