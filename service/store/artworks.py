"""What covers look like, and which files show one picture.

Pictures that look alike are a group, named by the smallest SHA-256 in it, so that order changes nothing. A group
says that covers are alike and nothing of those who use them: what many accounts show is a stock picture, and joins
none of them (`service.facts.rings`).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.artworks import ArtworkBand, ArtworkEdge, ArtworkRow
from service.store.tables.track_revisions import TrackRevision
from service.store.tables.tracks import Track

if TYPE_CHECKING:
    from classifiers.artwork.look import Look

MOST_NEIGHBOURS = 50
"""Edges that one picture brings at most, its nearest: a thousand copies of a stock cover are one group with fewer."""
LOOKED_AT_ONCE = 4_000
MOST_TOLD = 2_000
_AT_ONCE = 500
_GROUPS_LOCK = 0x65617241  # "earA"


class Artworks:
    def __init__(self, session: Session) -> None:
        self._session = session

    def is_known(self, sha256: str) -> bool:
        """Whether a picture was looked at."""
        return self._session.get(ArtworkRow, sha256) is not None

    def add(self, sha256: str, look: "Look | None", now: datetime, *, problem: str | None = None) -> bool:
        """Keep the look of a picture, with its edges to those that look like it. True where its group has others.

        Nothing happens, and False comes back, where the picture is known. One transaction at a time changes groups.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _GROUPS_LOCK})
        values = {"look": look.bits if look else None, "problem": problem, "group_key": sha256, "seen_at": now}
        insert = insert_or(self._session, ArtworkRow).values(sha256=sha256, **values)
        row = self._session.scalar(insert.on_conflict_do_nothing().returning(ArtworkRow.sha256))
        if row is None or look is None:
            return False
        near = self._near(look)
        bands = [{"band": band, "sha256": sha256} for band in look.bands()]
        self._session.execute(insert_or(self._session, ArtworkBand).values(bands))
        for distance, other in near:
            low, high = sorted((sha256, other))
            self._session.add(ArtworkEdge(low_sha256=low, high_sha256=high, distance=distance, found_at=now))
        self._session.flush()
        if near:
            self._join([sha256, *(other for _, other in near)])
        return bool(near)

    def pictures(self, artworks: Iterable[str | None]) -> dict[str, str | None]:
        """The picture that each of these files shows, by the name of its group.

        A file that nobody could look at stands for itself; None is what is plain and no picture at all.
        """
        wanted = sorted({artwork for artwork in artworks if artwork is not None})
        found: dict[str, str | None] = {artwork: artwork for artwork in wanted}
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(ArtworkRow.sha256, ArtworkRow.group_key, ArtworkRow.look, ArtworkRow.problem)
            some = query.where(ArtworkRow.sha256.in_(wanted[start : start + _AT_ONCE]))
            for sha256, group_key, look, problem in self._session.execute(some):
                found[sha256] = group_key if look is not None or problem is not None else None
        return found

    def cover_of(self, track_id: str) -> str | None:
        """The artwork of a track as it is now; None where it has none."""
        query = select(TrackRevision.artwork_sha256).join(
            Track, (Track.id == TrackRevision.track_id) & (Track.revision == TrackRevision.revision)
        )
        return self._session.scalar(query.where(Track.id == track_id))

    def edges(self, sha256: str) -> dict[str, int]:
        """The pictures that look like this one, with the bits in which they differ."""
        touching = or_(ArtworkEdge.low_sha256 == sha256, ArtworkEdge.high_sha256 == sha256)
        return {
            edge.high_sha256 if edge.low_sha256 == sha256 else edge.low_sha256: edge.distance
            for edge in self._session.scalars(select(ArtworkEdge).where(touching))
        }

    def showing(self, tenant_id: str, artworks: Collection[str], *, limit: int) -> list[tuple[Track, str]]:
        """A tenant's tracks that show one of these files now, each with the file, in order of acceptance."""
        query = (
            select(Track, TrackRevision.artwork_sha256)
            .join(TrackRevision, (TrackRevision.track_id == Track.id) & (TrackRevision.revision == Track.revision))
            .where(Track.tenant_id == tenant_id, TrackRevision.artwork_sha256.in_(sorted(artworks)))
            .order_by(Track.accepted_seq)
        )
        return [(track, str(artwork)) for track, artwork in self._session.execute(query.limit(limit))]

    def track_ids(self, sha256: str) -> list[str]:
        """Tracks that show the same picture now, the latest 2,000."""
        group = select(ArtworkRow.group_key).where(ArtworkRow.sha256 == sha256).scalar_subquery()
        same = select(ArtworkRow.sha256).where(ArtworkRow.group_key == group)
        query = (
            select(Track.id)
            .join(TrackRevision, (TrackRevision.track_id == Track.id) & (TrackRevision.revision == Track.revision))
            .where(TrackRevision.artwork_sha256.in_(same))
            .order_by(Track.accepted_seq.desc())
        )
        return list(self._session.scalars(query.limit(MOST_TOLD)))

    def _near(self, look: "Look") -> list[tuple[int, str]]:
        """Distance and file of near pictures, at most `MOST_NEIGHBOURS`, the nearest of those looked at.

        All that share a piece of the look are looked at, a page at a time, until there are neighbours enough: further
        copies of a stock cover are in the group of the first, and make it no other.
        """
        from classifiers.artwork.look import NEAR, Look

        near: list[tuple[int, str]] = []
        last = ""
        while len(near) < MOST_NEIGHBOURS:
            sharing = select(ArtworkBand.sha256).where(ArtworkBand.band.in_(look.bands()), ArtworkBand.sha256 > last)
            page = sharing.distinct().order_by(ArtworkBand.sha256).limit(LOOKED_AT_ONCE)
            query = select(ArtworkRow.look, ArtworkRow.sha256).where(ArtworkRow.sha256.in_(page))
            rows = self._session.execute(query.order_by(ArtworkRow.sha256)).all()
            apart = [(Look(bits).distance(look), sha256) for bits, sha256 in rows if bits is not None]
            near += [item for item in apart if item[0] <= NEAR]
            if len(rows) < LOOKED_AT_ONCE:
                break
            last = rows[-1][1]
        return sorted(near)[:MOST_NEIGHBOURS]

    def _join(self, artworks: Collection[str]) -> None:
        keys = set(self._session.scalars(select(ArtworkRow.group_key).where(ArtworkRow.sha256.in_(artworks))))
        if renamed := keys - {min(keys)}:
            joined = update(ArtworkRow).where(ArtworkRow.group_key.in_(renamed)).values(group_key=min(keys))
            self._session.execute(joined.execution_options(synchronize_session=False))
