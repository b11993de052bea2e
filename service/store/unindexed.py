"""Conditions that name no index."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute


def unindexed(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A text column that is compared, and by which nothing is looked up.

    Whose a row is goes with almost every index, so SQLite, which has no statistics, takes one of those and reads all
    that a tenant has, where the rest of the query names a handful of rows.
    """
    return column.concat("")
