"""Counters of new recordings, kept with every acceptance, and what a sender showed of itself with it."""

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.facts import VelocityFacts
from service.facts.activity import CUSUM_DAYS, Activity
from service.facts.rings import Tie
from service.facts.senders import SenderState, network_of
from service.facts.velocity import COMPARED, PACE_HALF_LIFE, KeyPast, keys_counted, velocity_facts
from service.facts.windows import Decayed, HourlyBuckets, hour_of
from service.store.inserting import insert_or
from service.store.storable import storable
from service.store.tables.counters import CounterKind, DecayedCount, HourlyCount
from service.store.tables.senders import SenderRow, SenderTie
from service.store.tables.sightings import SightingRow
from service.store.tables.tracks import Track

_PLAIN = 64
_HOURS_BACK = 24 * (CUSUM_DAYS + 2)


class Counters:
    def __init__(self, session: Session) -> None:
        self._session = session

    def accept(self, track: Track, metadata: TrackMetadata, *, artwork_sha256: str | None = None) -> SightingRow:
        """Count an accepted track, in the transaction that accepts it: once, and not at all where that is undone.

        A file or an ISRC that was accepted before is no new recording. What only analysis can tell is corrected by
        :meth:`correct`. Acceptance goes one by one, so that every row is read and written in that order.
        """
        sender = self._sender(track, metadata)
        fresh = not self.known_before(track)
        keys = _counted_under(track, metadata)
        row = SightingRow(
            seq=track.accepted_seq,
            track_id=track.id,
            sender_key=track.sender_key,
            audio_sha256=track.audio_sha256,
            at=track.accepted_at,
            hour=hour_of(track.accepted_at),
            keys={kind.value: key for kind, key in keys.items()},
            paces=self._pace(track, keys, count=fresh),
            running={},
            payout_changed_at=sender.payout_changed_at,
            device_changed_at=sender.device_changed_at,
            fresh=fresh,
            functional=False,
            short=False,
            copied=False,
            accused=False,
            unsettled=False,
        )
        self._session.add(row)
        if fresh:
            self._bump(row, accepted=1, fresh=1, functional=0, short=0)
        row.running = self._running(row)
        self._show(track, metadata, artwork_sha256 if fresh else None, fresh=fresh)
        self._session.flush()
        return row

    def file_known_before(self, track: Track) -> bool:
        """Whether the very file was accepted before this track, from anybody."""
        same = Track.audio_sha256 == track.audio_sha256
        return bool(self._session.scalar(select(exists().where(same, Track.accepted_seq < track.accepted_seq))))

    def known_before(self, track: Track) -> bool:
        """Whether the file or the ISRC was accepted before this track, from anybody."""
        same = [Track.audio_sha256 == track.audio_sha256]
        if track.isrc is not None:
            same.append(Track.isrc == track.isrc)
        return bool(self._session.scalar(select(exists().where(or_(*same), Track.accepted_seq < track.accepted_seq))))

    def correct(self, row: SightingRow, *, fresh: bool, functional: bool, short: bool) -> bool:
        """Count a track as analysis found it. Lock the row first. True where that changed anything."""
        before = (row.fresh, row.fresh and row.functional, row.fresh and row.short)
        after = (fresh, fresh and functional, fresh and short)
        row.fresh, row.functional, row.short = fresh, functional, short
        if before == after:
            return False
        now, then = [int(value) for value in after], [int(value) for value in before]
        self._bump(row, accepted=0, fresh=now[0] - then[0], functional=now[1] - then[1], short=now[2] - then[2])
        return True

    def activity(self, tenant_id: str, senders: Iterable[str], before: SightingRow) -> Activity:
        """Counts of senders taken as one, as they stood when a track was accepted, that track itself left out.

        Earlier hours come from the counters; of the running hour only what was accepted before is counted.
        """
        keys = sorted(senders)
        first = before.hour - _HOURS_BACK
        query = (
            select(
                HourlyCount.hour,
                func.sum(HourlyCount.fresh),
                func.sum(HourlyCount.functional),
                func.sum(HourlyCount.short),
            )
            .where(
                HourlyCount.tenant_id == tenant_id,
                HourlyCount.kind == CounterKind.ACCOUNT,
                HourlyCount.key.in_(keys),
                HourlyCount.hour >= first,
                HourlyCount.hour < before.hour,
            )
            .group_by(HourlyCount.hour)
        )
        rows = [tuple(int(value) for value in row) for row in self._session.execute(query)]
        running = select(SightingRow.functional, SightingRow.short, func.count()).where(
            SightingRow.sender_key.in_(keys),
            SightingRow.seq < before.seq,
            SightingRow.hour == before.hour,
            SightingRow.fresh,
        )
        for functional, short, count in self._session.execute(
            running.group_by(SightingRow.functional, SightingRow.short)
        ):
            rows.append((before.hour, count, count * functional, count * short))
        fresh, noise, brief = dict[int, int](), dict[int, int](), dict[int, int]()
        for hour, *counts in rows:
            for buckets, count in zip((fresh, noise, brief), counts, strict=True):
                if count:
                    buckets[hour] = buckets.get(hour, 0) + count
        return Activity(HourlyBuckets(CUSUM_DAYS + 2, fresh), HourlyBuckets(2, noise), HourlyBuckets(2, brief))

    def _sender(self, track: Track, metadata: TrackMetadata) -> SenderRow:
        """The sender with what it uses now; a payout or a device in the place of another one is a change."""
        said = metadata.sender
        payout, device = equal_key(said.payout_hash), equal_key(said.device_hash)
        row = self._session.get(SenderRow, track.sender_key)
        if row is None:
            row = SenderRow(
                sender_key=track.sender_key,
                tenant_id=track.tenant_id,
                first_seq=track.accepted_seq,
                first_at=track.accepted_at,
                payout=payout,
                device=device,
            )
            self._session.add(row)
        row.parent = (storable(said.parent) if said.parent else None) or row.parent
        if payout is not None and payout != row.payout:
            row.payout_changed_at = track.accepted_at if row.payout is not None else row.payout_changed_at
            row.payout = payout
        if device is not None and device != row.device:
            row.device_changed_at = track.accepted_at if row.device is not None else row.device_changed_at
            row.device = device
        self._session.flush()
        return row

    def _show(self, track: Track, metadata: TrackMetadata, artwork_sha256: str | None, *, fresh: bool) -> None:
        said = metadata.sender
        if not is_named(track.sender_key):
            return  # whatever a tenant delivers without naming a sender belongs to nobody's ring
        shown = {
            Tie.PAYOUT: equal_key(said.payout_hash),
            Tie.DEVICE: equal_key(said.device_hash),
            Tie.NETWORK: equal_key(network_of(said.ip)),
            Tie.COVER: artwork_sha256,
            Tie.REGISTRANT: track.isrc[:5] if track.isrc and fresh else None,
        }
        rows = [
            {
                "tenant_id": track.tenant_id,
                "kind": kind,
                "value": value,
                "sender_key": track.sender_key,
                "first_seq": track.accepted_seq,
            }
            for kind, value in shown.items()
            if value
        ]
        if rows:
            insert = insert_or(self._session, SenderTie).values(rows)
            self._session.execute(
                insert.on_conflict_do_nothing(index_elements=["tenant_id", "kind", "value", "sender_key"])
            )

    def _pace(self, track: Track, keys: Mapping[CounterKind, str], *, count: bool) -> dict[str, float]:
        """Bring the decayed sums up to this acceptance; what they then are."""
        paces = {}
        for kind, key in keys.items():
            row = self._session.get(DecayedCount, (track.tenant_id, kind, key))
            pace = Decayed(PACE_HALF_LIFE, row.value, row.at) if row else Decayed(PACE_HALF_LIFE)
            if count:
                pace.add(track.accepted_at)
                if row is None:
                    first_hour = hour_of(track.accepted_at)
                    row = DecayedCount(tenant_id=track.tenant_id, kind=kind, key=key, first_hour=first_hour)
                    self._session.add(row)
                row.value, row.at = pace.value, pace.at
            paces[kind.value] = pace.read(track.accepted_at)
        return paces

    def velocity(self, row: SightingRow) -> VelocityFacts:
        """What a delivery was counted under, each key against its own past, as acceptance could tell: what analysis
        finds later, of this track or of others, changes nothing."""
        compared = {CounterKind(kind): str(key) for kind, key in row.keys.items() if kind in COMPARED}
        tenant_id = row.sender_key.partition("/")[0]
        pasts = {kind: KeyPast() for kind in compared if kind.value in row.running}
        first = select(DecayedCount.kind, DecayedCount.first_hour).where(_of(DecayedCount, tenant_id, compared))
        for kind, hour in self._session.execute(first) if pasts else ():
            if kind in pasts and hour <= row.hour:
                pasts[kind].first_hour = hour
        days_ago = ((row.hour - HourlyCount.hour) // 24).label("days_ago")
        query = (
            select(HourlyCount.kind, days_ago, func.sum(HourlyCount.accepted))
            .where(
                _of(
                    HourlyCount,
                    tenant_id,
                    compared,
                    HourlyCount.hour >= row.hour - _HOURS_BACK,
                    HourlyCount.hour < row.hour,
                )
            )
            .group_by(HourlyCount.kind, days_ago)
        )
        for kind, day, count in self._session.execute(query) if pasts else ():
            if kind in pasts and count:
                pasts[kind].activity.fresh.counts[row.hour - max(1, 24 * day)] = int(count)
        for kind, past in pasts.items():
            if row.running[kind.value]:
                past.activity.fresh.counts[row.hour] = row.running[kind.value]
        return velocity_facts(row.paces, {kind.value: past for kind, past in pasts.items()}, row.at)

    def _running(self, row: SightingRow) -> dict[str, int]:
        """New recordings of the running hour by kind, this one included."""
        keys = {CounterKind(kind): str(key) for kind, key in row.keys.items() if kind in COMPARED}
        query = select(HourlyCount.kind, HourlyCount.accepted).where(
            _of(HourlyCount, row.sender_key.partition("/")[0], keys, HourlyCount.hour == row.hour)
        )
        return dict.fromkeys((kind.value for kind in keys), 0) | {
            kind.value: count for kind, count in self._session.execute(query)
        }

    def _bump(self, row: SightingRow, *, accepted: int, fresh: int, functional: int, short: int) -> None:
        tenant_id = row.sender_key.partition("/")[0]
        rows = [
            {
                "tenant_id": tenant_id,
                "kind": CounterKind(kind),
                "key": key,
                "hour": row.hour,
                "accepted": accepted,
                "fresh": fresh,
                "functional": functional,
                "short": short,
            }
            for kind, key in sorted(row.keys.items())
        ]
        insert = insert_or(self._session, HourlyCount).values(rows)
        new = insert.excluded
        counts = ("accepted", "fresh", "functional", "short")
        added = {name: getattr(HourlyCount, name) + getattr(new, name) for name in counts}
        self._session.execute(
            insert.on_conflict_do_update(index_elements=["tenant_id", "kind", "key", "hour"], set_=added)
        )


def is_named(sender_key: str | None) -> bool:
    """Whether the tenant named a sender: tracks of nobody in particular are not for that reason by the same owner."""
    return bool(sender_key and sender_key.partition("/")[2])


def equal_key(token: str | None) -> str | None:
    """A token as it is compared and indexed: long or odd ones by their hash, as only equality means something."""
    if not token:
        return None
    if len(token) <= _PLAIN and token.isascii() and token.isprintable():
        return token
    return hashlib.sha256(storable(token).encode()).hexdigest()


def _counted_under(track: Track, metadata: TrackMetadata) -> dict[CounterKind, str]:
    said = metadata.sender
    sender = SenderState(
        id=track.sender_key,
        parent=said.parent,
        dpid=said.dpid,
        payout=said.payout_hash,
        device=said.device_hash,
        ip=said.ip,
    )
    keys = {CounterKind(kind): key for kind, key in keys_counted(metadata, sender).items()}
    return {kind: key if kind is CounterKind.ACCOUNT else equal_key(key) or key for kind, key in keys.items()}


def _of(
    counts: type[HourlyCount] | type[DecayedCount],
    tenant_id: str,
    keys: Mapping[CounterKind, str],
    *more: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Counts of these keys, one by one: for a list of pairs SQLite reads all counts of the tenant."""
    each = (
        and_(counts.tenant_id == tenant_id, counts.kind == kind, counts.key == key, *more) for kind, key in keys.items()
    )
    return or_(false(), *each)
