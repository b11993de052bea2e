"""Erasing a party: what leads to a person goes, what was judged stays.

Of a track stay its id and dates, the declared levels, the hashes of its files, what was measured in the sound
(evidence, fingerprint, matches), and every verdict with the numbers it rests on, so that it can be replayed and nobody
escapes a judgement by being forgotten. Names, titles, identifiers, texts, tokens, addresses and files go.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from schemas.review import TrackState
from service.store.cases import Cases
from service.store.parties import Parties, Party
from service.store.retention import Retention
from service.store.tables.api_keys import ApiKey
from service.store.tables.appeals import Appeal, AppealMessageRow
from service.store.tables.attachments import Attachment
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.counters import CounterKind, DecayedCount, HourlyCount
from service.store.tables.decisions import Decision, DecisionTrack, DecisionUndo
from service.store.tables.deliveries import DeliveryFile, DeliveryRow, ErnMessageRow, ErnReleaseRow
from service.store.tables.events import TrackEvent
from service.store.tables.evidence import EvidenceRow
from service.store.tables.idempotency import StoredAnswer
from service.store.tables.label_feed import FeedEntry
from service.store.tables.quality import SecondLook
from service.store.tables.references import ReferenceRow
from service.store.tables.releases import ReleaseRow
from service.store.tables.reports import Report
from service.store.tables.senders import SenderRow, SenderTie
from service.store.tables.sightings import SightingRow
from service.store.tables.track_revisions import RevisionKind, TrackRevision
from service.store.tables.tracks import Track
from service.store.tables.uploads import UploadRow
from service.store.tables.verdicts import Verdict
from service.store.tables.webhooks import Webhook
from service.store.tracks import Tracks

ERASED = "erased"

PERSONAL_FACTS = frozenset({"track.title", "track.artist", "track.isrc"})
"""Facts that name somebody or something of theirs; they become unknown, all others stay."""

EVENT_DATA = frozenset(
    {
        *("audio_sha256", "verdict", "action", "labels", "case", "cause", "decision", "cursor", "kind", "reason", "by"),
        *("problem", "due_at", "outcome", "expires_at", "deadline", "appeal", "side"),
    }
)
"""Particulars of events that stay; texts and links go."""


class Erasure:
    def __init__(self, session: Session, party: Party) -> None:
        self._session = session
        self._party = party
        self._as = f"{party.tenant_id}/{ERASED}-{secrets.token_hex(8)}"

    def some_tracks(self, limit: int, now: datetime) -> int:
        """Erase what is kept of the next tracks; how many. 0: there are none left."""
        ids = Parties(self._session, self._party).track_ids(limit=limit)
        hashes = Parties(self._session, self._party).hashes(ids)
        artists = {
            row.keys.get(CounterKind.ARTIST.value) for row in self._rows(SightingRow, SightingRow.track_id.in_(ids))
        }
        for track_id in sorted(ids):
            track = Tracks(self._session).find(track_id, lock=True)
            if track is not None:
                self._withdraw(track, now)
                self._scrub(track, now)
        if ids:
            self._texts(ids)
            hashes |= self._attachments(ids)
            self._sound(hashes)
            self._forget_artists(artists - {None, ERASED})
            Retention(self._session).erase_unneeded(hashes, now)
        return len(ids)

    def finish(self, now: datetime) -> None:
        """What is left of the party beside its tracks: the account and what it shares with others, its batches."""
        self._counts()
        self._session.execute(delete(SenderTie).where(self._party.sends(SenderTie.sender_key)))
        self._session.execute(delete(SenderRow).where(self._party.sends(SenderRow.sender_key)))
        self._deliveries(now)
        if self._party.sender is None:
            self._tenant(now)

    def _withdraw(self, track: Track, now: datetime) -> None:
        if track.state is not TrackState.WITHDRAWN:
            Tracks(self._session).revise(track, RevisionKind.WITHDRAWAL, now=now)
            Cases(self._session).reconcile(track, [], content=str(track.revision), now=now)

    def _scrub(self, track: Track, now: datetime) -> None:
        track.title, track.artists, track.isrc, track.p_line, track.client_reference = ERASED, [], None, None, None
        track.sender_key, track.names_sha256, track.state_detail, track.erased_at = self._as, None, None, now
        for revision in self._rows(TrackRevision, TrackRevision.track_id == track.id):
            revision.details = {
                "title": ERASED,
                "artists": [{"name": ERASED, "role": "MainArtist"}],
                "declared_ai": revision.declaration,
            }
            revision.audio_file_name, revision.artist_key_sha256, revision.warnings = None, None, []
        for event in self._rows(TrackEvent, TrackEvent.track_id == track.id):
            event.data = {name: value for name, value in event.data.items() if name in EVENT_DATA}
        for verdict in self._rows(Verdict, Verdict.track_id == track.id):
            verdict.facts, verdict.judgement = without_names(verdict.facts), without_texts(verdict.judgement)
        for entry in self._rows(FeedEntry, FeedEntry.track_id == track.id):
            entry.payload = without_reasons(entry.payload)
        for sighting in self._rows(SightingRow, SightingRow.track_id == track.id):
            sighting.sender_key, sighting.details = self._as, None
            sighting.keys = dict.fromkeys(sighting.keys, ERASED)
            sighting.paces = {}
        release = self._session.get(ReleaseRow, track.release_id) if track.release_id else None
        others = exists().where(Track.release_id == track.release_id, Track.erased_at.is_(None), Track.id != track.id)
        if release is not None and not self._session.scalar(select(others)):
            release.upc, release.details = None, {"title": ERASED}
        self._session.flush()

    def _texts(self, ids: Sequence[str]) -> None:
        """Cases and decisions that are about erased tracks alone, and appeals, lose what they say."""
        execute = self._session.execute
        execute(update(CaseTrack).where(CaseTrack.track_id.in_(ids)).values(reason=ERASED))
        stays = exists().where(CaseTrack.case_id == Case.id, Track.id == CaseTrack.track_id, Track.erased_at.is_(None))
        cases = select(CaseTrack.case_id).where(CaseTrack.track_id.in_(ids))
        execute(update(Case).where(Case.id.in_(cases), ~stays).values(reason=ERASED))
        named = self._party.sends(Case.subject_key)
        execute(update(Case).where(Case.id.in_(cases), ~stays, named).values(subject_key=self._as))
        stays = exists().where(
            DecisionTrack.decision_id == Decision.id, Track.id == DecisionTrack.track_id, Track.erased_at.is_(None)
        )
        made = select(DecisionTrack.decision_id).where(DecisionTrack.track_id.in_(ids))
        gone = self._session.scalars(select(Decision.id).where(Decision.id.in_(made), ~stays)).all()
        execute(update(Decision).where(Decision.id.in_(gone)).values(note="", message=""))
        execute(update(DecisionUndo).where(DecisionUndo.decision_id.in_(gone)).values(note=""))
        execute(update(SecondLook).where(SecondLook.decision_id.in_(gone)).values(note=""))
        nobody = {"name": ERASED, "email": ERASED, "email_key": ERASED, "statement": ERASED, "links": []}
        execute(update(Report).where(Report.track_id.in_(ids)).values(**nobody))
        appeals = select(Appeal.id).where(Appeal.track_id.in_(ids))
        execute(update(Appeal).where(Appeal.track_id.in_(ids)).values(lodged_by=ERASED))
        execute(
            update(AppealMessageRow)
            .where(AppealMessageRow.appeal_id.in_(appeals))
            .values(text=ERASED, author=ERASED)
            .execution_options(synchronize_session=False)
        )

    def _attachments(self, ids: Sequence[str]) -> set[str]:
        """Files of appeals lose their row; their contents."""
        about = Attachment.subject_id.in_(select(Appeal.id).where(Appeal.track_id.in_(ids)))
        hashes = set(self._session.scalars(select(Attachment.sha256).where(about)))
        self._session.execute(delete(Attachment).where(about).execution_options(synchronize_session=False))
        return hashes

    def _sound(self, hashes: Iterable[str]) -> None:
        """Texts in what is known of these contents, where no other track has them."""
        others = exists().where(
            TrackRevision.audio_sha256 == EvidenceRow.audio_sha256,
            Track.id == TrackRevision.track_id,
            Track.erased_at.is_(None),
        )
        for row in self._rows(EvidenceRow, EvidenceRow.audio_sha256.in_(hashes), ~others):
            marks = [{**mark, "detail": ERASED} for mark in row.record.get("provenance", [])]
            row.record = {**row.record, "provenance": marks}
        nothing = {"title": None, "artist": None, "isrc": None, "owner": None, "note": None, "licensed_to": []}
        self._session.execute(update(ReferenceRow).where(ReferenceRow.audio_sha256.in_(hashes)).values(**nothing))
        uploads = update(UploadRow).where(UploadRow.tenant_id == self._party.tenant_id, UploadRow.sha256.in_(hashes))
        self._session.execute(uploads.values(file_name=None, details={}))
        finished = select(DeliveryRow.id).where(DeliveryRow.tenant_id == self._party.tenant_id)
        files = delete(DeliveryFile).where(DeliveryFile.sha256.in_(hashes), DeliveryFile.delivery_id.in_(finished))
        self._session.execute(files.execution_options(synchronize_session=False))

    def _counts(self) -> None:
        """Counters of the account, and of tokens and networks that no other account shows."""
        ties = self._rows(SenderTie, self._party.sends(SenderTie.sender_key))
        keys = {row.sender_key for row in self._rows(SenderRow, self._party.sends(SenderRow.sender_key))}
        for tie in ties:
            shared = select(SenderTie.sender_key).where(
                SenderTie.tenant_id == tie.tenant_id,
                SenderTie.value == tie.value,
                ~self._party.sends(SenderTie.sender_key),
            )
            if self._session.scalar(shared.limit(1)) is None:
                keys.add(tie.value)
        for table in (HourlyCount, DecayedCount):
            mine = delete(table).where(table.tenant_id == self._party.tenant_id, table.key.in_(keys))
            self._session.execute(mine.execution_options(synchronize_session=False))

    def _forget_artists(self, names: set[Any]) -> None:
        """Counters under names that nobody else at the tenant delivers under."""
        tenants = Party(self._party.tenant_id, None).sends(SightingRow.sender_key)
        credited = SightingRow.keys[CounterKind.ARTIST.value].as_string()
        names -= set(self._session.scalars(select(credited).where(tenants, credited.in_(names)).distinct()))
        for table in (HourlyCount, DecayedCount):
            mine = delete(table).where(
                table.tenant_id == self._party.tenant_id, table.kind == CounterKind.ARTIST, table.key.in_(names)
            )
            self._session.execute(mine.execution_options(synchronize_session=False))

    def _deliveries(self, now: datetime) -> None:
        """Batches of which every track is erased lose their report and their files, such as messages and manifests."""
        whole = self._party.sender is None
        for row in self._rows(DeliveryRow, DeliveryRow.tenant_id == self._party.tenant_id):
            tracks = set(_track_ids(row.report))
            left = select(Track.id).where(Track.id.in_(tracks), Track.erased_at.is_(None)).limit(1)
            if not whole and (not tracks or self._session.scalar(left) is not None):
                continue
            files = self._rows(DeliveryFile, DeliveryFile.delivery_id == row.id)
            hashes = {file.sha256 for file in files}
            for file in files:
                self._session.delete(file)
            row.report, row.source = {"note": ERASED}, None
            self._session.execute(delete(ErnMessageRow).where(ErnMessageRow.delivery_id == row.id))
            self._session.flush()
            Retention(self._session).erase_unneeded(hashes, now)

    def _tenant(self, now: datetime) -> None:
        """A tenant that goes as a whole: nobody is told, nobody gets in, and its name is free again."""
        tenant_id = self._party.tenant_id
        for table in (Webhook, ErnReleaseRow, StoredAnswer):
            self._session.execute(delete(table).where(table.tenant_id == tenant_id))
        self._session.execute(update(ApiKey).where(ApiKey.tenant_id == tenant_id).values(name=ERASED, revoked_at=now))
        releases = update(ReleaseRow).where(ReleaseRow.tenant_id == tenant_id)
        self._session.execute(releases.values(upc=None, details={"title": ERASED}))

    def _rows(self, table: Any, *conditions: Any) -> Sequence[Any]:
        return self._session.scalars(select(table).where(*conditions)).all()


def without_names(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with those unknown that name somebody (:data:`PERSONAL_FACTS`). Pure."""
    return {
        group: {name: None if f"{group}.{name}" in PERSONAL_FACTS else value for name, value in values.items()}
        if isinstance(values, Mapping)
        else values
        for group, values in facts.items()
    }


def without_texts(judgement: Any) -> Any:
    """A judgement whose traces keep numbers and lose what was read off titles and names. Pure."""
    if isinstance(judgement, list):
        return [without_texts(item) for item in judgement]
    if not isinstance(judgement, Mapping):
        return judgement
    kept = {name: without_texts(value) for name, value in judgement.items()}
    if "conditions" in kept:
        kept["reason"] = ERASED
    if isinstance(kept.get("values"), Mapping):
        kept["values"] = {
            name: ERASED if isinstance(value, str | list) else value for name, value in kept["values"].items()
        }
    return kept


def without_reasons(payload: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the label feed without sentences. Pure."""
    detected = {**payload["detected"], "provenance": []} if payload.get("detected") else payload.get("detected")
    return {**payload, "reasons": [], "detected": detected}


def _track_ids(report: Mapping[str, Any]) -> Iterable[str]:
    for row in report.get("rows", []):
        if row.get("track_id"):
            yield row["track_id"]
    for message in report.get("messages", []):
        for release in message.get("releases", []):
            yield from release.get("tracks", {}).values()
