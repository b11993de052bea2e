"""What was found in a file: one immutable record per audio and pipeline version.

Evidence says what is in the sound and in the file, never what it means: that is for the rules.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Base of every record that is written once and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AiVerdict(StrEnum):
    """What the sound says about generation. There is no "human": the absence of traces proves nothing."""

    LIKELY_AI = "likely_ai"
    INCONCLUSIVE = "inconclusive"
    NO_EVIDENCE = "no_evidence"


class AiSegment(Frozen):
    """Likelihood of generation for a stretch of the track, about 5 s; each overlaps the one before it by half.

    A single one over the whole track says that the traces could not be followed over time.
    """

    start_s: float
    end_s: float
    probability: float = Field(ge=0, le=1)


class SpectralComb(Frozen):
    """Equally spaced lines found in the average spectrum, the trace of a strided decoder."""

    spacing_hz: float
    offset_hz: float = 0.0
    sigma: float = Field(description="Strength of the lines against the null distribution, in standard deviations.")
    share_of_track: float = Field(ge=0, le=1, description="Share of the segments in which the same spacing stands out.")
    lines: int = Field(description="Number of lines that stand out of those expected in the band.")
    expected_lines: int


class AiVersions(Frozen):
    """What a score depends on beside the sound: change one, and the same file may score otherwise."""

    model_sha256: str = Field(description="The fitted parameters.")
    registry_sha256: str = Field(description="The detector's code with its tables of frame rates and codec grids.")
    decoder: str = Field(description="Decoding and resampling libraries with their versions.")
    decoder_sha256: str = Field(description="Digest over the files of these libraries as they are installed.")


class NetworkScore(Frozen):
    """What a residual network says where one runs in shadow. It is stored and shown to reviewers, and never acts."""

    network: str
    network_sha256: str
    score: float = Field(description="Mean logarithm of the odds that a stretch came out of a decoder.")
    chance: float | None = Field(
        ge=0, le=1, description="How often recordings by people reach this score; missing where none were measured."
    )
    distance: float = Field(description="From recordings by people, in what the network sees; about 1 is usual.")
    unlike: float | None = Field(
        ge=0, le=1, description="How often recordings by people lie as far away; missing where none were measured."
    )
    stretches: int = Field(description="Stretches of 4 s that were heard, evenly over the track.")


class AiEvidence(Frozen):
    """Likelihood that the recording was generated, over the whole and over time, with its reasons."""

    verdict: AiVerdict
    probability: float | None = Field(default=None, ge=0, le=1, description="Missing where the detector abstains.")
    model: str
    segments: list[AiSegment] = []
    reasons: list[str] = []
    abstained: str | None = Field(
        default=None, description="Why no answer was given: too short, no bandwidth, silence."
    )
    combs: list[SpectralComb] = []
    share_of_track: float | None = Field(
        default=None, ge=0, le=1, description="Share of the track's time over which the likelihood is at least 0.5."
    )
    longest_run_s: float | None = Field(
        default=None, description="Longest time in seconds over which the likelihood is at least 0.5 without a break."
    )
    traces_follow_vocals: bool | None = Field(
        default=None,
        description="Whether the traces come and go with the voice. True says just that, and not that the voice was "
        "generated; missing unless it is clear either way.",
    )
    versions: AiVersions | None = Field(default=None, description="Missing in evidence from before they were stored.")
    network: NetworkScore | None = Field(
        default=None, description="Of the residual network, where one runs in shadow: no answer, rule or label uses it."
    )


class ProvenanceKind(StrEnum):
    TAG = "tag"
    C2PA = "c2pa"
    WATERMARK = "watermark"


class ProvenanceClaim(StrEnum):
    """What a mark in the file says of the recording."""

    AI = "ai"
    PARTLY_AI = "partly_ai"
    CAPTURED = "captured"
    OTHER = "other"


class Trust(StrEnum):
    """How far a mark can be believed. A tag is unsigned: anybody can write one."""

    UNSIGNED = "unsigned"
    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    TAMPERED = "tampered"


class Provenance(Frozen):
    """A statement about the making of the recording that was found in the file itself."""

    kind: ProvenanceKind
    says: ProvenanceClaim
    generator: str | None = None
    trust: Trust
    detail: str = Field(description="What stands in the file, inert and cut to 500 characters.")
    location: str = Field(default="", description="Where it stands, such as 'ID3 COMM', 'RIFF INFO ICMT'.")


class AudioDescriptors(Frozen):
    """Measured properties of the sound. Sources of the definitions stand with their functions."""

    loudness_lufs: float | None = Field(description="Integrated loudness, ITU-R BS.1770-5; missing for silence.")
    true_peak_db: float | None = Field(description="True peak in dBTP, BS.1770-5 annex 2; missing for digital silence.")
    bandwidth_hz: float = Field(description="Frequency under which the recording holds energy above its noise floor.")
    silence_ratio: float = Field(ge=0, le=1, description="Share of frames under -60 dBFS RMS.")
    noise: float = Field(ge=0, le=1, description="Stationary noise-likeness: music mostly under 0.4, noise above 0.5.")
    loop: float = Field(ge=0, le=1, description="Self-similarity: exact repetition or a steady tone above about 0.95.")
    tempo_bpm: float | None = None
    speech: float | None = Field(
        default=None, ge=0, le=1, description="Share of spoken word without music; missing where it cannot be told."
    )
    long_term_spectrum_db: list[float] = Field(
        default=[], description="Long-term average spectrum in 1/3-octave bands relative to its mean; groups noise."
    )


class Fingerprint(Frozen):
    """Acoustic fingerprint, versioned by its algorithm's name."""

    algorithm: str
    value: str = Field(description="Base64 of the compressed codes; empty where the sound cannot be matched.")
    matchable: bool = Field(description="False for silence, noise and pure tones, which would match each other.")
    pcm_sha256: str | None = Field(
        default=None,
        description="SHA-256 of the decoded sound as a 16-bit mono mix: equal for retagged and rewrapped files.",
    )


class ElapsedSeconds(Frozen):
    """CPU seconds of the work, by stage."""

    decode: float
    total: float


class Evidence(Frozen):
    """All that one analysis of one file found."""

    sha256: str
    pipeline: str = Field(description="Version of the pipeline; together with the SHA-256 it identifies the evidence.")
    codec: str
    sample_rate_hz: int
    channels: int
    bit_rate_kbps: float | None = None
    duration_s: float
    truncated: str | None = Field(
        default=None, description="Where and why decoding broke off; missing for a whole file."
    )
    ai: AiEvidence
    provenance: list[Provenance] = []
    audio: AudioDescriptors
    fingerprint: Fingerprint
    elapsed_s: ElapsedSeconds


class Relation(StrEnum):
    """How two recordings are related. Only the first three make a group."""

    IDENTICAL = "identical"
    SAME_RECORDING = "same_recording"
    TRANSFORMED = "transformed"
    SHARED_BACKING = "shared_backing"


class MatchedSegment(Frozen):
    """A stretch of the query that sounds like a stretch of the reference."""

    query_start_s: float
    query_end_s: float
    reference_start_s: float
    reference_end_s: float
    bit_error_rate: float


class RecordingMatch(Frozen):
    """One recording found again in another, with what a reviewer needs to hear both in step."""

    relation: Relation
    overlap_s: float
    speed_ratio: float = 1.0
    pitch_semitones: float = 0.0
    score: float = Field(ge=0, le=1, description="1 - bit error rate over the overlap.")
    segments: list[MatchedSegment] = []
