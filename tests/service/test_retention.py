"""How long audio is kept is written by state, and what makes no sense is refused by name."""

import pytest

from schemas.review import TrackState
from service.retention import keep_days


def test_days_by_state():
    assert keep_days("") == {}
    assert keep_days(" decided=365, unreadable = 30 ") == {TrackState.DECIDED: 365, TrackState.UNREADABLE: 30}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gone=3", "'gone' is no state"),
        ("analysing=3", "still needed"),
        ("decided", "number of days"),
        ("decided=0", "number of days"),
        ("decided=-1", "number of days"),
        ("decided=1.5", "number of days"),
        ("decided=99999999", "number of days"),
        ("decided=1,decided=2", "twice"),
    ],
)
def test_what_is_no_such_list_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        keep_days(text)
