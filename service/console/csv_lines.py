"""Rows as CSV, a piece at a time. No cell can become a formula of a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(heading: Sequence[str], pieces: Iterable[Iterable[Sequence[object]]]) -> Iterator[str]:
    """The heading, and then each piece of rows as it comes."""
    yield _written([heading])
    for rows in pieces:
        yield _written(rows)


def _written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_inert(cell) for cell in row] for row in rows)
    return text.getvalue()


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
