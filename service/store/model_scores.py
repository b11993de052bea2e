"""Scores of shadow models, and how they compare with what the live model said."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.ai_model import ShadowScore
from schemas.evidence import AiVerdict, Evidence
from service.store.inserting import insert_or
from service.store.reviewed_audio import reviewed_audio
from service.store.tables.model_scores import ModelScore

MOST_MOVED = 20
"""Recordings that get another answer are shown up to so many, the latest first."""


@dataclass(frozen=True)
class Moved:
    """A recording that the shadow model answers otherwise."""

    audio_sha256: str
    live: AiVerdict
    live_probability: float | None
    shadow: AiVerdict
    shadow_probability: float | None


@dataclass(frozen=True)
class Reviewed:
    """Recordings that people decided about, and how many of them each model calls ``likely_ai``.

    ``independent`` are decisions that rest on something other than the score (made blind, provenance, admission): the
    others were made by people who saw what the live model said, and flatter it.
    """

    is_ai: bool
    independent: bool
    recordings: int
    live_likely: int
    shadow_likely: int


@dataclass(frozen=True)
class Comparison:
    """Counts by (live answer, shadow's answer), the live models that the shadow ran beside, and what moved."""

    table: dict[tuple[AiVerdict, AiVerdict], int]
    live_models: list[str]
    moved: list[Moved]
    reviewed: list[Reviewed]

    @property
    def scored(self) -> int:
        return sum(self.table.values())

    @property
    def agreed(self) -> int:
        return sum(count for (live, shadow), count in self.table.items() if live is shadow)


class ModelScores:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, evidence: Evidence, shadow: ShadowScore, now: datetime) -> None:
        """Keep what a shadow model said beside the evidence of the live one; a second time changes nothing."""
        assert evidence.ai.versions is not None
        insert = insert_or(self._session, ModelScore).values(
            audio_sha256=evidence.sha256,
            pipeline=evidence.pipeline,
            model_sha256=shadow.model_sha256,
            model=shadow.model,
            verdict=shadow.verdict,
            probability=shadow.probability,
            live_model=evidence.ai.model,
            live_model_sha256=evidence.ai.versions.model_sha256,
            live_verdict=evidence.ai.verdict,
            live_probability=evidence.ai.probability,
            scored_at=now,
        )
        self._session.execute(
            insert.on_conflict_do_nothing(index_elements=["audio_sha256", "pipeline", "model_sha256"])
        )

    def shadows(self) -> list[tuple[str, str, int]]:
        """Shadow models that have scored: version, SHA-256 and number of scores, the latest first."""
        query = (
            select(ModelScore.model, ModelScore.model_sha256, func.count())
            .group_by(ModelScore.model, ModelScore.model_sha256)
            .order_by(func.max(ModelScore.scored_at).desc())
        )
        return [(model, sha256, count) for model, sha256, count in self._session.execute(query)]

    def compare(self, model_sha256: str) -> Comparison:
        """A shadow model beside the live ones over everything that it scored."""
        of_model = ModelScore.model_sha256 == model_sha256
        counts = self._session.execute(
            select(ModelScore.live_verdict, ModelScore.verdict, func.count())
            .where(of_model)
            .group_by(ModelScore.live_verdict, ModelScore.verdict)
        )
        table = {(live, shadow): count for live, shadow, count in counts}
        moved = self._session.scalars(
            select(ModelScore)
            .where(of_model, ModelScore.live_verdict != ModelScore.verdict)
            .order_by(ModelScore.scored_at.desc())
            .limit(MOST_MOVED)
        )
        return Comparison(
            table=table,
            live_models=sorted(self._session.scalars(select(ModelScore.live_model).where(of_model).distinct())),
            moved=[
                Moved(row.audio_sha256, row.live_verdict, row.live_probability, row.verdict, row.probability)
                for row in moved
            ],
            reviewed=self._reviewed(model_sha256),
        )

    def _reviewed(self, model_sha256: str) -> list[Reviewed]:
        """What both say of audio that people decided about; of several decisions on one audio the newest counts."""
        found = {audio.audio_sha256: audio for audio in reviewed_audio(self._session)}
        groups: dict[tuple[bool, bool], list[ModelScore]] = defaultdict(list)
        for audio in found.values():
            of_audio = (ModelScore.model_sha256 == model_sha256, ModelScore.audio_sha256 == audio.audio_sha256)
            newest = select(ModelScore).where(*of_audio).order_by(ModelScore.scored_at.desc()).limit(1)
            if row := self._session.scalars(newest).one_or_none():
                groups[audio.is_ai, audio.basis is not None].append(row)
        return [
            Reviewed(
                is_ai,
                independent,
                len(rows),
                sum(row.live_verdict is AiVerdict.LIKELY_AI for row in rows),
                sum(row.verdict is AiVerdict.LIKELY_AI for row in rows),
            )
            for (is_ai, independent), rows in sorted(groups.items(), key=lambda item: item[0], reverse=True)
        ]
