import pytest

from service.settings import Settings
from service.webhooks.schedule import pause_after, pauses, quiet_for

SCHEDULE = (5.0, 300.0, 1800.0)


def test_the_pauses_grow_and_end() -> None:
    assert [pause_after(attempts, SCHEDULE, 0.0) for attempts in (1, 2, 3, 4)] == [5.0, 300.0, 1800.0, None]


def test_chance_lengthens_a_pause_by_up_to_a_quarter_and_never_shortens_it() -> None:
    assert pause_after(2, SCHEDULE, 1.0) == 375.0
    assert pause_after(2, SCHEDULE, 0.5) == 337.5


def test_a_receiver_that_asks_for_more_time_gets_it_up_to_a_day() -> None:
    assert pause_after(1, SCHEDULE, 0.0, 60.0) == 60.0
    assert pause_after(1, SCHEDULE, 0.0, 1.0) == 5.0
    assert pause_after(1, SCHEDULE, 0.0, 1e9) == 86_400.0


def test_a_webhook_that_fails_is_left_alone_longer_and_longer_but_soon_asked_again() -> None:
    assert [quiet_for(failures, SCHEDULE, 0.0) for failures in (1, 2, 3, 99)] == [5.0, 300.0, 600.0, 600.0]
    assert quiet_for(1, (), 0.0) == 0.0


@pytest.mark.parametrize("wrong", ["5,x", "-1", "nan", "1e9"])
def test_a_schedule_that_cannot_be_meant_keeps_the_service_from_starting(wrong: str) -> None:
    with pytest.raises(ValueError):
        Settings(webhook_retry_s=wrong)


def test_the_default_goes_on_for_three_days() -> None:
    assert 2.5 < sum(pauses(Settings().webhook_retry_s)) / 86_400 < 4
