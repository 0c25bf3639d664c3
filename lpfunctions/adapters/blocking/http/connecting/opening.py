"""Open a channel: look the host up, connect to the first of its addresses that answers, pass the proxy, speak TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from lpfunctions.adapters.blocking.http.channel import Channel, peer_of
from lpfunctions.adapters.blocking.http.connecting.racing import Address, connect
from lpfunctions.adapters.blocking.http.exchange import DeadlinePassedError
from lpfunctions.adapters.blocking.http.request_bytes import connect_head
from lpfunctions.adapters.blocking.http.response_bytes import InvalidResponseError, read_head
from lpfunctions.core.interrupts import (
    is_of_signal_handler,
    raise_cause_if_of_signal_handler,
    raise_if_of_signal_handler,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lpfunctions.adapters.blocking.http.channel import Socket
    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.adapters.blocking.http.routes import Origin, Route


class TunnelRefusedError(Exception):
    """The proxy opened no tunnel; the message holds its status."""


def open_channel(route: Route, context: Callable[[], ssl.SSLContext], exchange: Exchange) -> Channel:
    """Open a connection over *route*; *context* gives the settings of TLS, where it is spoken."""
    first = route.origin if route.proxy is None else route.proxy.origin
    sock = connect(look_up(first, exchange), exchange)
    channel = Channel(sock, exchange)
    try:
        channel.peer = peer_of(sock)
        if first.scheme == "https":
            channel.sock = _secured(channel, context(), first.host)
        if route.is_tunnel:
            _ask_for_tunnel(channel, route)
            channel.sock = _secured(channel, context(), route.origin.host)
    except BaseException:
        channel.close()
        raise
    return channel


def look_up(origin: Origin, exchange: Exchange) -> Sequence[Address]:
    """Return the addresses of *origin*.

    The system's resolver cannot be interrupted. So it is asked in a thread, which is left alone when time runs out.
    """
    try:
        return _addresses(origin, socket.AI_NUMERICHOST)
    except socket.gaierror as failure:
        if is_of_signal_handler(failure):
            raise
    # It is a name.
    found: Future[Sequence[Address]] = Future()
    thread = threading.Thread(target=_resolve, args=(origin, found), name="lpfunctions-look-up", daemon=True)
    try:
        thread.start()
    except RuntimeError as failure:
        raise_if_of_signal_handler(failure)
        _resolve(origin, found)  # the system has no thread left, or the interpreter is about to exit
    try:
        return found.result(exchange.remaining())
    except TimeoutError as failure:
        if found.done() or is_of_signal_handler(failure):
            raise
        raise DeadlinePassedError from None


def _resolve(origin: Origin, found: Future[Sequence[Address]]) -> None:
    try:
        found.set_result(_addresses(origin))
    except OSError as failure:
        found.set_exception(failure)


def _addresses(origin: Origin, flags: int = 0) -> Sequence[Address]:
    # As bytes, for a codec that is interrupted by a signal wraps what its handler raised.
    return socket.getaddrinfo(origin.host.encode("ascii"), origin.port, type=socket.SOCK_STREAM, flags=flags)


def _ask_for_tunnel(channel: Channel, route: Route) -> None:
    channel.send(connect_head(route))
    head = read_head(channel, "HEAD")  # what opens a tunnel has no body
    if not 200 <= head.status < 300:
        raise TunnelRefusedError(f"{head.status} {head.reason}")
    if not channel.is_drained:
        raise InvalidResponseError("the proxy sent something before TLS began")


def _secured(channel: Channel, context: ssl.SSLContext, host: str) -> Socket:
    try:
        return _over_tls(channel, context, host)
    except BaseException as failure:
        raise_cause_if_of_signal_handler(failure)  # the host's name goes through a codec
        raise


def _over_tls(channel: Channel, context: ssl.SSLContext, host: str) -> Socket:
    if isinstance(channel.sock, ssl.SSLSocket):
        from lpfunctions.adapters.blocking.http.connecting.tls_in_tls import TlsInTls

        return TlsInTls(channel.sock, context, host, channel.remaining)
    plain = channel.sock
    assert isinstance(plain, socket.socket)  # noqa: S101 (tells the type checker; TLS is spoken twice at most)
    # The C code spends this timeout on the handshake as a whole.
    plain.settimeout(channel.exchange.remaining())
    # An end of the stream that TLS does not announce is an error: somebody may have cut the response (RFC 9112 9.8).
    return context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False)
