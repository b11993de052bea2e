from schemas.catalogue import TrackMetadata
from service.facts.senders import network_of
from service.privacy import pseudonymous

KEY = "the operator's key"


def metadata(**sender: str) -> TrackMetadata:
    return TrackMetadata.model_validate({"title": "T", "artists": [{"name": "A"}], "sender": {"id": "s", **sender}})


def test_addresses_payouts_and_devices_are_not_stored_as_they_came() -> None:
    said = {"ip": "203.0.113.7", "payout_hash": "iban-1", "device_hash": "dev-1"}
    hashed = pseudonymous(metadata(**said), KEY)
    text = hashed.model_dump_json()
    assert not any(value in text for value in ("203.0.113", "iban-1", "dev-1"))
    assert hashed.sender.id == "s"
    assert hashed == pseudonymous(metadata(**said), KEY)


def test_equal_stays_equal_and_other_stays_other_under_one_key_alone() -> None:
    one, same, other = (pseudonymous(metadata(payout_hash=value), KEY).sender.payout_hash for value in ("a", "a", "b"))
    assert one == same != other
    assert pseudonymous(metadata(payout_hash="a"), "another key").sender.payout_hash != one
    assert pseudonymous(metadata(device_hash="a"), KEY).sender.device_hash != one


def test_addresses_of_one_network_are_still_seen_as_such() -> None:
    def network(ip: str) -> str | None:
        return network_of(pseudonymous(metadata(ip=ip), KEY).sender.ip)

    assert network("203.0.113.7") == network("203.0.113.99") != network("203.0.114.7")
    assert network("2001:db8:1::5") == network("2001:db8:1:2::9") != network("2001:db8:2::5")


def test_what_is_hashed_is_not_hashed_again_when_it_is_corrected() -> None:
    once = pseudonymous(metadata(ip="203.0.113.7", payout_hash="a", device_hash="b"), KEY)
    assert pseudonymous(once, KEY) == once


def test_without_a_key_everything_is_kept_as_sent() -> None:
    assert pseudonymous(metadata(ip="203.0.113.7"), None).sender.ip == "203.0.113.7"
