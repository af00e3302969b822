# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a server: a thread with its own event loop, sockets on loopback, certificates."""

from __future__ import annotations

import asyncio
import copy
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import trustme
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .account import DEFAULT_ACCOUNT, AccountSeed
from .application import API_PREFIX, Application
from .control import CONTROL_PREFIX
from .faults import Scripted
from .ledger import Ledger
from .orders import Order
from .rules import KEYS
from .service import Service
from .settings import Settings

if TYPE_CHECKING:
    from typing_extensions import Self

OWN_NAMES = ("localhost", "127.0.0.1", "::1")


class Certificate(str, Enum):
    """Which certificate the simulator presents: only GOOD passes a client that checks against `ca_path`."""

    GOOD = "good"
    EXPIRED = "expired"
    WRONG_HOST = "wrong_host"
    SELF_SIGNED = "self_signed"


class Simulator:
    """A CertCentral that runs in a background thread of this process, on loopback only.

    Use it as a context manager, or call `start` and `stop`. All methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        account: str | Path = DEFAULT_ACCOUNT,
        port: int = 0,
        plain_http: bool = False,
        certificate: Certificate = Certificate.GOOD,
        on_stop: Callable[[], None] | None = None,
        **settings: Any,
    ) -> None:
        """Take the account file, the port (0: a free one), the kind of server and the settings.

        on_stop: called when the control interface is told to stop; without it that is refused.

        The settings are the fields of Settings. Raises AccountError for an account file that cannot be used,
        ValueError for a setting that does not fit.
        """
        self.service = Service(AccountSeed.from_file(account), Settings().changed(settings))
        self.keys = dict(KEYS)
        self._port = port
        self._plain_http = plain_http
        self._certificate = certificate
        self._on_stop = on_stop
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._application: Application | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Listen; returns when requests are taken. Raises OSError when the port is in use."""
        sockets = _listen(self._port)
        self._port = sockets[0].getsockname()[1]
        context = None
        if not self._plain_http:
            # With hyphens its name could look like an API key, which messages do not show.
            self._directory = tempfile.TemporaryDirectory(prefix="certcentral_simulator_")
            context = _tls(self._certificate, self.ca_path)
        ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(sockets, context, ready)), name="simulator", daemon=True
        )
        self._thread.start()
        ready.result()

    def stop(self) -> None:
        """Stop at once, whatever requests still wait for."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    @property
    def base_url(self) -> str:
        """The host root, without a slash at the end."""
        return f"{'http' if self._plain_http else 'https'}://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """The base URL of the API, ending with /services/v2."""
        return self.base_url + API_PREFIX

    @property
    def control_url(self) -> str:
        """The base URL of the control interface."""
        return self.base_url + CONTROL_PREFIX

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    @property
    def ca_path(self) -> str:
        """The file with the certificate of the throwaway CA (PEM). Raises ValueError with plain HTTP."""
        if self._plain_http:
            raise ValueError("there is no CA with plain HTTP")
        if self._directory is None:
            raise ValueError("there is no CA before the start")
        return str(Path(self._directory.name, "ca.pem"))

    @property
    def ledger(self) -> Ledger:
        """What was asked and done; the same object for ever, emptied by `reset`."""
        return self.service.ledger

    def order(self, order_id: int) -> Order:
        """Give an order as it stands now (a copy). Raises KeyError when there is no such order."""
        with self.service.lock:
            return copy.deepcopy(self.service.account.orders[order_id])

    def orders(self) -> list[Order]:
        """Give all orders as they stand now (copies), in the order of the account file."""
        with self.service.lock:
            return copy.deepcopy(list(self.service.account.orders.values()))

    def add_orders(
        self, count: int, status: str = "pending", age_days: float = 0.0, first: int | None = None
    ) -> list[int]:
        """Add `count` orders and give their order IDs, from `first` on (None: after the highest one there is).

        A reset takes them away again. Raises ValueError when one of these IDs is taken.
        """
        with self.service.lock:
            return self.service.account.add_orders(count, status, age_days, first)

    def change_order(self, order_id: int, status: str | None = None, is_renewed: bool | None = None) -> None:
        """Let another actor change an order, past all rules. Raises KeyError when there is no such order."""
        self.service.change_order(order_id, status, is_renewed)

    def decide(self, order_id: int, status: str) -> None:
        """Let another actor decide all open requests of an order. Raises KeyError when there is no such order."""
        self.service.decide(order_id, status)

    def script(self, *entries: Scripted) -> None:
        """Script faults and other actors; they count requests from now on."""
        with self.service.lock:
            self.service.script.add(*entries)

    def reset(self, **settings: Any) -> None:
        """Go back to the seeded account: empty ledger, nothing scripted, empty rate limit windows.

        The settings become those of the start, but for the ones given. Requests that wait get no reply.
        Raises ValueError for a setting that does not fit, and resets nothing then.
        """
        self.service.reset(settings)
        if self._loop is not None and self._application is not None:
            self._loop.call_soon_threadsafe(self._application.interrupt)

    def configure(self, **settings: Any) -> None:
        """Change settings of the service, by the names that the constructor has, and nothing else.

        Raises ValueError for an unknown name or a value that does not fit.
        """
        self.service.configure(settings)

    async def _serve(
        self, sockets: list[socket.socket], context: ssl.SSLContext | None, ready: Future[None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_ignore_broken_connections)
        self._stopping = asyncio.Event()
        self._application = Application(self.service, self._on_stop)
        runner = web.AppRunner(
            self._application.web_application(),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=0.2,
        )
        try:
            await runner.setup()
            for listening in sockets:
                await web.SockSite(runner, listening, ssl_context=context).start()
            ready.set_result(None)
            await self._stopping.wait()
            with self.service.lock:
                self.service.generation += 1
            self._application.interrupt()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            self._loop = None
            # A client that keeps its connection does not answer the farewell of TLS, for which cleanup does not wait.
            for connection in runner.server.connections if runner.server else []:
                if connection.transport is not None:
                    connection.transport.abort()
            await runner.cleanup()


def _listen(port: int) -> list[socket.socket]:
    sockets = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            listening = socket.create_server((host, port), family=family)
        except OSError:
            # Many machines and containers have no IPv6 loopback.
            if family is socket.AF_INET:
                raise
            continue
        port = listening.getsockname()[1]
        sockets.append(listening)
    return sockets


def _tls(certificate: Certificate, ca_path: str) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate is Certificate.SELF_SIGNED:
        path = str(Path(ca_path).with_name("self-signed.pem"))
        Path(path).write_bytes(_self_signed())
        context.load_cert_chain(path)
        return context
    now = datetime.now(timezone.utc)
    if certificate is Certificate.EXPIRED:
        leaf = authority.issue_cert(*OWN_NAMES, not_before=now - timedelta(2), not_after=now - timedelta(1))
    elif certificate is Certificate.WRONG_HOST:
        leaf = authority.issue_cert("other.example.com")
    else:
        leaf = authority.issue_cert(*OWN_NAMES)
    leaf.configure_cert(context)
    return context


def _self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    addresses: list[x509.GeneralName] = [x509.IPAddress(ip_address(own)) for own in OWN_NAMES[1:]]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(OWN_NAMES[0]), *addresses]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem + certificate.public_bytes(serialization.Encoding.PEM)


def _ignore_broken_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), (ssl.SSLError, ConnectionError)):
        loop.default_exception_handler(context)
