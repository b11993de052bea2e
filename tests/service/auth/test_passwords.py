"""A name that nobody has is told from one that somebody has by nothing, time included."""

from argon2 import PasswordHasher

from service.auth import passwords


def test_a_password_is_right_for_its_own_hash_alone() -> None:
    stored = passwords.hash_password("correct horse battery")
    assert passwords.right("correct horse battery", stored)
    assert not passwords.right("correct horse batterie", stored)
    assert not passwords.right("correct horse battery", "no hash at all")


def test_nobody_s_password_is_never_right_and_costs_as_much_as_anybody_s() -> None:
    assert not passwords.right("nobody has this password", None)
    hasher = PasswordHasher()
    hasher_of_all = passwords.hash_password("correct horse battery").rsplit("$", 2)[0]
    assert passwords._NOBODY.rsplit("$", 2)[0] == hasher_of_all
    assert not hasher.check_needs_rehash(passwords._NOBODY)
