"""What could lead to a person is stored as a keyed hash, where the operator sets a key. Pure.

Only equality counts for the rules: whether two senders share an address, a network, a payout or a device. So each value
becomes HMAC-SHA-256 under the operator's key, cut to 128 bits: the same for the same value, of no use to anybody
without the key, and not to be found by trying all addresses. An address keeps its network apart from the rest, so that
:func:`service.facts.senders.network_of` groups hashed addresses as it groups plain ones.
"""

import hashlib
import hmac
import re

from schemas.catalogue import Sender, TrackMetadata
from service.facts.senders import network_of

_HASHED = re.compile(r"h1_[0-9a-f]{32}(\.h1_[0-9a-f]{32})?")


def pseudonymous(metadata: TrackMetadata, key: str | None) -> TrackMetadata:
    """The metadata with its sender's address, payout and device hashed; unchanged without a key."""
    if not key:
        return metadata
    sender = metadata.sender
    hashed = {
        "ip": hashed_address(sender.ip, key),
        "payout_hash": hashed_token(sender.payout_hash, key, "payout"),
        "device_hash": hashed_token(sender.device_hash, key, "device"),
    }
    if all(getattr(sender, name) == value for name, value in hashed.items()):
        return metadata
    changed: Sender = sender.model_copy(update={name: value for name, value in hashed.items() if value is not None})
    return metadata.model_copy(update={"sender": changed})


def hashed_token(value: str | None, key: str, kind: str) -> str | None:
    """A token under the key. What is hashed already, as when metadata is corrected, stays as it is."""
    if value is None or _HASHED.fullmatch(value):
        return value
    return "h1_" + hmac.new(key.encode(), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]


def hashed_address(ip: str | None, key: str) -> str | None:
    """Network and address under the key, apart: two addresses of one network begin alike."""
    if ip is None or _HASHED.fullmatch(ip):
        return ip
    return f"{hashed_token(network_of(ip), key, 'network')}.{hashed_token(ip, key, 'address')}"
