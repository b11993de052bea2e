"""Identifiers are compacted where right and refused with the rule where wrong."""

import pytest

from schemas.identifiers import (
    normalise_dpid,
    normalise_grid,
    normalise_isni,
    normalise_isrc,
    normalise_iswc,
    normalise_upc,
)


@pytest.mark.parametrize(
    ("normalise", "written", "compact"),
    [
        (normalise_isrc, "qz-em6-26-00001", "QZEM62600001"),
        (normalise_isrc, "ISRC QZEM62600001", "QZEM62600001"),
        (normalise_upc, "8850-1620 4075", "885016204075"),
        (normalise_upc, "4006381333931", "4006381333931"),
        (normalise_grid, "A1-2425G-ABC1234002-M", "A12425GABC1234002M"),
        (normalise_dpid, "PADPIDA2013042401U", "PADPIDA2013042401U"),
        (normalise_iswc, "T-034.524.680-1", "T0345246801"),
        (normalise_isni, "0000 0001 2281 955X", "000000012281955X"),
    ],
)
def test_a_right_identifier_is_compacted(normalise, written, compact):
    assert normalise(written) == compact


@pytest.mark.parametrize(
    ("normalise", "written", "says"),
    [
        (normalise_isrc, "QZEM6260000", "12 characters"),
        (normalise_isrc, "1ZEM62600001", "12 characters"),
        (normalise_isrc, "ＱZEM62600001", "12 characters"),
        (normalise_upc, "885016204076", "6 is written, 5 is right"),
        (normalise_upc, "88501620407", "8, 12, 13 or 14 digits"),
        (normalise_upc, "８85016204075", "8, 12, 13 or 14 digits"),
        (normalise_grid, "A12425GABC1234002N", "check character of this GRid"),
        (normalise_dpid, "PADPIDA2013042401V", "check character of this DPID"),
        (normalise_iswc, "T-034.524.680-2", "2 is written, 1 is right"),
        (normalise_isni, "0000 0001 2281 9550", "check character"),
        (normalise_isni, "", "16 characters"),
    ],
)
def test_a_wrong_identifier_is_refused_with_the_rule_it_breaks(normalise, written, says):
    with pytest.raises(ValueError, match=says):
        normalise(written)
