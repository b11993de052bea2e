"""Who guesses passwords is slowed down, and shuts nobody else out."""

import time

from service.auth.guesses import Guesses


def fail(guesses: Guesses, name: str, address: str, times: int) -> None:
    for _ in range(times):
        guesses.failed(name, address)


def test_a_name_is_tried_five_times_a_minute_from_one_address() -> None:
    guesses = Guesses()
    fail(guesses, "ines", "192.0.2.1", 4)
    assert guesses.allowed("ines", "192.0.2.1")
    fail(guesses, "ines", "192.0.2.1", 1)
    assert not guesses.allowed("ines", "192.0.2.1")


def test_the_person_herself_signs_in_from_her_own_address_meanwhile() -> None:
    guesses = Guesses()
    fail(guesses, "ines", "192.0.2.1", 50)
    assert guesses.allowed("ines", "198.51.100.7")
    assert guesses.allowed("otto", "192.0.2.1")


def test_guesses_from_many_addresses_are_answered_slowly_but_within_a_second() -> None:
    guesses = Guesses()
    assert guesses.delay_s("ines") == 0.0
    for number in range(7):
        guesses.failed("ines", f"192.0.2.{number}")
    assert 0.0 < guesses.delay_s("ines") < 0.5
    fail(guesses, "ines", "192.0.2.1", 200)
    assert guesses.delay_s("ines") == 1.0
    assert guesses.delay_s("otto") == 0.0


def test_a_minute_later_all_is_forgotten() -> None:
    guesses = Guesses(within_s=1)
    fail(guesses, "ines", "192.0.2.1", 50)
    assert not guesses.allowed("ines", "192.0.2.1")
    time.sleep(1.1)
    assert guesses.allowed("ines", "192.0.2.1")
    assert guesses.delay_s("ines") == 0.0
