from service.auth.bearer import bearer_token
from service.auth.keys import key_sha256, matches, new_key, prefix_of
from service.auth.scopes import SCOPE_MEANINGS, Scope, allows, known_scopes


def test_a_new_key_is_found_by_its_prefix_and_matches_only_itself() -> None:
    key, other = new_key(), new_key()
    assert prefix_of(key.key) == key.prefix
    assert matches(key.key, key.sha256)
    assert not matches(other.key, key.sha256)
    assert not matches(key.key, None)
    assert key.key not in key.sha256
    assert key_sha256(key.key) == key.sha256


def test_keys_never_repeat() -> None:
    assert len({new_key().key for _ in range(1000)}) == 1000


def test_what_is_no_key_has_no_prefix() -> None:
    key = new_key().key
    for broken in ["", "em_", key[:-1], key + "x", key.upper(), key + "\n", "xx" + key[2:], "Bearer " + key]:
        assert prefix_of(broken) is None


def test_bearer_tokens_are_read_and_nothing_else() -> None:
    assert bearer_token("Bearer abc") == "abc"
    assert bearer_token("bearer abc") == "abc"
    for header in [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer " + "x" * 201]:
        assert bearer_token(header) is None


def test_admin_includes_every_scope_and_no_other_does() -> None:
    for needed in Scope:
        assert [granted for granted in Scope if allows(frozenset({granted}), needed)] == list(
            dict.fromkeys(scope for scope in Scope if scope in (needed, Scope.ADMIN))
        )
    assert set(SCOPE_MEANINGS) == set(Scope)


def test_unknown_scopes_grant_nothing() -> None:
    assert known_scopes(["tracks:read", "everything"]) == {Scope.TRACKS_READ}
