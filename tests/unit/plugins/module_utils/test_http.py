# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How HTTP is spoken where the result of the module does not tell: connections, proxies, and the time a request takes."""

from __future__ import annotations

import _thread
import base64
import contextlib
import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.community.digicert.plugins.module_utils import _diagnosis, _errors, _http
from ansible_collections.community.digicert.plugins.module_utils._http import (
    Cause,
    HttpClient,
    NoReply,
    UnusableProxy,
    is_host,
)
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Fault, Simulator

ORDER = "/order/certificate/1001"


def _client(simulator: Simulator, **options) -> HttpClient:
    return HttpClient(
        simulator.api_url,
        {"X-DC-DEVKEY": FULL_KEY},
        verify=options.get("verify") or simulator.ca_path,
        timeout=options.get("timeout", 10.0),
    )


def _failure(client: HttpClient, method: str = "GET") -> NoReply:
    with pytest.raises(NoReply) as raised:
        client.request(method, ORDER)
    return raised.value


@contextlib.contextmanager
def _twice_answering_server(late: bool) -> Iterator[str]:
    """A server that takes any number of requests on a connection and gives two replies to each: the number in its path."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while request := connection.recv(65536):
                number = request.split(b" ", 2)[1].strip(b"/")
                reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(number), number)
                connection.sendall(reply if late else 2 * reply)
                if late:
                    time.sleep(0.02)
                    connection.sendall(reply)

    def accept(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=[listening.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=[listening], daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextlib.contextmanager
def _server(reply: bytes, pause: float = 0.0, stays: bool = False) -> Iterator[str]:
    """A server that answers one connection with `reply`, a byte every `pause` seconds or all of it at once.

    stays: whether it leaves the connection open then.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with contextlib.suppress(OSError):
                connection, _address = listening.accept()
                with connection:
                    for piece in (bytes([byte]) for byte in reply) if pause else [reply]:
                        connection.sendall(piece)
                        time.sleep(pause)
                    connection.recv(65536)
                    if stays:
                        connection.recv(65536)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def proxy_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of a running proxy, and the file in which it tells what it was asked for."""
    folder = tmp_path_factory.mktemp("proxy")
    port, log = folder / "port", folder / "log"
    options = ["--port", "0", "--port-file", str(port), "--log-file", str(log), "--num-workers", "1"]
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--num-acceptors", "1", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        _wait_for(lambda: port.exists() and port.read_text().strip())
        yield f"http://127.0.0.1:{port.read_text().strip()}", log
        running.terminate()


def test_every_cause_has_an_error_code():
    assert {cause.value for cause in Cause} <= {code.value for code in _errors.ErrorCode}


def test_every_error_code_has_an_advice():
    assert set(_diagnosis.ADVICE) == set(_errors.ErrorCode)


def test_each_request_has_a_connection_of_its_own(simulator):
    client = _client(simulator)
    for _time in range(5):
        assert client.request("GET", ORDER).status == 200
    assert len({request.client_port for request in simulator.ledger.requests}) == 5
    assert {request.header("Connection") for request in simulator.ledger.requests} == {"close"}


def test_the_certificates_to_trust_are_read_once(simulator, monkeypatch):
    read = []
    load = ssl.SSLContext.load_verify_locations
    monkeypatch.setattr(
        ssl.SSLContext,
        "load_verify_locations",
        lambda *args, **options: (read.append(options), load(*args, **options)),
    )
    client = _client(simulator)
    for _time in range(3):
        assert client.request("GET", ORDER).status == 200
    assert read == [{"cafile": simulator.ca_path}]


def test_certificates_to_trust_may_lie_in_a_folder(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(
        ssl.SSLContext, "load_verify_locations", lambda _self, *args, **options: read.append((args, options))
    )
    _http._tls_context(str(tmp_path))
    assert read == [((), {"capath": str(tmp_path)})]


@pytest.mark.parametrize(
    "drip", [{"drip": 0.1}, {"drip": 0.1, "drip_headers": True}], ids=["body", "headers"]
)
def test_a_dripping_reply_ends_with_the_timeout(simulator, drip):
    simulator.script(Fault(body="x" * 1000, **drip))
    started = time.monotonic()
    failure = _failure(_client(simulator, timeout=0.3))
    assert (failure.cause, failure.detail) == (Cause.TIMED_OUT, "the time for the request is over")
    # The whole reply would take 100 seconds.
    assert 0.24 < time.monotonic() - started < 20


def test_a_request_does_not_inherit_the_little_time_that_was_left_to_the_one_before(simulator):
    client = _client(simulator, timeout=1.5)
    simulator.script(Fault(times=2, delay=0.8))
    assert [client.request("GET", ORDER).status for _time in range(2)] == [200, 200]


def test_a_server_that_drips_its_part_of_the_tls_handshake_ends_with_the_timeout():
    with _server(b"\x16\x03\x03\x01\x00" + b"\x02" * 256, pause=0.1) as url:
        client = HttpClient(url.replace("http://", "https://"), {}, verify=False, timeout=0.3)
        started = time.monotonic()
        failure = _failure(client, "PUT")
    assert (failure.cause, failure.sent) == (Cause.NOT_REACHED, False)
    # The whole handshake would take 26 seconds.
    assert time.monotonic() - started < 15


def test_several_addresses_that_do_not_answer_share_the_timeout(monkeypatch):
    # 192.0.2.0/24 is for documentation (RFC 5737); nothing is sent, because connecting is replaced.
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{last}", 443)) for last in range(1, 5)
    ]

    def look_up(host, *args, **options):
        return [address for address in addresses if address[4][0] == host] or addresses

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    waited = []

    # What is waited for a connection passes on this clock and on no other.
    monkeypatch.setattr(_http, "time", SimpleNamespace(monotonic=lambda: 1000.0 + sum(waited)))

    def never(self: socket.socket, address: tuple[str, int]) -> None:
        waited.append(self.gettimeout())
        raise socket.timeout("timed out")

    monkeypatch.setattr(socket.socket, "connect", never)
    failure = _failure(HttpClient("https://certcentral.invalid", {}, verify=True, timeout=60.0), "PUT")
    assert (failure.cause, failure.sent) == (Cause.NOT_REACHED, False)
    assert len(waited) == 4
    assert waited == pytest.approx([15.0] * 4)


def test_a_connection_that_opens_when_the_time_is_over_is_closed(monkeypatch, simulator):
    opened = []
    connect = socket.socket.connect

    def just_too_late(self: socket.socket, address: tuple[str, int]) -> None:
        connect(self, address)
        opened.append(self)
        time.sleep(0.3)

    monkeypatch.setattr(socket.socket, "connect", just_too_late)
    failure = _failure(_client(simulator, timeout=0.2), "PUT")
    assert (failure.cause, failure.sent) == (Cause.NOT_REACHED, False)
    assert [connection.fileno() for connection in opened] == [-1]


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
        b"SSH-2.0-example\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Much: y\r\n" * 1000,
    ],
    ids=["nothing", "short-body", "short-chunk", "no-chunk", "not-http", "endless-headers"],
)
def test_a_request_whose_reply_cannot_be_read_counts_as_sent(reply):
    with _server(reply) as url:
        failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "PUT")
    assert (failure.cause, failure.sent) == (Cause.REPLY_LOST, True)
    assert failure.detail.startswith("the connection broke: ") or failure.detail in {
        "the reply ended early",
        "it does not begin with a status line",
    }


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 204",
        b"HTTP/1.1 +204 No Content\r\n\r\n",
        b"HTTP/1.1 2_04 No Content\r\n\r\n",
        b"HTTP/1.1 0204 No Content\r\n\r\n",
        b"HTTP/1.1 204No Content\r\n\r\n",
        b"HTTP/1.999 204 No Content\r\n\r\n",
        b"http/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1  204 No Content\r\n\r\n",
        b"\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ],
)
def test_what_only_resembles_a_204_is_no_reply(line):
    with _server(line) as url:
        failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "PUT")
    assert (failure.cause, failure.detail) == (Cause.REPLY_LOST, "it does not begin with a status line")


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.0 204\r\n\r\n", b"HTTP/1.1 204 \n\n"]
)
def test_a_status_line_needs_no_reason(line):
    with _server(line) as url:
        assert HttpClient(url, {}, verify=True, timeout=5.0).request("PUT", ORDER).status == 204


@pytest.mark.parametrize("age", [None, "0", " 0 ", '"0"', "0, 3", "3"])
def test_a_reply_may_be_as_old_as_its_request(monkeypatch, age):
    # When the request is sent, when a reply begins to come, and later.
    moments = iter([10_000.0, 10_003.0])
    monkeypatch.setattr(_http, "clock", lambda: next(moments, 99_999.0))
    header = "" if age is None else f"Age: {age}\r\n"
    with _server(f"HTTP/1.1 200 OK\r\n{header}Content-Length: 0\r\n\r\n".encode()) as url:
        reply = HttpClient(url, {}, verify=True, timeout=5.0).request("GET", ORDER)
    assert reply.asked_at == 10_000.0


@pytest.mark.parametrize("age", ["4", "3600", "0, 4", "9" * 400, "soon", ""])
def test_a_reply_that_is_older_than_its_request_does_not_count(monkeypatch, age):
    # When the request is sent, when a reply begins to come, and later.
    moments = iter([10_000.0, 10_003.0])
    monkeypatch.setattr(_http, "clock", lambda: next(moments, 99_999.0))
    with _server(f"HTTP/1.1 200 OK\r\nAge: {age}\r\nContent-Length: 0\r\n\r\n".encode()) as url:
        failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "GET")
    assert (failure.cause, failure.sent, failure.detail) == (
        Cause.FROM_A_CACHE,
        True,
        "the one that came is older than the request",
    )


def test_an_error_may_come_out_of_a_cache():
    with _server(b"HTTP/1.1 429 Too Many Requests\r\nAge: 60\r\nContent-Length: 0\r\n\r\n") as url:
        assert HttpClient(url, {}, verify=True, timeout=5.0).request("GET", ORDER).status == 429


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 204 No Content\r\n", "its headers end early"),
        (b"HTTP/1.1 204 No Content\r\nServer: x\r\n", "its headers end early"),
        (b"HTTP/1.1 204 No Content\r\nServer: x", "its headers end early"),
        (b"HTTP/1.1 204 No Content\r\n Age: 3600\r\n\r\n", "its headers cannot be read"),
        (
            b"HTTP/1.1 204 No Content\r\nA: b\r\rC: d\r\nAge: 3600\r\n\r\n",
            "it has a line that does not end as lines do",
        ),
        (b"HTTP/1.1 100 C\r\nHTTP/1.1 204 X\r\n\r\nHTTP/1.1 400 B\r\n\r\n", "its headers cannot be read"),
        (b"HTTP/1.1 100 C\r\nServer: x\r\n", "its headers end early"),
    ],
)
def test_headers_that_are_not_whole_are_no_reply(reply, reason):
    with _server(reply) as url:
        failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "PUT")
    assert (failure.cause, failure.sent, failure.detail) == (Cause.REPLY_LOST, True, reason)


def test_no_cache_is_to_answer(simulator):
    _client(simulator).request("GET", ORDER)
    assert simulator.ledger.requests[0].header("Cache-Control") == "no-cache"


def test_a_204_has_no_body_whatever_its_headers_say():
    with _server(b"HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n") as url:
        reply = HttpClient(url, {}, verify=True, timeout=5.0).request("PUT", ORDER)
    assert (reply.status, reply.body) == (204, b"")


def test_a_reply_that_is_compressed_all_the_same_is_not_unpacked():
    packed = gzip.compress(b"x" * 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with _server(head + packed) as url:
        assert HttpClient(url, {}, verify=True, timeout=5.0).request("GET", ORDER).body == packed


def test_a_reply_that_never_ends_is_read_up_to_the_limit(monkeypatch, simulator):
    monkeypatch.setattr(_http, "REPLY_LIMIT", 1000)
    # Status line and headers count as well; they take some 200 bytes here.
    simulator.script(Fault(status=200, body="x" * 1000), Fault(nth=2, status=200, body="x" * 700))
    client = _client(simulator)
    failure = _failure(client)
    assert (failure.cause, failure.detail) == (Cause.REPLY_TOO_LARGE, "the reply is larger than 1000 bytes")
    assert len(client.request("GET", ORDER).body) == 700


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class TestInterimReplies:
    """They come before the reply, as many as somebody likes (RFC 9110 section 15.2)."""

    @pytest.mark.parametrize("pause", [0.0, 0.001], ids=["at-once", "dripping"])
    @pytest.mark.parametrize("status", [100, 102, 103, 199])
    def test_are_passed_over(self, status, pause):
        interim = b"HTTP/1.1 %d Go on\r\nLink: </x>\r\n\r\n" % status
        with _server(interim * 3 + OK, pause) as url:
            reply = HttpClient(url, {}, verify=True, timeout=10.0).request("GET", ORDER)
        assert (reply.status, reply.body) == (200, b"ok")
        assert "link" not in reply.headers

    def test_that_switch_to_another_protocol_are_an_error(self):
        with _server(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + OK) as url:
            failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "PUT")
        assert (failure.cause, failure.sent) == (Cause.REPLY_LOST, True)
        assert failure.detail == "the other side would speak another protocol"

    def test_without_an_end_end_with_the_limit(self, monkeypatch):
        monkeypatch.setattr(_http, "REPLY_LIMIT", 10_000)
        with _server(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000) as url:
            failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "PUT")
        assert failure.cause is Cause.REPLY_TOO_LARGE

    def test_and_nothing_else_are_no_reply(self):
        with _server(b"HTTP/1.1 102 Processing\r\n\r\n", stays=True) as url:
            failure = _failure(HttpClient(url, {}, verify=True, timeout=0.3), "PUT")
        assert (failure.cause, failure.sent) == (Cause.TIMED_OUT, True)


class TestOddReplies:
    """Whatever is raised because of them, a request ends with a reply or with the reason why there is none."""

    @pytest.mark.parametrize(
        "framing",
        [
            b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFFF\r\nhello\r\n",
            b"Content-Length: 5, 6\r\n\r\nhello",
            b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello",
            b"Content-Length: 99\r\n\r\nhello",
            b"\xff\xfe: \x00\r\nTransfer-Encoding: \xe2\x82\xac\r\nContent-Length: 999\r\n\r\nhello",
        ],
        ids=["minus-5", "minus-1", "huge-chunk", "two-lengths", "two-length-headers", "too-long", "no-ascii"],
    )
    def test_end_with_the_reason(self, framing):
        with _server(b"HTTP/1.1 200 OK\r\n" + framing) as url:
            failure = _failure(HttpClient(url, {}, verify=True, timeout=5.0), "PUT")
        assert (failure.cause, failure.sent) == (Cause.REPLY_LOST, True)
        assert failure.detail

    def test_of_a_chunk_without_an_end_are_read_up_to_the_limit(self):
        body = b"x" * (2 * _http.REPLY_LIMIT)
        with _server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + body) as url:
            tracemalloc.start()
            failure = _failure(HttpClient(url, {}, verify=True, timeout=20.0))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        # Older versions of Python give up a line that does not end.
        assert failure.cause in (Cause.REPLY_TOO_LARGE, Cause.REPLY_LOST)
        assert peak < 4 * _http.REPLY_LIMIT

    @pytest.mark.parametrize(
        "kind", [ValueError, RuntimeError, MemoryError, RecursionError, KeyError, AssertionError]
    )
    @pytest.mark.parametrize("sent", [True, False], ids=["sent", "not-sent"])
    def test_of_any_exception_tell_whether_anything_was_sent_and_no_more_than_its_type(
        self, simulator, monkeypatch, kind, sent
    ):
        def broken(*args, **options):
            raise kind(FULL_KEY)

        target = (_http._BoundedReply, "begin") if sent else (_http._BoundedConnection, "_new_conn")
        monkeypatch.setattr(*target, broken)
        failure = _failure(_client(simulator), "PUT")
        assert failure.sent is sent
        assert failure.cause is (Cause.REPLY_LOST if sent else Cause.NOT_REACHED)
        assert failure.detail == f"the connection broke: {kind.__name__}"
        if sent:
            # One that comes late would be in the ledger of another test.
            _wait_for(lambda: simulator.ledger.requests)

    @pytest.mark.parametrize("late", [False, True], ids=["at-once", "late"])
    def test_that_are_one_too_many_are_nobody_else_s(self, late):
        """A server that answers each request twice, the second time when the next one may be on its way."""
        with _twice_answering_server(late) as url:
            client = HttpClient(url, {}, verify=True, timeout=5.0)
            for number in range(10):
                assert client.request("GET", f"/{number}").body == b"%d" % number
                time.sleep(0.01)


def test_a_reply_that_does_not_say_what_it_is_has_an_unknown_type():
    error = _diagnosis.diagnosed("GET", "/x", _http.Reply(418, {}, b"abc", 0.0), str)
    assert str(error).startswith("GET /x was answered 418 ")
    assert "(3 bytes of unknown type)" in str(error)


@pytest.mark.parametrize("answer", [_http.Reply(502, {}, b"", 0.0), NoReply(Cause.TIMED_OUT, True, "late")])
def test_a_request_that_only_reads_has_no_effect_whatever_becomes_of_it(answer):
    in_doubt = {method: _diagnosis.diagnosed(method, "/x", answer, str).in_doubt for method in ("GET", "PUT")}
    assert in_doubt == {"GET": False, "PUT": True}


def test_a_message_shows_no_query():
    error = _diagnosis.diagnosed("GET", "/order?filters=x&sort=y", _http.Reply(418, {}, b"", 0.0), str)
    assert (error.path, "GET /order was answered 418" in str(error)) == ("/order", True)


def test_a_request_asks_for_json_that_is_not_compressed_and_for_no_further_reply(simulator):
    _client(simulator).request("GET", ORDER)
    (seen,) = simulator.ledger.requests
    asked = {name: seen.header(name) for name in ("Accept", "Accept-Encoding", "Connection")}
    assert asked == {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}


def test_names_of_headers_are_spelled_as_documents_spell_them(simulator):
    _client(simulator).request("PUT", f"{ORDER}/status", {"status": "CANCELED"})
    (seen,) = simulator.ledger.requests
    fixed = {
        "Accept",
        "Accept-Encoding",
        "Cache-Control",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Host",
    }
    # urllib3 names itself since 1.26.
    assert {name for name, _value in seen.headers} - {"User-Agent"} == {*fixed, "X-DC-DEVKEY"}


class TestTheNameOfTheService:
    def test_is_an_address_once(self):
        assert _http._looked_up("127.0.0.1", 443, 20.0) == ["127.0.0.1"]

    def test_is_what_is_looked_up(self, monkeypatch):
        asked = []
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda *args, **options: asked.append((args, options)) or []
        )
        assert _http._looked_up("x.example.com", 443, 20.0) == []
        assert asked == [(("x.example.com", 443), {"type": socket.SOCK_STREAM})]

    def test_is_looked_up_within_the_timeout(self, monkeypatch):
        asked = threading.Event()

        def slow(*args, **options):
            asked.wait(30)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        started = time.monotonic()
        failure = _failure(HttpClient("https://certcentral.invalid", {}, verify=True, timeout=0.2), "PUT")
        asked.set()
        assert time.monotonic() - started < 10
        assert (failure.cause, failure.sent, failure.detail) == (
            Cause.NOT_REACHED,
            False,
            "the time for the request is over",
        )

    def test_is_not_waited_for_without_end_where_the_thread_does_not_begin(self, monkeypatch):
        monkeypatch.setattr(_thread, "start_new_thread", lambda _function, _arguments: 1)
        with pytest.raises(socket.timeout):
            _http._looked_up("127.0.0.1", 443, 0.1)

    def test_that_is_not_found_is_the_error_of_the_operating_system(self, monkeypatch):
        unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        def look_up(*_arguments, **_options):
            raise unknown

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with pytest.raises(socket.gaierror) as raised:
            _http._looked_up("nowhere.example.com", 443, 5.0)
        assert raised.value is unknown

    def test_is_looked_up_without_a_thread_where_there_is_none(self, simulator, monkeypatch):
        def no_more(_function, _arguments):
            raise RuntimeError("can't start new thread")

        client = _client(simulator)
        with monkeypatch.context() as patched:
            patched.setattr(_thread, "start_new_thread", no_more)
            assert client.request("GET", ORDER).status == 200

    def test_is_sent_along_although_the_connection_goes_to_an_address(self, simulator):
        client = HttpClient(
            simulator.api_url.replace("127.0.0.1", "localhost"),
            {"X-DC-DEVKEY": FULL_KEY},
            verify=simulator.ca_path,
            timeout=10.0,
        )
        assert client.request("GET", ORDER).status == 200
        assert simulator.ledger.requests[0].header("Host") == f"localhost:{simulator.port}"


class TestARequestThatRestsOnSomething:
    def test_is_sent_as_long_as_that_is_fresh(self, simulator):
        assert _client(simulator).request("GET", ORDER, fresh_until=_http.clock() + 30).status == 200

    def test_is_not_sent_once_that_is_too_old(self, simulator):
        client = _client(simulator)
        with pytest.raises(NoReply) as raised:
            client.request("PUT", ORDER, fresh_until=_http.clock() - 0.1)
        assert (raised.value.cause, raised.value.sent) == (Cause.READING_TOO_OLD, False)
        assert simulator.ledger.requests == []

    def test_is_not_sent_to_its_end_once_that_is_too_old(self, simulator, monkeypatch):
        moments = iter([10.0, 20.0])
        monkeypatch.setattr(_http, "clock", lambda: next(moments))
        with pytest.raises(NoReply) as raised:
            _client(simulator).request("PUT", f"{ORDER}/status", {"status": "CANCELED"}, fresh_until=15.0)
        assert (raised.value.cause, raised.value.sent) == (Cause.TIMED_OUT, True)
        assert simulator.ledger.changes == []

    def test_is_not_sent_for_longer_than_that_is_fresh(self):
        # More than the system keeps for a receiver that does not read.
        note = "n" * 20_000_000
        with socket.create_server(("127.0.0.1", 0)) as listening:
            client = HttpClient(
                f"http://127.0.0.1:{listening.getsockname()[1]}", {}, verify=True, timeout=30.0
            )
            began = time.monotonic()
            with pytest.raises(NoReply) as raised:
                client.request("PUT", ORDER, {"note": note}, fresh_until=_http.clock() + 0.5)
        assert time.monotonic() - began < 10.0
        assert (raised.value.cause, raised.value.sent) == (Cause.TIMED_OUT, True)

    def test_is_not_sent_at_all_where_its_own_time_is_over(self, simulator, monkeypatch):
        connect = _http._BoundedConnection.connect

        def slow(connection):
            connect(connection)
            _http._under_way.exchange.ends_at = 0.0

        monkeypatch.setattr(_http._BoundedConnection, "connect", slow)
        with pytest.raises(NoReply) as raised:
            _client(simulator).request("PUT", ORDER, fresh_until=_http.clock() + 30)
        assert (raised.value.cause, raised.value.sent) == (Cause.NOT_REACHED, False)
        assert simulator.ledger.requests == []


def test_a_reply_whose_connection_was_hung_up_can_be_flushed_as_python_does_at_its_end():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        _http._under_way.exchange = exchange = _http._Exchange(time.monotonic() + 10.0, None)
        reply = _http._BoundedReply(ours)
        exchange.hang_up()
        reply.flush()


@pytest.mark.parametrize("body", [b"[%s{}]", b"[%s0]"], ids=["objects", "numbers"])
def test_a_reply_of_more_values_than_a_page_of_orders_can_have_is_none(body):
    few, many = body % (body[3:-1] + b","), body % ((body[3:-1] + b",") * 500_001)
    assert len(_http.json_body(_http.Reply(200, {}, few, 0.0))) == 2
    tracemalloc.start()
    with pytest.raises(ValueError, match="too many values"):
        _http.json_body(_http.Reply(200, {}, many, 0.0))
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_a_number_with_a_fraction_or_an_exponent_is_one():
    assert _http.json_body(_http.Reply(200, {}, b"[1.5, -2e3]", 0.0)) == [1.5, -2000.0]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("www.digicert.com", True),
        ("www.digicert.com.", True),
        ("a_b-c", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("[::12345]", False),
        (f"{'a' * 63}.com", True),
        (".".join(["a" * 63] * 3 + ["b" * 61]), True),
        (".".join(["a" * 63] * 4), False),
        (f"{'a' * 64}.com", False),
        ("www..com", False),
        (".", False),
        ("", False),
        ("..", False),
        ("[.]", False),
        ("[::1", False),
        ("[1.2.3.4]", False),
        ("www.digicert.com:443", False),
        ("sch\u00f6n.example.com", False),
        ("a b", False),
    ],
)
def test_a_host_is_a_name_or_an_address(text, is_one):
    assert is_host(text) is is_one


def test_the_clock_goes_on_while_the_machine_is_suspended():
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert abs(_http.clock() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 5


class TestAProxyFromTheEnvironment:
    def test_is_used_for_https_and_sees_no_more_than_connect(self, simulator, monkeypatch, proxy_log):
        url, log = proxy_log
        monkeypatch.setenv("HTTPS_PROXY", url)
        assert _client(simulator).request("GET", ORDER).status == 200
        # It tells what it was asked for once the connection is closed.
        _wait_for(lambda: "access_log" in log.read_text())
        asked = log.read_text()
        assert f"CONNECT 127.0.0.1:{simulator.port} " in asked
        assert "/order/certificate" not in asked
        assert FULL_KEY not in asked

    def test_is_not_used_for_hosts_that_no_proxy_names(self, simulator, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert _client(simulator).request("GET", ORDER).status == 200

    @pytest.mark.parametrize("address", ["http://127.0.0.1:9", ".."])
    def test_is_not_used_for_plain_http_because_it_would_see_the_key(self, monkeypatch, address):
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, address)
        with Simulator(plain_http=True) as plain:
            assert _client(plain, verify=True).request("GET", ORDER).status == 200

    def test_that_is_not_there_is_a_connection_that_never_opened(self, simulator, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        failure = _failure(_client(simulator), "PUT")
        assert (failure.cause, failure.sent, failure.detail) == (
            Cause.NOT_REACHED,
            False,
            "Connection refused",
        )

    def test_that_refuses_to_connect_has_sent_nothing_on(self, simulator, monkeypatch):
        with _server(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as url:
            monkeypatch.setenv("HTTPS_PROXY", url)
            failure = _failure(_client(simulator), "PUT")
        assert (failure.cause, failure.sent) == (Cause.NOT_REACHED, False)
        assert failure.detail == "Tunnel connection failed: 407 Proxy Authentication Required"

    def test_that_drips_its_answer_ends_with_the_timeout(self, simulator, monkeypatch):
        with _server(b"HTTP/1.1 200 OK\r\n" + b"X" * 100, pause=0.1) as url:
            monkeypatch.setenv("HTTPS_PROXY", url)
            failure = _failure(_client(simulator, timeout=0.3), "PUT")
        assert (failure.cause, failure.sent) == (Cause.NOT_REACHED, False)

    def test_keeps_its_password_to_itself(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://somebody:pass%2Fword@127.0.0.1:9")
        client = HttpClient("https://certcentral.invalid", {}, verify=True, timeout=5.0)
        assert client.secrets == ["somebody:pass/word", "pass/word"]
        monkeypatch.setenv("HTTPS_PROXY", "http://somebody:x@127.0.0.1:9")
        client = HttpClient("https://certcentral.invalid", {}, verify=True, timeout=5.0)
        assert client.secrets == ["somebody:x"]
        monkeypatch.setenv("HTTPS_PROXY", "http://somebody:of:six@127.0.0.1:9")
        client = HttpClient("https://certcentral.invalid", {}, verify=True, timeout=5.0)
        assert client.secrets == ["somebody:of:six", "of:six"]

    def test_may_have_an_ipv6_address(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://[::1]:9")
        assert HttpClient("https://certcentral.invalid", {}, verify=True, timeout=5.0).secrets == []

    def test_has_no_secret_in_a_name_alone(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://somebody@127.0.0.1:9")
        assert HttpClient("https://certcentral.invalid", {}, verify=True, timeout=5.0).secrets == []

    @pytest.mark.parametrize("form", ["{}", " http://{} ", "http://{}/", "http://somebody:p%40ss@{}"])
    def test_is_used_however_its_address_is_written(self, simulator, monkeypatch, proxy_log, form):
        url, log = proxy_log
        before = log.read_text().count("access_log")
        monkeypatch.setenv("HTTPS_PROXY", form.format(url.partition("//")[2]))
        assert _client(simulator).request("GET", ORDER).status == 200
        _wait_for(lambda: log.read_text().count("access_log") > before)

    @pytest.mark.parametrize(
        "address",
        [
            "..",
            "http://",
            "http://.:3128",
            f"http://{'a' * 64}.example.com",
            "http://squid:port",
            "http://squid:99999",
            "http://squid:0",
            "http://sq uid:3128",
            "http://some body:word-of-the-proxy@squid:3128",
            "http://somebody:word-of-the-proxy@",
            "http://somebody:word-of-the-proxy%E2%82%AC@squid:3128",
            "http://somebody:word-of-the-proxy\udcff@squid:3128",
            "http://[.]:3128",
            "http://[::1:3128",
        ],
    )
    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
    def test_that_has_no_address_is_refused_without_showing_it(self, monkeypatch, variable, address):
        monkeypatch.setenv(variable, address)
        with pytest.raises(UnusableProxy) as refused:
            HttpClient("https://certcentral.invalid", {}, verify=True, timeout=5.0)
        assert str(refused.value) == (
            f"The environment variable {variable} holds no address of a proxy that can be used. An example of one: "
            "http://proxy.example.com:3128"
        )

    def test_that_is_refused_is_named_by_every_variable_that_holds_it(self, monkeypatch):
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, "http://:0")
        monkeypatch.setenv("FTP_PROXY", "http://proxy.example.com")
        with pytest.raises(
            UnusableProxy, match=r"^The environment variable HTTPS_PROXY or https_proxy holds no "
        ):
            HttpClient("https://x.example.com", {}, verify=True, timeout=1.0)

    @pytest.mark.parametrize("address", ["", "  "])
    def test_that_is_blank_is_none(self, simulator, monkeypatch, address):
        monkeypatch.setenv("HTTPS_PROXY", address)
        assert _client(simulator).request("GET", ORDER).status == 200

    def test_that_echoes_its_password_does_not_get_it_shown(self, run, simulator, monkeypatch):
        credentials = base64.b64encode(b"somebody:password").decode()
        with _server(f"HTTP/1.1 407 Not with Basic {credentials}\r\n\r\n".encode()) as url:
            monkeypatch.setenv("HTTPS_PROXY", url.replace("://", "://somebody:password@"))
            outcome = run(order_id=1001)
        assert outcome.orders[1001]["error"]["code"] == "not_reached"
        assert credentials not in outcome.printed
        assert "password" not in outcome.printed.replace("withheld because it holds", "")

    def test_of_another_kind_is_refused_and_not_passed_by(self, simulator, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
        failure = _failure(_client(simulator), "PUT")
        assert (failure.cause, failure.sent, failure.detail) == (
            Cause.NOT_REACHED,
            False,
            "a SOCKS proxy is set in the environment, and only HTTP proxies can be used",
        )
        assert simulator.ledger.requests == []


def _wait_for(condition: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends_at, "waited in vain"
        time.sleep(0.05)
