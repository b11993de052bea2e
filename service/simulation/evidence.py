"""From the given evidence of a scenario line to the records that analysis writes."""

from schemas.evidence import (
    AiEvidence,
    AiVerdict,
    AudioDescriptors,
    ElapsedSeconds,
    Evidence,
    Fingerprint,
)
from service.facts.deliveries import Heard
from service.facts.evidence import is_functional
from service.simulation.lines import EvidenceLine

LIKELY_AI = 0.8
"""Human recordings reach 0.6 in the scenarios; the band up to here is inconclusive, as the detector's is."""
INCONCLUSIVE = 0.5

NOT_PRODUCED = ("ai_vocal_probability", "voice_match", "voice_similarity", "artist_distance", "artwork_id")
"""Evidence that no part of the pipeline finds yet: left out where only produced facts are wanted."""


def produced_only(line: EvidenceLine) -> EvidenceLine:
    """The line without what nothing produces yet."""
    return line.model_copy(update=dict.fromkeys(NOT_PRODUCED))


def evidence_of(line: EvidenceLine, duration_s: float | None, number: int) -> Evidence | None:
    """The evidence record, as far as the line gives one: without likelihood, noise and length there is none."""
    if line.ai_probability is None and line.noise is None and duration_s is None:
        return None
    noise, silence = line.noise or 0.0, line.silence_ratio or 0.0
    return Evidence(
        sha256=f"{number:064x}",
        pipeline="scenario",
        codec="scenario",
        sample_rate_hz=44100,
        channels=2,
        duration_s=duration_s or 0.0,
        ai=AiEvidence(verdict=_verdict(line.ai_probability), probability=line.ai_probability, model="scenario"),
        audio=AudioDescriptors(
            loudness_lufs=None,
            true_peak_db=None,
            bandwidth_hz=22050.0,
            silence_ratio=silence,
            noise=noise,
            loop=line.loop or 0.0,
            long_term_spectrum_db=line.spectrum_db or [],
        ),
        fingerprint=Fingerprint(algorithm="scenario", value="", matchable=not is_functional(noise, silence)),
        elapsed_s=ElapsedSeconds(decode=0.0, total=0.0),
    )


def _verdict(probability: float | None) -> AiVerdict:
    if probability is None or probability < INCONCLUSIVE:
        return AiVerdict.NO_EVIDENCE if probability is not None else AiVerdict.INCONCLUSIVE
    return AiVerdict.LIKELY_AI if probability >= LIKELY_AI else AiVerdict.INCONCLUSIVE


def heard_of(line: EvidenceLine) -> Heard:
    """What matching and further analysis found."""
    return Heard(
        recording=line.recording_id,
        contains=line.fingerprint_match_of,
        overlap=line.overlap,
        speed_ratio=1.0 if line.speed_ratio is None else line.speed_ratio,
        pitch_semitones=(line.pitch_cents or 0.0) / 100,
        speech=line.speech,
        vocal_probability=line.ai_vocal_probability,
        cover=line.artwork_id,
        language=line.language_detected,
        language_confidence=line.language_confidence,
        voice_of=line.voice_match,
        voice_similarity=line.voice_similarity,
        artist_distance=line.artist_distance,
        head_db=line.head_db,
        tail_db=line.tail_db,
    )
