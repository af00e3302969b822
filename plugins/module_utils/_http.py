# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""How HTTP is spoken: one request, one complete reply or the reason why there is none, within a bounded time.

Requests go through an adapter of `requests` and not through a session: a session follows redirects with all headers,
takes passwords from `~/.netrc` and lets environment variables overrule `verify`. None of that may happen here.
"""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from enum import Enum
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, disable_warnings
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import HTTPError, InsecureRequestWarning
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

# A list page of 1000 orders is about 3 MB; five times that is no reply of this service.
REPLY_LIMIT = 16 * 1024 * 1024
_CHUNK = 64 * 1024
# Enough to reach the rate limits over an ocean; few enough for a service that others share.
CONNECTIONS = 8


class Cause(str, Enum):
    """Why a request got no reply that can be used."""

    # Nothing was sent.
    NOT_REACHED = "not_reached"
    TLS_REFUSED = "tls_refused"
    # Something was sent.
    TIMED_OUT = "timed_out"
    REPLY_LOST = "reply_lost"
    REPLY_TOO_LARGE = "reply_too_large"


class Reply(NamedTuple):
    """A complete reply: status code, headers with lower-case names, body as it came (bytes)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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


class HttpClient:
    """Speaks to one service over kept-alive connections; may be used by up to `CONNECTIONS` threads at a time."""

    def __init__(self, url: str, headers: Mapping[str, str], verify: bool | str, timeout: float) -> None:
        """Prepare, without opening a connection.

        url: where the service is, without a trailing slash.
        headers: sent with every request.
        verify: as `requests` takes it: True, False, or the path of a CA bundle.
        timeout: seconds for one request, from connecting to the last byte of the reply.
        """
        self.url = url
        self.timeout = timeout
        self._verify = verify
        # The service may compress only what it was asked to: a small reply can then not unpack to gigabytes.
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        # Plain http is for a simulator on loopback; a proxy for it would get the key in clear.
        self._proxies = {} if urlsplit(url).scheme == "http" else get_environ_proxies(url)
        if verify is False:
            disable_warnings(InsecureRequestWarning)
        self._adapter = _BoundedAdapter(pool_connections=1, pool_maxsize=CONNECTIONS)

    def request(self, method: str, path: str, body: Any = None) -> Reply:
        """Send a request and read its whole reply, of whatever status.

        method: the HTTP method.
        path: appended to the client's `url`; begins with a slash, may carry a query.
        body: sent as JSON unless None.

        Raises NoReply.
        """
        exchange = _under_way.exchange = _Exchange(ends_at=time.monotonic() + self.timeout)
        try:
            prepared = requests.Request(method, self.url + path, headers=self._headers, json=body).prepare()
            response = self._adapter.send(
                prepared, stream=True, timeout=self.timeout, verify=self._verify, proxies=self._proxies
            )
            try:
                return Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=_read_all(response),
                )
            finally:
                response.close()
        except (requests.RequestException, HTTPError, HTTPException, OSError) as failure:
            raise exchange.no_reply(failure) from None


def json_body(reply: Reply) -> Any:
    """Give the JSON value in a reply's body; raises ValueError where it holds none."""
    return json.loads(reply.body.decode("utf-8"))


class _Exchange:
    """One request under way: when it must be over (monotonic seconds) and whether any of it was sent."""

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.sent = False

    def seconds_left(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise socket.timeout("the time for the request is over")
        return left

    def no_reply(self, failure: BaseException) -> NoReply:
        if isinstance(failure, _ReplyTooLarge):
            return NoReply(Cause.REPLY_TOO_LARGE, self.sent, f"the reply is larger than {REPLY_LIMIT} bytes")
        reasons = list(_reasons(failure))
        detail = next(filter(None, map(_wording, reversed(reasons))), "the connection broke")
        timed_out = time.monotonic() >= self.ends_at or any(
            isinstance(reason, socket.timeout) for reason in reasons
        )
        if timed_out:
            detail = "the time for the request is over"
        if self.sent:
            return NoReply(Cause.TIMED_OUT if timed_out else Cause.REPLY_LOST, True, detail)
        refused_by_tls = isinstance(failure, requests.exceptions.SSLError)
        return NoReply(Cause.TLS_REFUSED if refused_by_tls else Cause.NOT_REACHED, False, detail)


class _ReplyTooLarge(HTTPException):
    """The reply goes on beyond `REPLY_LIMIT`."""


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
    """Give the words of the operating system or the TLS library; None for exceptions of other origin."""
    if type(reason).__name__ == "CertificateError":
        return str(reason)
    if not isinstance(reason, OSError) or type(reason).__module__ not in ("builtins", "socket", "ssl"):
        return None
    return getattr(reason, "verify_message", None) or reason.strerror or str(reason) or None


def _read_all(response: requests.Response) -> bytes:
    body = bytearray()
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > REPLY_LIMIT:
            raise _ReplyTooLarge
    declared = response.headers.get("Content-Length", "")
    # urllib3 1.26 takes a body that ends early for a whole one. A 204 has no body, whatever its headers say.
    if declared.isdigit() and len(body) < int(declared) and response.status_code != 204:
        raise HTTPException("the reply ended early")
    return bytes(body)


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until the request under way must be over.

    A socket's own timeout starts anew with every byte that drips in.
    """

    def __init__(self, connected: socket.socket, raw: io.RawIOBase) -> None:
        super().__init__()
        self._connected = connected
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connected.settimeout(_under_way.exchange.seconds_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedReply(HTTPResponse):
    """A reply whose status line, headers and body all come through a `_BoundedReader`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedReader(sock, self.fp.detach()))


if REQUESTS_IMPORT_ERROR is None:

    class _BoundedConnection(HTTPConnection):
        """A connection that keeps within the time of the request under way and marks it once it is being sent."""

        response_class = _BoundedReply

        def _new_conn(self) -> socket.socket:
            exchange: _Exchange = _under_way.exchange
            # The timeout is per address, and a name may have several that do not answer.
            addresses = len(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM))
            self.timeout = exchange.seconds_left() / addresses
            connected = super()._new_conn()
            connected.settimeout(exchange.seconds_left())
            return connected

        def connect(self) -> None:
            try:
                super().connect()
            finally:
                # What was sent up to here went to a proxy, to have it open the way.
                _under_way.exchange.sent = False

        def send(self, data: Any) -> None:
            exchange: _Exchange = _under_way.exchange
            if self.sock is None:
                self.connect()
            self.sock.settimeout(exchange.seconds_left())
            exchange.sent = True
            super().send(data)

    class _BoundedTLSConnection(_BoundedConnection, HTTPSConnection):
        """The same over TLS."""

    class _BoundedPool(HTTPConnectionPool):
        ConnectionCls = _BoundedConnection

    class _BoundedTLSPool(HTTPSConnectionPool):
        ConnectionCls = _BoundedTLSConnection

    _POOLS = {"http": _BoundedPool, "https": _BoundedTLSPool}

    class _BoundedAdapter(HTTPAdapter):
        """An adapter of `requests` whose connections, also those through a proxy, are bounded."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = _POOLS

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            if proxy.lower().startswith("socks"):
                raise OSError("a SOCKS proxy is set in the environment, and only HTTP proxies can be used")
            manager = super().proxy_manager_for(proxy, **kwargs)
            manager.pool_classes_by_scheme = _POOLS
            return manager
