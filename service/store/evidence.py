"""Evidence, one immutable record for each audio and pipeline version."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.evidence import Evidence
from service.facts.evidence import is_functional
from service.store.inserting import insert_or
from service.store.tables.evidence import EvidenceRow


class EvidenceStore:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, evidence: Evidence, now: datetime) -> bool:
        """Keep what an analysis found. False: this audio was analysed by this pipeline already; the first one stays."""
        audio = evidence.audio
        insert = insert_or(self._session, EvidenceRow).values(
            audio_sha256=evidence.sha256,
            pipeline=evidence.pipeline,
            record=evidence.model_dump(mode="json"),
            duration_s=evidence.duration_s,
            functional=is_functional(audio.noise, audio.silence_ratio),
            analysed_at=now,
        )
        insert = insert.on_conflict_do_nothing(index_elements=["audio_sha256", "pipeline"])
        kept = self._session.execute(insert.returning(EvidenceRow.audio_sha256))
        return kept.one_or_none() is not None

    def get(self, audio_sha256: str, pipeline: str) -> Evidence | None:
        """What this pipeline found in this audio."""
        return _parsed(self._session.get(EvidenceRow, (audio_sha256, pipeline)))

    def several(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Evidence]:
        """The same of several, by audio and pipeline; what there is not is left out."""
        audio, pipelines = {sha256 for sha256, _ in wanted}, {pipeline for _, pipeline in wanted}
        query = select(EvidenceRow).where(EvidenceRow.audio_sha256.in_(audio), EvidenceRow.pipeline.in_(pipelines))
        rows = {(row.audio_sha256, row.pipeline): row for row in self._session.scalars(query)} if wanted else {}
        return {one: Evidence.model_validate(rows[one].record) for one in rows.keys() & set(wanted)}

    def newest(self, audio_sha256: str) -> Evidence | None:
        """What the latest analysis of this audio found, whatever its pipeline."""
        query = select(EvidenceRow).where(EvidenceRow.audio_sha256 == audio_sha256)
        return _parsed(self._session.scalars(query.order_by(EvidenceRow.analysed_at.desc()).limit(1)).one_or_none())


def _parsed(row: EvidenceRow | None) -> Evidence | None:
    return Evidence.model_validate(row.record) if row is not None else None
