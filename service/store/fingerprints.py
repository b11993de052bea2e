"""Fingerprints in the database, and the recordings that share codes with one that is asked about.

An index by code alone: a query of thousands of codes costs one look-up each, whatever the size of the catalogue, and
the rows it brings back. What comes out are candidates; the proof is `classifiers.duplicates.match.compare`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import ARRAY, BigInteger, ColumnClause, Integer, cast, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.store.tables.fingerprints import FingerprintPosting, FingerprintRow

if TYPE_CHECKING:
    from classifiers.duplicates.fingerprint import FingerprintCodes

LEAST_HITS = 3
"""Codes in common under one hypothesis before a recording is worth a look: chance gives one or two."""

_CODE_BITS = 31


@dataclass(frozen=True)
class Candidate:
    """A recording that may be the same: how many codes agree under the best hypothesis of speed and pitch."""

    audio_sha256: str
    hits: int
    scale: float
    pitch: float


class CodeIndex(Protocol):
    """An index of codes by the numbers of `fingerprint`, beside the database or inside it."""

    def hits(self, codes: Iterable[int], least: int, limit: int) -> list[tuple[int, int]]:
        """Numbers that hold at least `least` of the codes, and how many, best first."""

    def add(self, number: int, codes: Sequence[int]) -> None:
        """Add a recording; nothing happens where it is in already."""

    def __contains__(self, number: int) -> bool: ...


class Fingerprints:
    """Repository of fingerprints, keyed by the audio's SHA-256 and the algorithm.

    Candidates come from the table of postings, or from the index that is given, such as `segments.SegmentIndex`.
    """

    def __init__(self, session: Session, index: CodeIndex | None = None) -> None:
        self._session = session
        self._index = index

    def add(self, audio_sha256: str, codes: "FingerprintCodes") -> bool:
        """Store a fingerprint and its postings; False, and nothing done, where it is there already."""
        values = {
            "audio_sha256": audio_sha256,
            "algorithm": codes.algorithm,
            "packed": codes.packed(),
            "duration_s": codes.duration_s,
            "matchable": codes.matchable,
            "pcm_sha256": codes.pcm_sha256,
        }
        upsert = postgresql.insert if self._dialect == "postgresql" else sqlite.insert
        statement = upsert(FingerprintRow).values(**values).on_conflict_do_nothing().returning(FingerprintRow.id)
        number = self._session.scalar(statement)
        if number is None:
            return False
        self._post(number, codes)
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
        best: dict[int, tuple[int, int]] = {}
        for number, hypothesis, hits in self._found(list(probes.values()), limit + 1):
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
            posting = FingerprintPosting
            self._session.execute(
                delete(posting).where(posting.code.in_(_codes(row).postings()), posting.fingerprint_id == row.id)
            )
            self._session.delete(row)
        self._session.flush()

    def rebuild(self) -> int:
        """Make all postings anew from the stored fingerprints, in this transaction; the number of fingerprints."""
        from classifiers.duplicates.fingerprint import ALGORITHM

        self._session.execute(delete(FingerprintPosting))
        count = 0
        for row in self._rows(ALGORITHM):
            self._post(row.id, _codes(row))
            count += 1
        return count

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
            row.algorithm, row.packed = ALGORITHM, codes.packed()
            self._post(row.id, codes)
        self._session.flush()
        return len(rows)

    def fill(self, index: CodeIndex) -> int:
        """Bring an index beside the database up to date; the number of recordings that it lacked."""
        lacked = 0
        for number, _, codes in self.all():
            if number not in index:
                index.add(number, codes.postings())
                lacked += 1
        return lacked

    def all(self) -> Iterator[tuple[int, str, "FingerprintCodes"]]:
        """Number, audio and codes of every fingerprint of the current algorithm, for indexes derived from these."""
        from classifiers.duplicates.fingerprint import ALGORITHM

        for row in self._rows(ALGORITHM):
            yield row.id, row.audio_sha256, _codes(row)

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name

    def _rows(self, algorithm: str, page: int = 500) -> Iterator[FingerprintRow]:
        last = 0
        while rows := self._session.scalars(
            select(FingerprintRow)
            .where(FingerprintRow.id > last, FingerprintRow.algorithm == algorithm)
            .order_by(FingerprintRow.id)
            .limit(page)
        ).all():
            yield from rows
            last = rows[-1].id
            for row in rows:
                self._session.expunge(row)

    def _post(self, number: int, codes: "FingerprintCodes") -> None:
        rows = [{"code": code, "fingerprint_id": number} for code in codes.postings()]
        if rows:
            self._session.execute(insert(FingerprintPosting), rows)

    def _found(self, probes: Sequence[Sequence[int]], limit: int) -> list[tuple[int, int, int]]:
        """Number, index of the probe and hits: the best of each probe."""
        if self._index is not None:
            found = ((at, self._index.hits(probe, LEAST_HITS, limit)) for at, probe in enumerate(probes))
            return [(number, at, hits) for at, hits_of in found for number, hits in hits_of]
        return self._posted(probes, limit * max(len(probes), 1))

    def _posted(self, probes: Sequence[Sequence[int]], limit: int) -> list[tuple[int, int, int]]:
        """The same of the table of postings, in one statement: a probe's index stands above the bits of its codes."""
        asked = self._asked([at << _CODE_BITS | code for at, probe in enumerate(probes) for code in probe])
        number, hits = FingerprintPosting.fingerprint_id, func.count()
        at = asked.op(">>", return_type=Integer())(_CODE_BITS)
        code = cast(asked.op("&", return_type=Integer())((1 << _CODE_BITS) - 1), Integer)
        statement = (
            select(number, at, hits)
            .join_from(asked.table, FingerprintPosting, FingerprintPosting.code == code)
            .group_by(number, at)
            .having(hits >= LEAST_HITS)
            .order_by(hits.desc(), number, at)
            .limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in self._session.execute(statement)]

    def _asked(self, values: list[int]) -> "ColumnClause[int]":
        """Numbers as the column of a table: thousands of them in one parameter."""
        if self._dialect == "postgresql":
            return func.unnest(cast(values, ARRAY(BigInteger))).table_valued("value").render_derived("asked").c.value
        return func.json_each(json.dumps(values)).table_valued("value", name="asked").c.value

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


def _codes(row: FingerprintRow) -> "FingerprintCodes":
    from classifiers.duplicates.fingerprint import FingerprintCodes

    return FingerprintCodes.unpacked(row.packed, matchable=row.matchable, pcm_sha256=row.pcm_sha256)
