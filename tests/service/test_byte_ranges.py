"""Ranges of audio are understood as RFC 9110 has them; what is not understood means the whole."""

import pytest

from service.byte_ranges import requested_range


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=90-200", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=100-", (1, 0)),
        ("bytes=20-10", None),
        ("bytes=-0", (100, 99)),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("seconds=1-2", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_is_read(header, wanted):
    assert requested_range(header, 100) == wanted
