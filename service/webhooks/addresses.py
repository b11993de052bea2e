"""Which addresses a webhook may reach. Pure.

A tenant names any host it likes, so without this it could make the service speak to the service's own network: to a
cloud's metadata address, to a database, to a neighbour. Every address that the name resolves to must be public, and the
connection goes to an address that was checked, so a name that resolves differently a moment later changes nothing.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2000

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_NOT_PUBLIC = (
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments, RFC 6890
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291
)


def may_reach(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether a webhook may be sent to this address.

    Public unicast addresses alone, besides what the operator allows. An IPv6 address that stands for an IPv4 one
    (mapped, 6to4, Teredo, NAT64) is judged by that one as well.
    """
    if any(address.version == network.version and address in network for network in allowed):
        return True
    inner = _embedded(address)
    if inner is not None and not may_reach(inner, allowed):
        return False
    if isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64[0]):
        return True
    if any(address.version == network.version and address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def fault_of_host(url: str, allowed: Sequence[Network] = ()) -> str | None:
    """What is wrong with the host as it is written, without asking what it leads to."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return None if allowed else "names a public host"
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return None if may_reach(address, allowed) else "names a public address"


def networks(text: str) -> list[Network]:
    """Networks from a setting, in CIDR notation, separated by commas. Raises ``ValueError``."""
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def fault_of_url(url: str, *, allow_http: bool) -> str | None:
    """What is wrong with an address as it is written, as a rule; ``None`` where nothing is."""
    schemes = ("https", "http") if allow_http else ("https",)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    if len(url) > LONGEST_URL:
        return f"has at most {LONGEST_URL} characters"
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        return "has printable ASCII characters alone; write other ones in percent or xn-- form"
    if parts.scheme not in schemes:
        return f"begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if not host or port == 0:
        return "names a host"
    if parts.username is not None or parts.password is not None:
        return "holds no name and password; the signature tells who sends"
    if parts.fragment:
        return "has no fragment"
    return None
