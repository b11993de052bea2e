"""One POST to a stranger's server: to checked addresses, once, within a time, reading little of the answer.

Redirects are not followed: the place they lead to was not checked, and a receiver that moved can be told so. Proxies of
the environment are not used, as they would resolve the name anew.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from service.webhooks.addresses import Network, fault_of_url, may_reach

ANSWER_BYTES = 16 * 1024
"""How much of an answer's body is read: none of it is needed, and no more than this is waited for."""

_CONNECT_S = 5.0

Resolver = Callable[[str, int], Sequence[str]]


class NotSent(Exception):
    """There was no answer, or nobody was asked; the message says why, for the webhook's owner."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered. ``retry_after_s`` is when it wants to be asked again, if it says so."""

    status: int
    retry_after_s: float | None = None

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout_s: float,
    allow_http: bool = False,
    allowed: Sequence[Network] = (),
    resolver: Resolver = resolve,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send it once.

    :param timeout_s: for everything from the first packet to the end of the answer; a name that does not resolve and
        a receiver that sends a byte now and then end by it as well
    :param allowed: networks that may be reached although they are not public
    :raises NotSent: where the address is not allowed or no answer came
    """
    if fault := fault_of_url(url, allow_http=allow_http):
        raise NotSent(f"the address {fault}")
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = str(parts.hostname), parts.port or (443 if secure else 80)
    address = _checked(host, port, allowed, resolver, timeout_s)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port)
    connection.auto_open = 0
    late = threading.Event()
    try:
        plain = socket.create_connection((address, port), min(_CONNECT_S, timeout_s))
    except OSError as error:
        raise NotSent(f"no connection to {host}: {_said(error)}") from None
    line = _wrapped(plain, host, tls or ssl.create_default_context()) if secure else plain
    watch = threading.Timer(timeout_s, _hang_up, (line, late))
    watch.daemon = True
    watch.start()
    try:
        line.settimeout(timeout_s)
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        connection.sock = line
        connection.request("POST", path, body, {**headers, "connection": "close"})
        answer = connection.getresponse()
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer.read(ANSWER_BYTES)
        return Answer(answer.status, _retry_after(answer.getheader("retry-after")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise NotSent(f"no answer within {timeout_s:g} s") from None
        raise NotSent(f"no answer from {host}: {_said(error)}") from None
    finally:
        watch.cancel()
        connection.close()
        line.close()


def _checked(host: str, port: int, allowed: Sequence[Network], resolver: Resolver, timeout_s: float) -> str:
    """The first address of a host, if every one of them may be reached: one that may not is no accident."""
    found = _within(timeout_s, lambda: resolver(host, port), f"the name {host} was not resolved in time")
    if not found:
        raise NotSent(f"the name {host} has no address")
    for text in found:
        if not may_reach(ip_address(text.partition("%")[0]), allowed):
            raise NotSent(f"{host} leads to an address that is not public")
    return found[0]


def _within(timeout_s: float, ask: Callable[[], Sequence[str]], late: str) -> Sequence[str]:
    """The system's resolver takes its own time, so it is asked in a thread that may be left behind."""
    answers: list[Sequence[str]] = []
    errors: list[OSError | UnicodeError] = []

    def work() -> None:
        try:
            answers.append(ask())
        except (OSError, UnicodeError) as error:
            errors.append(error)

    asking = threading.Thread(target=work, name="resolve", daemon=True)
    asking.start()
    asking.join(timeout_s)
    if errors:
        raise NotSent(f"the name cannot be resolved: {_said(errors[0])}")
    if not answers:
        raise NotSent(late)
    return answers[0]


def _wrapped(plain: socket.socket, host: str, tls: ssl.SSLContext) -> ssl.SSLSocket:
    return tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _hang_up(line: socket.socket, late: threading.Event) -> None:
    """End a line from another thread; the reading one sees its end. Past TLS, which must not be touched meanwhile."""
    late.set()
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _retry_after(header: str | None) -> float | None:
    """Seconds, from either form of the header (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _said(error: BaseException) -> str:
    """An error in a few words, without what a stranger's server made it say."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
