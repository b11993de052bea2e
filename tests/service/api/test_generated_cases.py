"""A few made-up requests to every operation; `make acceptance` sends ten thousand."""

from pathlib import Path

from tests.service.api.furnished import furnished
from tests.service.api.generated_cases import try_operations


def test_made_up_requests_get_documented_answers_and_no_accidents(sqlite_url: str, tmp_path: Path) -> None:
    with furnished(sqlite_url, tmp_path) as house:
        tried = try_operations(house, 3, start=8)
    assert tried.faults == {}
    assert {200, 404, 422} <= set(tried.statuses), "right and wrong ones, about things that are there and that are not"
    assert tried.cases > 150
