"""Connecting to the first of several addresses, within one deadline."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from lpfunctions.adapters.blocking.deadline_sockets import Exchange, connect
from lpfunctions.testing.scripted_server import LOOPBACK, Conversation, ScriptedServer
from lpfunctions.testing.scripts import DeadAddress, refused_port

if TYPE_CHECKING:
    from lpfunctions.adapters.blocking.deadline_sockets import Address

pytestmark = pytest.mark.sockets


def _address(port: int) -> Address:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", (LOOPBACK, port))


def _exchange(seconds: float) -> Exchange:
    return Exchange("http://functions.test", "/", seconds)


def test_several_dead_addresses_share_one_deadline() -> None:
    with DeadAddress() as dead:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connect([_address(dead.port)] * 4, _exchange(0.2))
        assert 0.19 <= time.monotonic() - started <= 0.3


def test_dead_address_leaves_time_for_the_next() -> None:
    with (
        DeadAddress() as dead,
        ScriptedServer(Conversation.wait_for_close) as server,
        connect([_address(dead.port), _address(server.port)], _exchange(0.3)) as connection,
    ):
        assert connection.getpeername()[1] == server.port


def test_refused_address_is_passed_over() -> None:
    with (
        ScriptedServer(Conversation.wait_for_close) as server,
        connect([_address(refused_port()), _address(server.port)], _exchange(5)) as connection,
    ):
        assert connection.getpeername()[1] == server.port


def test_last_refusal_is_raised() -> None:
    with pytest.raises(ConnectionRefusedError):
        connect([_address(refused_port())] * 2, _exchange(5))


def test_name_without_an_address_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no address"):
        connect([], _exchange(5))
