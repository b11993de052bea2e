"""Verdicts: one for each track, revision, evidence, facts and rule set. The newest stands, all stay on record."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.facts import Facts
from schemas.verdict import Judgement
from service.store.hashing import content_sha256
from service.store.ids import Noun, new_id
from service.store.tables.tracks import Track
from service.store.tables.verdicts import Verdict


def facts_sha256(facts: Facts) -> str:
    """Hash of the facts, equal for equal facts."""
    return content_sha256(facts.model_dump(mode="json"))


class Verdicts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def stand(
        self, track: Track, *, pipeline: str, facts: Facts, judgement: Judgement, now: datetime
    ) -> tuple[Verdict, bool]:
        """Make this the track's standing verdict. False: it stood already.

        The same inputs again bring the verdict that they gave before back to its place instead of making another.
        The rule set must be known (:class:`service.store.rule_sets.RuleSets`).
        """
        self._session.execute(select(Track.id).where(Track.id == track.id).with_for_update())
        standing = self.standing(track.id)
        verdict = self._same(track, pipeline, facts, judgement)
        if verdict is not None and verdict.standing:
            return verdict, False
        if standing is not None:
            standing.standing = False
            self._session.flush()
        if verdict is None:
            verdict = Verdict(
                id=new_id(Noun.VERDICT),
                track_id=track.id,
                revision=track.revision,
                audio_sha256=track.audio_sha256,
                pipeline=pipeline,
                facts=facts.model_dump(mode="json"),
                facts_sha256=facts_sha256(facts),
                rule_set=judgement.rule_set,
                judgement=judgement.model_dump(mode="json"),
                action=judgement.action,
                priority=judgement.priority,
                decided_at=now,
            )
            self._session.add(verdict)
        verdict.standing, verdict.stood_at = True, now
        self._session.flush()
        return verdict, True

    def standing(self, track_id: str) -> Verdict | None:
        """The verdict that stands."""
        return self.standing_of([track_id]).get(track_id)

    def standing_of(self, track_ids: Collection[str]) -> dict[str, Verdict]:
        """The verdicts that stand on tracks, by track. Tracks without one are left out."""
        query = select(Verdict).where(Verdict.track_id.in_(track_ids), Verdict.standing)
        found = self._session.scalars(query.execution_options(populate_existing=True))
        return {verdict.track_id: verdict for verdict in found}

    def labels(self, track_ids: Collection[str]) -> dict[str, list[str]]:
        """What the standing verdicts of tracks label them, by track. Tracks without a verdict are left out."""
        query = select(Verdict.track_id, Verdict.judgement["labels"])
        query = query.where(Verdict.track_id.in_(track_ids), Verdict.standing)
        return {track_id: labels or [] for track_id, labels in self._session.execute(query)}

    def of(self, track_id: str) -> Sequence[Verdict]:
        """All verdicts of a track, oldest first."""
        return self._session.scalars(select(Verdict).where(Verdict.track_id == track_id).order_by(Verdict.id)).all()

    def _same(self, track: Track, pipeline: str, facts: Facts, judgement: Judgement) -> Verdict | None:
        query = select(Verdict).where(
            Verdict.track_id == track.id,
            Verdict.revision == track.revision,
            Verdict.audio_sha256 == track.audio_sha256,
            Verdict.pipeline == pipeline,
            Verdict.facts_sha256 == facts_sha256(facts),
            Verdict.rule_set == judgement.rule_set,
        )
        return self._session.scalars(query).one_or_none()


def judgement_of(verdict: Verdict) -> Judgement:
    return Judgement.model_validate(verdict.judgement)


def facts_of(verdict: Verdict) -> Facts:
    return Facts.model_validate(verdict.facts)
