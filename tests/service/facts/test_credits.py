"""An artist's key: whom it vouches for, and whom not."""

import pytest

from schemas.catalogue import TrackMetadata
from service.facts.artist_keys import artist_key_sha256
from service.facts.credits import credit_findings
from service.facts.registry import Registry

KEY, OTHER = "eak_of-ann", "eak_of-the-gannets"


@pytest.fixture
def registry():
    made = Registry()
    made.protect_artist("ar-1", "Ann Ember")
    made.protect_artist("ar-2", "The Gannets")
    made.artist_keys = {artist_key_sha256(KEY): "ar-1", artist_key_sha256(OTHER): "ar-2"}
    return made


def found(registry, *artists, key=KEY, links=frozenset()):
    metadata = TrackMetadata.model_validate({"title": "Low Water", "artists": list(artists)})
    return credit_findings(
        metadata,
        links=links,
        registry=registry,
        resembles=lambda name: None,
        known_recording=False,
        key_sha256=artist_key_sha256(key) if key else None,
    ).facts


def main(name="Ann Ember", artist_id="ar-1"):
    return {"name": name, "role": "MainArtist", "artist_id": artist_id}


@pytest.mark.parametrize("links", [None, frozenset()], ids=["no list of senders", "not linked"])
@pytest.mark.parametrize("profile", ["ar-1", None])
def test_the_right_key_vouches_from_any_account(registry, links, profile):
    facts = found(registry, main(artist_id=profile), links=links)
    assert (facts.artist_key, facts.vouched, facts.claims_unlinked, facts.protected_main) == (
        "right",
        True,
        False,
        False,
    )


@pytest.mark.parametrize("key", [OTHER, "guessed", artist_key_sha256(KEY)], ids=["another's", "nobody's", "the hash"])
def test_any_other_key_is_wrong_and_vouches_for_nobody(registry, key):
    facts = found(registry, main(), key=key)
    assert (facts.artist_key, facts.vouched, facts.claims_unlinked, facts.protected_main) == (
        "wrong",
        False,
        True,
        True,
    )


def test_without_a_key_there_is_none(registry):
    assert found(registry, main(), key=None).artist_key == "none"


def test_one_artists_key_does_not_open_another_artists_profile(registry):
    facts = found(registry, main(), main("The Gannets", "ar-2"))
    assert (facts.artist_key, facts.vouched, facts.claims_unlinked, facts.protected_main) == (
        "right",
        False,
        True,
        True,
    )


def test_a_guests_key_vouches_for_the_guest(registry):
    guest = {"name": "Ann Ember", "role": "FeaturedArtist", "artist_id": "ar-1"}
    facts = found(registry, main("Somebody", None), guest)
    assert (facts.artist_key, facts.protected_guest) == ("right", False)
    assert found(registry, main("Somebody", None), guest, key=None).protected_guest is True
