# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets and certificates."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import requests
from ansible_collections.community.digicert.tests.simulator import FULL_KEY, Certificate, Fault, Simulator


def get(url, verify=True):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers={"X-DC-DEVKEY": FULL_KEY}, verify=verify, timeout=10)


def test_it_starts_and_stops_in_less_than_300_milliseconds():
    start = time.perf_counter()
    simulator = Simulator()
    simulator.start()
    assert time.perf_counter() - start < 0.3
    start = time.perf_counter()
    simulator.stop()
    assert time.perf_counter() - start < 0.3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_certificate_is_good_for_loopback_names(simulator, host):
    url = f"https://{host}:{simulator.port}/services/v2/order/certificate/1001"
    assert get(url, simulator.ca_path).status_code == 200


def test_the_certificate_is_good_for_ipv6(simulator):
    try:
        socket.create_connection(("::1", simulator.port), timeout=5).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert get(f"https://[::1]:{simulator.port}/order/certificate/1001", simulator.ca_path).status_code == 200


def test_without_the_ca_the_certificate_is_not_trusted(simulator):
    with pytest.raises(requests.exceptions.SSLError):
        get(simulator.api_url)


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (Certificate.EXPIRED, "certificate has expired"),
        (Certificate.WRONG_HOST, "IP address mismatch|doesn't match"),
        (Certificate.SELF_SIGNED, "self[- ]signed certificate"),
    ],
)
def test_a_bad_certificate_is_bad_for_its_reason(certificate, reason):
    with Simulator(certificate=certificate) as simulator:
        with pytest.raises(requests.exceptions.SSLError, match=reason):
            get(simulator.api_url, simulator.ca_path)
        assert simulator.ledger.requests == []


def test_plain_http(simulator):
    with Simulator(plain_http=True) as plain:
        assert plain.api_url == f"http://127.0.0.1:{plain.port}/services/v2"
        assert get(plain.api_url + "/order/certificate/1001").status_code == 200
        with pytest.raises(ValueError, match="no CA with plain HTTP"):
            _path = plain.ca_path


def test_it_listens_on_loopback_only(simulator):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        try:
            outward.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no other address")
        address = outward.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
        socket.create_connection((address, simulator.port), timeout=2)


def test_a_port_in_use_is_an_error(simulator):
    with pytest.raises(OSError, match="in use"):
        Simulator(port=simulator.port).start()


def test_a_stop_does_not_wait_for_delays():
    with Simulator(plain_http=True) as simulator:
        simulator.script(Fault(delay=30))
        errors = []

        def wait():
            try:
                get(simulator.api_url)
            except requests.exceptions.ConnectionError as error:
                errors.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while not simulator.ledger.requests:
            time.sleep(0.002)
        start = time.monotonic()
    assert time.monotonic() - start < 1
    waiting.join(5)
    assert len(errors) == 1


def test_a_stopped_simulator_starts_again_on_the_same_port():
    simulator = Simulator(plain_http=True)
    simulator.start()
    url = simulator.api_url
    simulator.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        get(url)
    with simulator:
        assert simulator.api_url == url
        assert get(url + "/order/certificate/1001").status_code == 200


def test_two_simulators_do_not_share_orders(simulator):
    with Simulator() as other:
        other.change_order(1001, "issued")
        assert simulator.order(1001).status == "pending"


def test_many_threads_are_served(simulator):
    simulator.configure(rate_limits=[])
    statuses = []

    def work(order_id):
        for _number in range(5):
            url = f"{simulator.api_url}/order/certificate/{order_id}"
            statuses.append(get(url, simulator.ca_path).status_code)

    threads = [threading.Thread(target=work, args=(order_id,)) for order_id in range(1001, 1009)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    assert [seen.number for seen in simulator.ledger.requests] == list(range(1, 41))
