"""Fingerprints in the database, and the recordings that share codes with one that is asked about.

An index by code alone: a query of thousands of codes costs one look-up each, whatever the size of the catalogue, and
the postings it brings back. What comes out are candidates; the proof is `classifiers.duplicates.match.compare`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.posting_table import PostingTable
from service.store.tables.fingerprints import FingerprintRow
from service.store.tables.tenants import Tenant

if TYPE_CHECKING:
    from classifiers.duplicates.fingerprint import FingerprintCodes
    from service.store.segments import SegmentIndex

LEAST_HITS = 3
"""Codes in common under one hypothesis before a recording is worth a look: chance gives one or two."""

LATE = 1_000
"""Numbers below the highest of an index in which a query looks for what was committed after them: so many recordings
may be stored while one transaction is under way. What is later still is found by the next `fill`."""

_CHUNK = 500


@dataclass(frozen=True)
class Candidate:
    """A recording that may be the same: how many codes agree under the best hypothesis of speed and pitch."""

    audio_sha256: str
    hits: int
    scale: float
    pitch: float


class CodeIndex(Protocol):
    """Which recordings hold which codes, by the numbers of `fingerprint`: the table of postings or mapped files."""

    def found(self, probes: Sequence[Sequence[int]], least: int, limit: int) -> list[tuple[int, int, int]]:
        """For every probe the best `limit` recordings that hold at least `least` of its codes: their numbers, the
        probe's index and how many codes."""


class DerivedIndex(CodeIndex, Protocol):
    """An index beside the database, filled from it: `segments.SegmentIndex`."""

    @property
    def highest(self) -> int:
        """The greatest number in it, 0 where it is empty."""

    def lacking(self, numbers: Sequence[int]) -> list[int]:
        """Those of the numbers that are not in it."""

    def add_all(self, recordings: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Add recordings; nothing happens for those that are in already."""


def open_index(kind: str, folder: Path, session: Session) -> "SegmentIndex | None":
    """The index of the settings: the mapped files under a folder, or None for the table of postings.

    Each algorithm has files of its own, so that two versions of Earmark may run beside each other; and each database,
    which its first tenant tells, as numbers begin anew in another one.
    """
    if kind == "database":
        return None
    from classifiers.duplicates.fingerprint import ALGORITHM
    from service.store.segments import SegmentIndex

    first = session.scalar(select(func.min(Tenant.id))) or "empty"
    return SegmentIndex(folder / f"{ALGORITHM}-{first}", codes=ALGORITHM)


class Fingerprints:
    """Repository of fingerprints, keyed by the audio's SHA-256 and the algorithm.

    Candidates come from the table of postings, or from the index that is given: then the table is not written, and
    the index is brought up to date from the database before it is asked.
    """

    def __init__(self, session: Session, index: DerivedIndex | None = None) -> None:
        self._session = session
        self._index = index
        self._table = PostingTable(session)

    def add(self, audio_sha256: str, codes: "FingerprintCodes") -> bool:
        """Store a fingerprint and, where the table is the index, its postings; False, and nothing done, where it is
        there already."""
        values = {
            "audio_sha256": audio_sha256,
            "algorithm": codes.algorithm,
            "packed": codes.packed(),
            "duration_s": codes.duration_s,
            "matchable": codes.matchable,
            "pcm_sha256": codes.pcm_sha256,
            "posted": self._index is None,
        }
        insert = insert_or(self._session, FingerprintRow).values(**values)
        number = self._session.scalar(insert.on_conflict_do_nothing().returning(FingerprintRow.id))
        if number is None:
            return False
        if self._index is None:
            self._table.add(number, codes.postings())
        return True

    def load(self, audio_sha256: str) -> "FingerprintCodes | None":
        """The fingerprint of an audio by the current algorithm; None where there is none."""
        from classifiers.duplicates.fingerprint import ALGORITHM

        row = self._session.scalar(
            select(FingerprintRow).where(
                FingerprintRow.audio_sha256 == audio_sha256, FingerprintRow.algorithm == ALGORITHM
            )
        )
        return None if row is None else _codes(row)

    def candidates(
        self, codes: "FingerprintCodes", limit: int = 20, *, but: str | None = None, transformed: bool = True
    ) -> list[Candidate]:
        """Recordings that share codes with this one, best first: under every hypothesis of what was done to it, or,
        without `transformed`, as it is.

        Equal decoded PCM comes before everything else, with the most hits of all. `but` leaves out the audio itself.
        """
        from classifiers.duplicates.codes import UNCHANGED
        from classifiers.duplicates.fingerprint import ALGORITHM, HYPOTHESES

        probes = codes.probes(HYPOTHESES if transformed else (UNCHANGED,))
        hypotheses = list(probes)
        if self._index is not None:
            self._catch_up(self._index)
        best: dict[int, tuple[int, int]] = {}
        index = self._table if self._index is None else self._index
        for number, hypothesis, hits in index.found(list(probes.values()), LEAST_HITS, limit + 1):
            if hits > best.get(number, (0, 0))[0]:
                best[number] = (hits, hypothesis)
        same = self._same_pcm(codes.pcm_sha256, ALGORITHM)
        ranked = sorted(best, key=lambda number: (-best[number][0], number))[: limit + 1]
        names = self._names([*same, *ranked], ALGORITHM)
        most = max((hits for hits, _ in best.values()), default=1)
        found = [Candidate(names[n], most, 1.0, 0.0) for n in same if n in names]
        for number in ranked:
            if number in names and number not in same:
                hits, at = best[number]
                found.append(Candidate(names[number], hits, hypotheses[at].scale, hypotheses[at].pitch))
        return [candidate for candidate in found if candidate.audio_sha256 != but][:limit]

    def remove(self, audio_sha256: str) -> None:
        """Forget an audio's fingerprints. The postings are found by computing them once more."""
        rows = self._session.scalars(select(FingerprintRow).where(FingerprintRow.audio_sha256 == audio_sha256))
        for row in rows.all():
            self._table.remove(row.id, _codes(row).postings())
            self._session.delete(row)
        self._session.flush()

    def count(self) -> int:
        """How many fingerprints of the current algorithm there are."""
        from classifiers.duplicates.fingerprint import ALGORITHM

        counted = select(func.count()).select_from(FingerprintRow).where(FingerprintRow.algorithm == ALGORITHM)
        return self._session.scalar(counted) or 0

    def unposted(self) -> int:
        """How many of them lack their postings in the table: they came while another index was in use."""
        return self._session.scalar(select(func.count()).select_from(self._unposted().subquery())) or 0

    def unpost(self) -> None:
        """Let `post` make the postings of all fingerprints anew; those that stand in the table are used meanwhile."""
        self._session.execute(update(FingerprintRow).values(posted=False))

    def post(self, at_most: int = 200) -> int:
        """Write postings that the table lacks; of how many recordings. Whatever is cut off goes on where it was."""
        rows = self._session.scalars(self._unposted().limit(at_most).with_for_update(skip_locked=True)).all()
        for row in rows:
            self._table.add(row.id, _codes(row).postings())
            row.posted = True
        self._session.flush()
        return len(rows)

    def renew(self, at_most: int = 200) -> int:
        """Take over fingerprints of an earlier algorithm whose peaks can be read, with postings made anew; how many.

        Their old postings were removed by the migration that came with the new codes.
        """
        from classifiers.duplicates.fingerprint import ALGORITHM, EARLIER, FingerprintCodes

        former = select(FingerprintRow).where(FingerprintRow.algorithm.in_(list(EARLIER))).order_by(FingerprintRow.id)
        rows = self._session.scalars(former.limit(at_most).with_for_update(skip_locked=True)).all()
        for row in rows:
            newer = select(FingerprintRow.id).where(
                FingerprintRow.audio_sha256 == row.audio_sha256, FingerprintRow.algorithm == ALGORITHM
            )
            if self._session.scalar(newer) is not None:
                self._session.delete(row)
                continue
            codes = FingerprintCodes.taken_over(
                row.packed, row.algorithm, matchable=row.matchable, pcm_sha256=row.pcm_sha256
            )
            row.algorithm, row.packed, row.posted = ALGORITHM, codes.packed(), self._index is None
            if self._index is None:
                self._table.add(row.id, codes.postings())
        self._session.flush()
        return len(rows)

    def fill(self, index: DerivedIndex, *, above: int = 0) -> Iterator[int]:
        """Add to an index beside the database what it lacks of the fingerprints numbered `above` and higher.

        Yields, chunk by chunk, how many fingerprints were looked at. What was added is safe at each step.
        """
        from classifiers.duplicates.fingerprint import ALGORITHM

        ids = select(FingerprintRow.id).where(FingerprintRow.id > above, FingerprintRow.algorithm == ALGORITHM)
        numbers = iter(self._session.scalars(ids.order_by(FingerprintRow.id)).all())
        while chunk := list(islice(numbers, _CHUNK)):
            if lacking := index.lacking(chunk):
                stored = FingerprintRow.id, FingerprintRow.packed, FingerprintRow.matchable, FingerprintRow.pcm_sha256
                rows = self._session.execute(select(*stored).where(FingerprintRow.id.in_(lacking)))
                index.add_all([(row.id, _codes(row).postings()) for row in rows])
            yield len(chunk)

    def lacking(self, index: DerivedIndex) -> int:
        """How many fingerprints of the current algorithm an index beside the database lacks."""
        from classifiers.duplicates.fingerprint import ALGORITHM

        ids = select(FingerprintRow.id).where(FingerprintRow.algorithm == ALGORITHM)
        return len(index.lacking(self._session.scalars(ids).all()))

    def _catch_up(self, index: DerivedIndex) -> None:
        """Take in what others stored since; see `LATE`."""
        for _ in self.fill(index, above=index.highest - LATE):
            pass

    def _unposted(self) -> Select[tuple[FingerprintRow]]:
        from classifiers.duplicates.fingerprint import ALGORITHM

        lacking = select(FingerprintRow).where(FingerprintRow.posted.is_(False), FingerprintRow.algorithm == ALGORITHM)
        return lacking.order_by(FingerprintRow.id)

    def _same_pcm(self, pcm_sha256: str | None, algorithm: str) -> list[int]:
        if pcm_sha256 is None:
            return []
        same = select(FingerprintRow.id).where(
            FingerprintRow.pcm_sha256 == pcm_sha256,
            FingerprintRow.algorithm == algorithm,
            FingerprintRow.matchable.is_(True),
        )
        return list(self._session.scalars(same.order_by(FingerprintRow.id)))

    def _names(self, numbers: Sequence[int], algorithm: str) -> dict[int, str]:
        rows = self._session.execute(
            select(FingerprintRow.id, FingerprintRow.audio_sha256).where(
                FingerprintRow.id.in_(numbers), FingerprintRow.algorithm == algorithm
            )
        )
        return {row[0]: row[1] for row in rows}


def _codes(row: FingerprintRow | Row[Any]) -> "FingerprintCodes":
    from classifiers.duplicates.fingerprint import FingerprintCodes

    return FingerprintCodes.unpacked(row.packed, matchable=row.matchable, pcm_sha256=row.pcm_sha256)
