"""Connecting to the first of several addresses that answers, within one limit."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from lpfunctions.adapters.blocking.http.connecting.racing import connect
from lpfunctions.adapters.blocking.http.exchange import DeadlinePassedError, Exchange
from lpfunctions.testing.faults.scripted_server import LOOPBACK, Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import DeadAddress, refused_port

if TYPE_CHECKING:
    from lpfunctions.adapters.blocking.http.connecting.racing import Address

pytestmark = pytest.mark.sockets


def _address(port: int) -> Address:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", (LOOPBACK, port))


def _exchange(seconds: float) -> Exchange:
    return Exchange(seconds)


def test_several_dead_addresses_share_one_deadline() -> None:
    with DeadAddress() as dead:
        started = time.monotonic()
        with pytest.raises(DeadlinePassedError):
            connect([_address(dead.port)] * 4, _exchange(0.2))
        assert 0.19 <= time.monotonic() - started <= 0.3


def test_dead_address_costs_the_next_a_quarter_of_a_second_however_long_the_deadline() -> None:
    with DeadAddress() as dead, ScriptedServer(Conversation.wait_for_close) as server:
        started = time.monotonic()
        with connect([_address(dead.port), _address(server.port)], _exchange(60)) as connection:
            assert connection.getpeername()[1] == server.port
        assert time.monotonic() - started < 1


def test_slow_address_wins_when_the_next_does_not_answer() -> None:
    with DeadAddress() as dead, ScriptedServer(Conversation.wait_for_close) as server:
        addresses = [_address(server.port), _address(dead.port)]
        with connect(addresses, _exchange(5)) as connection:
            assert connection.getpeername()[1] == server.port


def test_refused_address_is_passed_over() -> None:
    with (
        ScriptedServer(Conversation.wait_for_close) as server,
        connect([_address(refused_port()), _address(server.port)], _exchange(5)) as connection,
    ):
        assert connection.getpeername()[1] == server.port


def test_address_of_a_family_that_the_system_lacks_is_passed_over() -> None:
    with (
        ScriptedServer(Conversation.wait_for_close) as server,
        connect([(12345, socket.SOCK_STREAM, 0, "", ()), _address(server.port)], _exchange(5)) as connection,
    ):
        assert connection.getpeername()[1] == server.port


def test_families_take_turns() -> None:
    """Six dead IPv6 addresses do not stand before the first of IPv4."""
    with DeadAddress() as dead, ScriptedServer(Conversation.wait_for_close) as server:
        unreachable: Address = (socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::ffff:127.0.0.1", dead.port, 0, 0))
        started = time.monotonic()
        with connect([unreachable] * 6 + [_address(server.port)], _exchange(5)) as connection:
            assert connection.getpeername()[1] == server.port
        assert time.monotonic() - started < 1


def test_last_refusal_is_raised() -> None:
    with pytest.raises(ConnectionRefusedError):
        connect([_address(refused_port())] * 2, _exchange(5))


def test_name_without_an_address_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no address"):
        connect([], _exchange(5))
