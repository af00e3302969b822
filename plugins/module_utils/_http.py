# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How HTTP is spoken: one request, one complete reply or the reason why there is none, within a bounded time.

Each request has a connection of its own. Nothing in HTTP/1.1 tells which request a reply answers but its place on the
connection: where anything between us and the service ever sends one reply too many, every later one would be taken for the
answer to another request.

Requests go through an adapter of `requests` and not through a session: a session follows redirects with all headers,
takes passwords from `~/.netrc` and lets environment variables overrule `verify`. None of that may happen here.
"""

from __future__ import annotations

import _thread
import io
import ipaddress
import json
import math
import os
import queue
import re
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    HeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
from email.message import Message
from enum import Enum
from http.client import HTTPException, HTTPResponse, RemoteDisconnected, parse_headers
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.utils import (
        DEFAULT_CA_BUNDLE_PATH,
        get_environ_proxies,
        select_proxy,
    )
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, disable_warnings
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import HTTPError, InsecureRequestWarning
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

# A list page of 1000 orders is about 3 MB; five times that, with its headers, is no reply of this service.
REPLY_LIMIT = 16 * 1024 * 1024
_CHUNK = 64 * 1024
# Five times what such a page has. In Python an empty object takes twenty times the bytes that it has in a reply.
_MOST_VALUES = 500_000
# Enough to reach the rate limits over an ocean; few enough for a service that others share.
CONNECTIONS = 8
# What is left of the headers then, a length for example, would be taken for absent.
_UNREADABLE = (HeaderDefect, MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)
_SHORTEST_HIDDEN = 6
# RFC 9112 section 4.
_STATUS_LINE = re.compile(rb"(HTTP/1\.[01]) ([1-9][0-9]{2})( [^\r\n]*)?\r?\n")
_LONGEST_LINE = 64 * 1024
# RFC 1035 section 2.3.4; an underscore is in no host name by the book, and in some all the same.
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_LONGEST_NAME = 253


class Cause(str, Enum):
    """Why a request got no reply that can be used."""

    # Nothing was sent.
    READING_TOO_OLD = "reading_too_old"
    NOT_REACHED = "not_reached"
    TLS_REFUSED = "tls_refused"
    # Something was sent.
    TIMED_OUT = "timed_out"
    REPLY_LOST = "reply_lost"
    REPLY_TOO_LARGE = "reply_too_large"
    FROM_A_CACHE = "from_a_cache"


class Reply(NamedTuple):
    """A complete reply: status code, headers with lower-case names, body as it came (bytes).

    asked_at: when the request for it began to be sent (a moment of `clock`). What it says may be as old as that.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float


class NoReply(Exception):
    """There is no complete reply to a request.

    cause: what went wrong.
    sent: False only if not a single byte of the request can have reached the service.
    detail: a short reason from the operating system or the TLS library. Never the text of an exception about
        headers, which may hold the API key.
    """

    def __init__(self, cause: Cause, sent: bool, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.sent = sent
        self.detail = detail


class UnusableProxy(ValueError):
    """A proxy of the environment cannot be used; the text never holds its address, in which a password may be."""


class HttpClient:
    """Speaks to one service; may be used by several threads at a time."""

    def __init__(self, url: str, headers: Mapping[str, str], verify: bool | str, timeout: float) -> None:
        """Prepare, without opening a connection; `secrets` are those of the proxy that is going to be used.

        url: where the service is, without a trailing slash.
        headers: sent with every request.
        verify: as `requests` takes it: True, False, or the path of a CA bundle or a folder of certificates.
        timeout: seconds for one request, from looking up the name to the last byte of the reply.

        Raises UnusableProxy.
        """
        self.url = url
        self.timeout = timeout
        self._verify = verify
        # The service may compress only what it was asked to: a small reply can then not unpack to gigabytes.
        fixed = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Cache-Control": "no-cache",
            "Connection": "close",
        }
        self._headers = {**fixed, **headers}
        # Plain http is for a simulator on loopback; a proxy for it would get the key in clear.
        proxy = None if urlsplit(url).scheme == "http" else _usable_proxy(url)
        self._proxies = {"https": proxy} if proxy else {}
        self.secrets = list(_secrets_of(proxy or ""))
        if verify is False:
            disable_warnings(InsecureRequestWarning)
        self._lock = threading.Lock()
        self._made: HTTPAdapter | None = None

    def request(self, method: str, path: str, body: Any = None, fresh_until: float | None = None) -> Reply:
        """Send a request and read its whole reply, of whatever final status.

        method: the HTTP method.
        path: appended to the client's `url`; begins with a slash, may carry a query.
        body: sent as JSON unless None.
        fresh_until: what the request rests on is too old from this moment of `clock` on, and then it is not sent.

        Raises NoReply, whatever goes wrong.
        """
        exchange = _under_way.exchange = _Exchange(time.monotonic() + self.timeout, fresh_until)
        try:
            prepared = requests.Request(method, self.url + path, headers=self._headers, json=body).prepare()
            response = self._adapter().send(
                prepared,
                stream=True,
                timeout=self.timeout,
                verify=self._verify is not False,
                proxies=self._proxies,
            )
            try:
                headers = {name.lower(): value for name, value in response.headers.items()}
                # An error says nothing of an order that could be old.
                if response.ok and _age(headers) > exchange.answered_at - exchange.asked_at:
                    raise _FromACache
                body = _read_all(response)
                return Reply(response.status_code, headers, body, exchange.asked_at)
            finally:
                response.close()
        except Exception as failure:  # noqa: BLE001 (a reply can be odd in ways that no list of exceptions has)
            raise exchange.no_reply(failure) from None
        finally:
            exchange.hang_up()

    def _adapter(self) -> HTTPAdapter:
        # To read the usual bundle takes 20 ms, which every connection would take anew.
        with self._lock:
            if self._made is None:
                encrypts = urlsplit(self.url).scheme == "https"
                self._made = _BoundedAdapter(_tls_context(self._verify) if encrypts else None)
            return self._made


def _age(headers: Mapping[str, str]) -> float:
    """Give the seconds since a reply was generated, as caches say (RFC 9111 section 5.1); for ever where they say it oddly."""
    if "age" not in headers:
        return 0.0
    return max(map(float, re.findall(r"[0-9]+", headers["age"])), default=math.inf)


def json_body(reply: Reply) -> Any:
    """Give the JSON value in a reply's body; raises ValueError where it holds none, or contradicts itself.

    Python takes what is none by RFC 8259: NaN, a number that is too large to be anything but infinite (section 6), and the
    last of several values of one name, where others may take the first (section 4).
    """
    # Each value but the first of an array or an object follows on a comma, and only so many of these lie in each other.
    if reply.body.count(b",") > _MOST_VALUES:
        raise ValueError("too many values")
    return json.loads(
        reply.body.decode("utf-8"),
        parse_constant=_finite,
        parse_float=_finite,
        object_pairs_hook=_with_unique_names,
    )


def _with_unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name that occurs twice")
    return value


def _finite(number: str) -> float:
    if not math.isfinite(float(number)):
        raise ValueError("not a number, or an infinite one")
    return float(number)


def is_host(text: str) -> bool:
    """Tell whether a text can be the host of a URL: a name, an IPv4 address, or an IPv6 address in brackets."""
    if text.startswith("["):
        try:
            return text.endswith("]") and ipaddress.IPv6Address(text[1:-1]) is not None
        except ValueError:
            return False
    name = text.removesuffix(".")
    return len(name) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in name.split("."))


def clock() -> float:
    """Give a moment in seconds, to reckon the age of a reading by: it goes on while the machine is suspended."""
    return time.clock_gettime(_CLOCK)


# Only Linux has it; without it, a suspended machine makes a reading look younger.
_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class _Exchange:
    """One request under way.

    ends_at: when it must be over (monotonic seconds). fresh_until: until when it may be sent (of `clock`), or None.
    sent: whether any of it may have been sent. asked_at: since when (of `clock`). answered_at: since when something came back.
    received: how many bytes. to_close: what it opened.
    """

    def __init__(self, ends_at: float, fresh_until: float | None) -> None:
        self.ends_at = ends_at
        self.fresh_until = fresh_until
        self.sent = False
        self.asked_at = 0.0
        self.answered_at = 0.0
        self.received = 0
        self.to_close: list[socket.socket | io.RawIOBase] = []

    def hang_up(self) -> None:
        for each in self.to_close:
            each.close()

    def seconds_left(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise socket.timeout
        return left

    def seconds_to_send(self) -> float:
        """Give how long sending may take from now on, and take note that it begins.

        What is sent too slowly rests on something too old as well, but it was sent.
        """
        left, now = self.seconds_left(), clock()
        if not self.sent:
            self.asked_at = self.answered_at = now
        if self.fresh_until is not None:
            if now >= self.fresh_until:
                raise socket.timeout if self.sent else _TooOld
            left = min(left, self.fresh_until - now)
        self.sent = True
        return left

    def has_received(self, count: int) -> None:
        if self.answered_at == self.asked_at:
            self.answered_at = clock()
        self.received += count
        if self.received > REPLY_LIMIT:
            raise _ReplyTooLarge

    def no_reply(self, failure: BaseException) -> NoReply:
        reasons = list(_reasons(failure))
        if any(isinstance(reason, _ReplyTooLarge) for reason in reasons):
            return NoReply(Cause.REPLY_TOO_LARGE, self.sent, f"the reply is larger than {REPLY_LIMIT} bytes")
        if any(isinstance(reason, _TooOld) for reason in reasons):
            return NoReply(Cause.READING_TOO_OLD, False, "what it rests on got too old")
        if any(isinstance(reason, _FromACache) for reason in reasons):
            return NoReply(
                Cause.FROM_A_CACHE,
                self.sent,
                "the one that came is older than the request",
            )
        timed_out = time.monotonic() >= self.ends_at or any(
            isinstance(reason, socket.timeout) for reason in reasons
        )
        detail = next(
            filter(None, map(_wording, reversed(reasons))), f"the connection broke: {_kind(reasons)}"
        )
        if timed_out:
            detail = "the time for the request is over"
        if self.sent:
            return NoReply(Cause.TIMED_OUT if timed_out else Cause.REPLY_LOST, True, detail)
        refused_by_tls = any(
            isinstance(reason, ssl.SSLError) or _names_another_host(reason) for reason in reasons
        )
        return NoReply(Cause.TLS_REFUSED if refused_by_tls else Cause.NOT_REACHED, False, detail)


class _ReplyTooLarge(Exception):
    """The reply goes on beyond `REPLY_LIMIT`."""


class _OddReply(HTTPException):
    """This is no reply; the text says why, in words for a message."""


class _FromACache(Exception):
    """The reply is older than the request for it."""


class _TooOld(Exception):
    """What the request rests on is too old to send it."""


# urllib3 builds a connection deep inside its pools and cannot be handed an object for it. Each thread has one
# request under way at a time, so that the connection finds its request here.
_under_way = threading.local()


def _reasons(failure: BaseException) -> Iterator[BaseException]:
    """Give an exception and all that were being handled when it was raised: `requests` and urllib3 wrap each other."""
    reason: BaseException | None = failure
    while reason is not None:
        yield reason
        reason = reason.__context__


def _wording(reason: BaseException) -> str | None:
    """Give the words of the operating system, the TLS library or our own; None for exceptions of other origin."""
    if isinstance(reason, _OddReply) or _names_another_host(reason):
        return str(reason)
    if not isinstance(reason, OSError) or type(reason).__module__ not in ("builtins", "socket", "ssl"):
        return None
    return getattr(reason, "verify_message", None) or reason.strerror or str(reason) or None


def _names_another_host(reason: BaseException) -> bool:
    """Tell whether a certificate is that of another host; each version of urllib3 has a class of its own to say so."""
    return type(reason).__name__ == "CertificateError"


def _kind(reasons: list[BaseException]) -> str:
    """Name the exception that everything began with; nobody knows what its text holds."""
    return type(reasons[-1]).__name__


def _tls_context(verify: bool | str) -> ssl.SSLContext:
    """Give what all connections know of certificates. Raises OSError where the bundle cannot be used."""
    context = create_urllib3_context()
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    # It checks the name by the context or, before urllib3 2, by itself: that context then refuses to connect to an address.
    context.verify_mode = ssl.CERT_REQUIRED
    path = DEFAULT_CA_BUNDLE_PATH if verify is True else str(verify)
    if os.path.isdir(path):  # noqa: PTH112 (of what the user named)
        context.load_verify_locations(capath=path)
    else:
        context.load_verify_locations(cafile=path)
    return context


def _usable_proxy(url: str) -> str | None:
    """Give the address of the proxy that the environment names for a URL, if it names one. Raises UnusableProxy."""
    given = select_proxy(url, get_environ_proxies(url))
    if given is None or not given.strip():
        return None
    try:
        address = given.strip() if "://" in given else f"http://{given.strip()}"
        parts = urlsplit(address)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        # What is not a port raises ValueError as soon as somebody asks for it.
        usable = is_host(host) and parts.port != 0 and not re.search(r"\s", address)
        # They go into a header, in which `requests` writes them so.
        unquote(parts.username or "").encode("latin-1")
        unquote(parts.password or "").encode("latin-1")
    # The first for what each of the libraries says against an address, the second for what `requests` makes of one without host.
    except (ValueError, TypeError):
        usable = False
    if not usable:
        names = [
            name for name, value in os.environ.items() if value == given and name.lower().endswith("_proxy")
        ]
        raise UnusableProxy(
            f"The environment variable {' or '.join(names)} holds no address of a proxy that can be used. An example of one: "
            "http://proxy.example.com:3128"
        )
    return address


def _secrets_of(proxy: str) -> Iterator[str]:
    """Give what the address of a proxy holds that nobody else may read."""
    user, _at, _host = proxy.rpartition("@")
    credentials = unquote(user.rpartition("//")[2])
    # A name alone opens nothing.
    if ":" in credentials:
        yield credentials
        # Hidden wherever it stands, a short one would take other words with it.
        password = credentials.partition(":")[2]
        if len(password) >= _SHORTEST_HIDDEN:
            yield password


def _looked_up(host: str, port: int, seconds: float) -> list[str]:
    """Give the addresses of a host. Raises OSError, even where looking it up takes longer than so many `seconds`.

    The operating system has no way to give up looking up a name, so that a thread of its own waits for it.
    """
    answer: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as failure:  # noqa: BLE001 (raised again below)
            answer.put(failure)

    try:
        # threading.Thread waits without end for a thread that has too little memory to begin.
        _thread.start_new_thread(look_up, ())
    except Exception:  # noqa: BLE001 (no more threads are to be had)
        look_up()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        raise socket.timeout from None
    if isinstance(found, Exception):
        raise found
    return [str(address[4][0]) for address in found]


def _read_all(response: requests.Response) -> bytes:
    body = bytearray()
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        body += chunk
    declared = response.headers.get("Content-Length", "")
    # urllib3 1.26 takes a body that ends early for a whole one. A 204 has no body, whatever its headers say.
    if declared.isdigit() and len(body) < int(declared) and response.status_code != 204:
        raise _OddReply("the reply ended early")
    return bytes(body)


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until the request under way must be over, and no more than a reply may have.

    A socket's own timeout starts anew with every byte that drips in.
    """

    def __init__(self, connected: socket.socket, raw: io.RawIOBase) -> None:
        super().__init__()
        self._connected = connected
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        exchange: _Exchange = _under_way.exchange
        self._connected.settimeout(exchange.seconds_left())
        count = self._raw.readinto(buffer)
        exchange.has_received(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Lines(io.BufferedReader):
    """Knows the last line that was read of it."""

    last = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = super().readline(size)
        # Python takes it for the end of a line, and two of them for the end of the headers.
        if b"\r" in self.last.removesuffix(b"\n").removesuffix(b"\r"):
            raise _OddReply("it has a line that does not end as lines do")
        return self.last


class _BoundedReply(HTTPResponse):
    """A reply whose status line, headers and body all come through a `_BoundedReader`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        reader = _BoundedReader(sock, self.fp.detach())
        # urllib3 loses it where it refuses a reply.
        _under_way.exchange.to_close.append(reader)
        self.fp: _Lines = _Lines(reader)

    def begin(self) -> None:
        """Read up to the body, and see to it that nobody else gets to use the connection."""
        super().begin()
        self.will_close = True
        self._check_headers(self.msg)

    def flush(self) -> None:
        """Do nothing: nothing is written to a reply. Python would complain that what it is read from was closed before."""

    def _check_headers(self, headers: Message) -> None:
        if any(isinstance(defect, _UNREADABLE) for defect in headers.defects):
            raise _OddReply("its headers cannot be read")
        if self.fp.last not in (b"\r\n", b"\n"):
            raise _OddReply("its headers end early")

    def _read_status(self) -> tuple[str, int, str]:
        """Read the final status line (RFC 9110 section 15.2).

        http.client itself passes over a 100 and nothing else, and takes +204 and 2_04 for a number.
        """
        while True:
            line = self.fp.readline(_LONGEST_LINE)
            if not line:
                raise RemoteDisconnected("no reply")
            shape = _STATUS_LINE.fullmatch(line)
            if shape is None:
                raise _OddReply("it does not begin with a status line")
            version, status, reason = (part.decode("latin-1") for part in shape.groups(b""))
            if status == "101":
                raise _OddReply("the other side would speak another protocol")
            if not status.startswith("1"):
                return version, int(status), reason.strip()
            self._check_headers(parse_headers(self.fp))


if REQUESTS_IMPORT_ERROR is None:

    class _BoundedConnection(HTTPConnection):
        """A connection that keeps within the time of the request under way and marks it once it is being sent."""

        response_class = _BoundedReply

        def _new_conn(self) -> socket.socket:
            exchange: _Exchange = _under_way.exchange
            name = self._dns_host
            addresses = _looked_up(name, self.port, exchange.seconds_left())
            try:
                while True:
                    self._dns_host = addresses.pop(0)
                    # The timeout is per address, and a name may have several that do not answer.
                    self.timeout = exchange.seconds_left() / (len(addresses) + 1)
                    try:
                        connected = super()._new_conn()
                    except HTTPError:
                        if not addresses:
                            raise
                    else:
                        exchange.to_close.append(connected)
                        connected.settimeout(exchange.seconds_left())
                        return connected
            finally:
                self._dns_host = name

        def connect(self) -> None:
            exchange: _Exchange = _under_way.exchange
            try:
                super().connect()
            finally:
                # What was sent up to here went to a proxy, to have it open the way.
                exchange.sent = False
                exchange.to_close += [self.sock] if self.sock else []

        def getresponse(self, **_options: Any) -> Any:
            """Take the option that urllib3 before 2 tries first; its TypeError would stand for all that goes wrong then."""
            return super().getresponse()

        def send(self, data: Any) -> None:
            exchange: _Exchange = _under_way.exchange
            if self.sock is None:
                self.connect()
            self.sock.settimeout(exchange.seconds_to_send())
            super().send(data)

    class _BoundedTLSConnection(_BoundedConnection, HTTPSConnection):
        """The same over TLS."""

    class _BoundedPool(HTTPConnectionPool):
        ConnectionCls = _BoundedConnection

    class _BoundedTLSPool(HTTPSConnectionPool):
        ConnectionCls = _BoundedTLSConnection

    _POOLS = {"http": _BoundedPool, "https": _BoundedTLSPool}

    class _BoundedAdapter(HTTPAdapter):
        """An adapter of `requests` whose connections, also those through a proxy, are bounded and know one context."""

        def __init__(self, context: ssl.SSLContext | None) -> None:
            self._context = context
            super().__init__(pool_connections=1, pool_maxsize=CONNECTIONS)

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
            self.poolmanager.pool_classes_by_scheme = _POOLS

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            if proxy.lower().startswith("socks"):
                raise OSError("a SOCKS proxy is set in the environment, and only HTTP proxies can be used")
            manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
            manager.pool_classes_by_scheme = _POOLS
            return manager

        def cert_verify(self, conn: Any, _url: str, verify: Any, _cert: Any) -> None:
            """Leave the CAs to the context; every connection would read them anew."""
            conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"
