from ipaddress import ip_address

import pytest

from service.webhooks.addresses import fault_of_host, fault_of_url, may_reach, networks

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "fe80::1", "fec0::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2002:a9fe:a9fe::1",
    "2001:db8::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert may_reach(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_may_in_whatever_form_it_is_written(address: str) -> None:
    assert not may_reach(ip_address(address))


def test_an_operator_may_open_networks_of_their_own_and_no_more() -> None:
    opened = networks("10.1.0.0/16, fd00::/8")
    assert may_reach(ip_address("10.1.2.3"), opened)
    assert may_reach(ip_address("::ffff:10.1.2.3"), opened)
    assert may_reach(ip_address("fd00::1"), opened)
    assert not may_reach(ip_address("10.2.0.1"), opened)
    assert not may_reach(ip_address("127.0.0.1"), opened)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://example.com/hook?a=1", None),
        ("http://example.com/hook", "begins with https://"),
        ("ftp://example.com/", "begins with https://"),
        ("https://", "names a host"),
        ("https://user:pass@example.com/", "holds no name and password; the signature tells who sends"),
        ("https://example.com/#top", "has no fragment"),
        ("https://example.com:99999/", "is no URL"),
        ("https://[::1", "is no URL"),
        ("https://example.com/a b", "has printable ASCII characters alone; write other ones in percent or xn-- form"),
        (
            "https://example.com/\r\nX-A: b",
            "has printable ASCII characters alone; write other ones in percent or xn-- form",
        ),
        ("https://example.com/" + "a" * 2000, "has at most 2000 characters"),
    ],
)
def test_what_is_wrong_with_a_url_is_said_as_a_rule(url: str, fault: str | None) -> None:
    assert fault_of_url(url, allow_http=False) == fault


def test_plain_http_is_for_those_who_allow_it() -> None:
    assert fault_of_url("http://example.com/", allow_http=True) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "localhost", "db.internal", "[fe80::1]"])
def test_a_host_that_is_plainly_not_public_is_refused_at_once(host: str) -> None:
    assert fault_of_host(f"https://{host}/hook") is not None


def test_a_name_is_judged_when_it_is_resolved() -> None:
    assert fault_of_host("https://example.com/hook") is None
