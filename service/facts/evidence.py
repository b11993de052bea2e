"""Facts of the sound and of the file: what analysis found, flattened."""

from collections.abc import Sequence

from schemas.evidence import Evidence, Provenance, ProvenanceClaim, Trust
from schemas.facts import AiFacts, AudioFacts, ProvenanceFacts
from schemas.in_time import share

NOISE = 0.5
"""From here up a recording is noise rather than music; music stays mostly under 0.4."""

SILENCE = 0.9
"""From here up a recording is silence, whatever the rest of it holds."""

_TRUST_ORDER = (Trust.TRUSTED, Trust.UNSIGNED, Trust.UNTRUSTED, Trust.TAMPERED)


def is_functional(noise: float, silence_ratio: float) -> bool:
    """Noise or silence rather than music. Fingerprints of such recordings match each other and prove nothing."""
    return noise >= NOISE or silence_ratio >= SILENCE


def ai_facts(evidence: Evidence) -> AiFacts:
    return AiFacts(
        verdict=evidence.ai.verdict.value,
        probability=evidence.ai.probability,
        share_of_track=share(evidence.ai.segments),
    )


def provenance_facts(marks: Sequence[Provenance]) -> ProvenanceFacts:
    """Marks that speak of AI, the most trusted first. A file without any says nothing: ``says_ai`` is then false."""
    ai = [mark for mark in marks if mark.says in (ProvenanceClaim.AI, ProvenanceClaim.PARTLY_AI)]
    if not ai:
        return ProvenanceFacts(says_ai=False)
    best = min(ai, key=lambda mark: _TRUST_ORDER.index(mark.trust))
    generator = best.generator or next((mark.generator for mark in ai if mark.generator), None)
    return ProvenanceFacts(says_ai=True, generator=generator, trust=best.trust.value)


def audio_facts(evidence: Evidence) -> AudioFacts:
    audio = evidence.audio
    return AudioFacts(
        duration_s=evidence.duration_s,
        noise=audio.noise,
        silence_ratio=audio.silence_ratio,
        loop=audio.loop,
        loudness_lufs=audio.loudness_lufs,
        bandwidth_hz=audio.bandwidth_hz,
        truncated=evidence.truncated is not None,
        functional=is_functional(audio.noise, audio.silence_ratio),
        speech=audio.speech,
    )
