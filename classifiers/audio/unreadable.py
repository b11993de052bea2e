"""Why a file cannot be analysed, in words that a sender can act on."""

from enum import StrEnum


class UnreadableReason(StrEnum):
    """One value for each way in which a file can fail. The values are stable: they stand in events and answers."""

    EMPTY = "empty"
    NOT_AUDIO = "not_audio"
    NO_AUDIO_STREAM = "no_audio_stream"
    NO_DECODABLE_AUDIO = "no_decodable_audio"
    HEADER_LIES = "header_lies"
    TOO_LONG = "too_long"
    SAMPLE_RATE = "sample_rate_out_of_range"
    CHANNELS = "too_many_channels"
    DECODER_TIMED_OUT = "decoder_timed_out"
    DECODER_OUT_OF_MEMORY = "decoder_out_of_memory"
    DECODER_CRASHED = "decoder_crashed"
    CANNOT_OPEN = "cannot_open"

    @property
    def phrase(self) -> str:
        """The reason as a short phrase, the same for every file."""
        return _TITLES[self]


_TITLES = {
    UnreadableReason.EMPTY: "The file is empty",
    UnreadableReason.NOT_AUDIO: "The file is not audio in a format that is accepted",
    UnreadableReason.NO_AUDIO_STREAM: "The file holds no audio stream",
    UnreadableReason.NO_DECODABLE_AUDIO: "No sound could be decoded from the file",
    UnreadableReason.HEADER_LIES: "The file's header announces more than the file can hold",
    UnreadableReason.TOO_LONG: "The recording is too long",
    UnreadableReason.SAMPLE_RATE: "The sample rate is out of range",
    UnreadableReason.CHANNELS: "The recording has too many channels",
    UnreadableReason.DECODER_TIMED_OUT: "Decoding took too long",
    UnreadableReason.DECODER_OUT_OF_MEMORY: "Decoding needed too much memory",
    UnreadableReason.DECODER_CRASHED: "The decoder crashed on the file",
    UnreadableReason.CANNOT_OPEN: "The file cannot be opened",
}


class UnreadableAudio(Exception):
    """The file cannot be analysed. ``reason`` is for machines, ``detail`` one sentence for people.

    It is a finding about the file, not a failure of the service: the same file fails again in the same way, except
    for ``DECODER_TIMED_OUT``, ``DECODER_OUT_OF_MEMORY`` and ``DECODER_CRASHED``, which may be worth another try.
    """

    def __init__(self, reason: UnreadableReason, detail: str) -> None:
        super().__init__(f"{reason.phrase}: {detail}" if detail else reason.phrase)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["UnreadableAudio"], tuple[UnreadableReason, str]]:
        return type(self), (self.reason, self.detail)
