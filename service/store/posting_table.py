"""The table of postings as an index of codes: on SQLite one clustered table, on PostgreSQL partitions by code."""

import json
from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, ColumnClause, Integer, cast, delete, func, select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.fingerprints import FingerprintPosting

_CODE_BITS = 31


class PostingTable:
    """Part of the database, and of its transactions: what is rolled back was never indexed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, number: int, codes: Sequence[int]) -> None:
        """Add a recording; postings that are there already are left alone."""
        rows = [{"code": code, "fingerprint_id": number} for code in codes]
        if rows:
            statement = insert_or(self._session, FingerprintPosting).on_conflict_do_nothing()
            self._session.execute(statement, rows)

    def remove(self, number: int, codes: Sequence[int]) -> None:
        """Forget a recording that was added with these codes."""
        posting = FingerprintPosting
        self._session.execute(delete(posting).where(posting.code.in_(codes), posting.fingerprint_id == number))

    def found(self, probes: Sequence[Sequence[int]], least: int, limit: int) -> list[tuple[int, int, int]]:
        """For every probe its best recordings: their numbers, the probe's index and how many of its codes they hold.

        One statement for all: a probe's index stands above the bits of its codes.
        """
        asked = self._asked([at << _CODE_BITS | code for at, probe in enumerate(probes) for code in probe])
        number, hits = FingerprintPosting.fingerprint_id, func.count()
        at = asked.op(">>", return_type=Integer())(_CODE_BITS)
        code = cast(asked.op("&", return_type=Integer())((1 << _CODE_BITS) - 1), Integer)
        statement = (
            select(number, at, hits)
            .join_from(asked.table, FingerprintPosting, FingerprintPosting.code == code)
            .group_by(number, at)
            .having(hits >= least)
            .order_by(hits.desc(), number, at)
            .limit(limit * max(len(probes), 1))
        )
        return [(row[0], row[1], row[2]) for row in self._session.execute(statement)]

    def _asked(self, values: list[int]) -> "ColumnClause[int]":
        """Numbers as the column of a table: thousands of them in one parameter."""
        if self._session.get_bind().dialect.name == "postgresql":
            return func.unnest(cast(values, ARRAY(BigInteger))).table_valued("value").render_derived("asked").c.value
        return func.json_each(json.dumps(values)).table_valued("value", name="asked").c.value
