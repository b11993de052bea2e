"""A shadow model beside the live one in the worker: its score is stored, and nothing else changes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import bundled_model, write_model
from classifiers.pipeline import PIPELINE_VERSION
from schemas.evidence import AiVerdict
from service.settings import Settings
from service.store.evidence import EvidenceStore
from service.store.model_scores import ModelScores
from service.store.tables.tracks import Track
from tests.sounds import music, write_audio
from tests.workers.conftest import deliver_to
from workers.analyse import evidence_of
from workers.lifecycle import Context


def test_the_score_of_a_shadow_model_is_stored_beside_the_evidence(sqlite_url: str, tmp_path: Path) -> None:
    eager = write_model(
        tmp_path / "models" / "eager",
        replace(Calibration.load(), model="eager", likely=-9.0, inconclusive=-9.0),
        pipeline=PIPELINE_VERSION,
        fitted_on=[],
        fitted_at=datetime(2026, 12, 1, tzinfo=UTC),
        commit="abc",
    )
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url, ai_shadow_model="eager", _env_file=None)
    context = Context(settings)
    try:
        deliver_to(context, write_audio(tmp_path / "a.flac", music(11.0, seed=3)))
        with context.database.read() as session:
            sha256 = session.scalars(select(Track.audio_sha256)).one()
        evidence, _ = evidence_of(context, sha256)
        evidence_of(context, sha256)
        with context.database.read() as session:
            assert EvidenceStore(session).get(sha256, PIPELINE_VERSION) == evidence
            assert ModelScores(session).shadows() == [("eager", eager.sha256, 1)]
            [moved] = ModelScores(session).compare(eager.sha256).moved
    finally:
        context.close()
    assert evidence.ai.model == bundled_model().version
    assert (moved.live, moved.shadow) == (evidence.ai.verdict, AiVerdict.LIKELY_AI)
