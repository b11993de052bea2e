"""One POST to a server that may be anything: what is refused, what is waited for, what is read."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from service.webhooks.addresses import networks
from service.webhooks.sending import Answer, NotSent, post
from tests.receiver import Receiver

HERE = networks("127.0.0.1/32")


def send(url: str, **options: object) -> Answer:
    return post(
        url, b"{}", {"webhook-id": "msg_1"}, **{"timeout_s": 2.0, "allow_http": True, "allowed": HERE, **options}
    )


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that speaks whatever ``serve`` writes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            try:
                line, _ = listening.accept()
                with line:
                    line.recv(65536)
                    serve(line)
            except OSError:
                """The other side hung up, or the test is over."""

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_message_comes_with_its_headers() -> None:
    with Receiver() as receiver:
        assert send(receiver.url) == Answer(204)
        assert (receiver.seen[0].body, receiver.seen[0].id) == (b"{}", "msg_1")


def test_nothing_is_sent_to_an_address_that_is_not_public() -> None:
    with Receiver() as receiver, pytest.raises(NotSent, match="not public"):
        send(receiver.url, allowed=[])
    assert receiver.seen == []


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:7f00:1"])
def test_a_name_that_leads_inside_is_refused_also_where_another_of_its_addresses_is_public(inner: str) -> None:
    with pytest.raises(NotSent, match="leads to an address that is not public"):
        send("http://example.com/", allowed=[], resolver=lambda host, port: ["93.184.216.34", inner])


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_asked_once() -> None:
    """A name that answers differently the second time leads nowhere else, as there is no second time."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with Receiver() as receiver:
        port = receiver.url.split(":")[2]
        assert send(f"http://rebinding.example:{port}", resolver=rebinding).taken
        assert receiver.seen[0].headers["host"].startswith("rebinding.example")
    assert asked == ["rebinding.example"]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with Receiver() as inner, Receiver() as receiver:
        receiver.answer = lambda _: (307, {"location": inner.url})
        assert send(receiver.url).status == 307
        assert inner.seen == []


def test_a_receiver_that_hangs_is_given_up() -> None:
    with Receiver() as receiver:
        receiver.answer = receiver.hang
        with pytest.raises(NotSent, match=r"no answer within 0\.2 s"):
            send(receiver.url, timeout_s=0.2)


def test_a_receiver_that_sends_a_byte_now_and_then_is_given_up_as_well() -> None:
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        while not over.is_set():
            line.sendall(b"H")
            time.sleep(0.02)

    with raw_server(drip) as url, pytest.raises(NotSent):
        send(url, timeout_s=0.3)
    over.set()


def test_a_name_that_is_not_resolved_in_time_is_given_up() -> None:
    over = threading.Event()
    with pytest.raises(NotSent, match="not resolved in time"):
        send("http://example.com/", timeout_s=0.1, resolver=lambda host, port: [str(over.wait(30))])
    over.set()


def test_of_an_endless_answer_little_is_read() -> None:
    sent: list[int] = []

    def endless(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sent.append(line.send(b"x" * 65536))

    with raw_server(endless) as url:
        assert send(url, timeout_s=5).status == 200
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A" * 70_000]
)
def test_what_is_no_answer_is_said_plainly(said: bytes) -> None:
    with raw_server(lambda line: line.sendall(said)) as url, pytest.raises(NotSent, match="no answer from"):
        send(url)


def test_nobody_at_the_address_is_said_plainly() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent, match=r"no connection to 127\.0\.0\.1: Connection refused"):
            send(f"http://127.0.0.1:{unused.getsockname()[1]}/")


def test_what_speaks_no_tls_gets_no_message() -> None:
    with Receiver() as receiver, pytest.raises(NotSent):
        send(receiver.url.replace("http:", "https:"))
    assert receiver.seen == []


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("120", 120, 120), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("Thu, 01 Jan 2099 00:00:00 GMT", 1e8, 1e10)],
)
def test_when_to_come_again_is_read_in_both_forms(header: str, least: float, most: float) -> None:
    with Receiver() as receiver:
        receiver.answer = lambda _: (503, {"retry-after": header})
        answer = send(receiver.url)
    assert answer.retry_after_s is not None
    assert least <= answer.retry_after_s <= most


def test_a_moment_that_cannot_be_read_is_none() -> None:
    with Receiver() as receiver:
        receiver.answer = lambda _: (503, {"retry-after": "soon"})
        assert send(receiver.url).retry_after_s is None


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Receiver() as receiver:
        assert send(receiver.url).taken
