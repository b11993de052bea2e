"""The lease on a case, as a pure matter of who and when."""

from datetime import UTC, datetime, timedelta

import pytest

from service.claims import LASTS, Claim, ClaimedByOther, extend, released, take

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
INES = Claim("ines", "one", NOON, NOON + LASTS)
LATER = NOON + timedelta(minutes=4)
TOO_LATE = NOON + LASTS


def test_a_free_case_is_taken_for_five_minutes() -> None:
    assert take(None, "ines", "one", NOON) == INES


def test_nobody_else_takes_or_keeps_it_while_the_lease_runs() -> None:
    for attempt in (lambda: take(INES, "otto", "two", LATER), lambda: extend(INES, "otto", LATER)):
        with pytest.raises(ClaimedByOther, match="ines has had this case since 12:00"):
            attempt()


def test_it_is_anybodys_once_the_lease_has_run_out() -> None:
    assert take(INES, "otto", "two", TOO_LATE) == Claim("otto", "two", TOO_LATE, TOO_LATE + LASTS)
    assert extend(INES, "ines", TOO_LATE) is None


def test_ones_own_goes_on_from_when_it_was_first_taken() -> None:
    assert take(INES, "ines", "two", LATER) == Claim("ines", "two", NOON, LATER + LASTS)
    assert extend(INES, "ines", LATER) == Claim("ines", "one", NOON, LATER + LASTS)


def test_a_page_that_is_left_late_gives_back_only_what_it_took() -> None:
    again = take(INES, "ines", "two", LATER)
    assert released(INES, "ines", "one")
    assert not released(again, "ines", "one")
    assert released(again, "ines", None)
    assert not released(again, "otto", "two")
    assert not released(None, "ines", "one")
