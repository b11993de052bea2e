"""What turns a generator's numbers into sound, as far as it is published, by the names of families and sources.

Only strided transposed convolutions leave lines and clocks. A detector that looks for those has to show what it misses:
families without them are reported apart, and so are those whose decoder nobody published.
"""

from collections.abc import Mapping
from enum import StrEnum


class GeneratorDecoder(StrEnum):
    """How the last stage of a generator makes samples."""

    STRIDED = "strided"
    UNSTRIDED = "unstrided"
    UNKNOWN = "unknown"


_STRIDED, _UNSTRIDED = GeneratorDecoder.STRIDED, GeneratorDecoder.UNSTRIDED

PUBLISHED: Mapping[str, GeneratorDecoder] = {
    "ace-step": _STRIDED,  # ADaMoSHiFiGAN vocoder, strides 4,4,2,2,2,2,2
    "audioldm": _STRIDED,  # HiFi-GAN, 5,4,2,2,2
    "audioldm2": _STRIDED,
    "musicgen": _STRIDED,  # EnCodec at 32 kHz, 8,5,4,4
    "mustango": _STRIDED,  # HiFi-GAN of AudioLDM
    "presto": _STRIDED,  # distilled from Stable Audio Open, Oobleck
    "songeditor": _STRIDED,  # latents of an Oobleck-like autoencoder
    "stable-audio": _STRIDED,  # Oobleck, 8,8,4,4,2; DAC-like in 1.0
    "svs": _STRIDED,  # HiFi-GAN vocoders of DiffSinger and RMSSinger
    "tango": _STRIDED,  # HiFi-GAN of AudioLDM
    "yue": _STRIDED,  # X-Codec
    "mrcqt-cqtdiffplus": _UNSTRIDED,  # diffusion on an invertible constant-Q transform
    "mrcqt-mrcqtdiff": _UNSTRIDED,
    "mrcqt-ncsnpp": _UNSTRIDED,  # diffusion on a short-time Fourier transform
    "mrcqt-unet1d": _UNSTRIDED,  # diffusion on the waveform
    "noise2music": _UNSTRIDED,  # cascaded diffusion on the waveform
    "riffusion": _UNSTRIDED,  # mel spectrogram and Griffin-Lim
}
"""By family, or by source where the sources of one family differ. Suno and Udio publish nothing."""


def decoder_of(family: str, source: str) -> GeneratorDecoder:
    """What is published of a source, else of its family, else unknown."""
    return PUBLISHED.get(source) or PUBLISHED.get(family) or GeneratorDecoder.UNKNOWN
