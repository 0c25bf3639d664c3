"""The contract of the ports `Transport` and `AsyncTransport`, as tests on real sockets.

Test a transport of your own with five lines in a test module::

    from lpfunctions.testing.contracts import TransportContract

    class TestMyTransport(TransportContract):
        def build(self, **options):
            return MyTransport(**options)

The suite for each kind of transport:

======================  ======================================  ================================================
suite                   for a transport                         tests
======================  ======================================  ================================================
`PortCases`             without sockets                         requests and responses unchanged, closing
`UsersSessionContract`  over a library's session, whose pool,   that, and: answers, requests, deadlines and
                        TLS and proxies are its own affair      failures on real sockets
`TransportContract`     whose connections are its own           all: also byte-exact targets, pool, TLS, proxies
======================  ======================================  ================================================

A wrapper of a transport of ours passes `TransportContract` as it is. For an async transport subclass
`AsyncTransportContract`; it is built in the same way, outside an event loop.

``options`` are those of `TransportOptions`: ``limits`` (connections, keep-alive, size of a response),
``ssl_context``, ``proxy`` (a URL), ``trust_env``; each may be absent. `UsersSessionContract` uses ``limits`` only.
`PortCases` has no ``build``: implement ``served``.

The suite takes about ten seconds. It needs pytest and trustme, no network, and leaves nothing behind: run it with
warnings as errors. A transport that misses its deadline fails and does not hang: slow and silent servers end after
`PATIENCE_SECONDS` of `lpfunctions.testing.faults.conversation`.
"""

from __future__ import annotations

from lpfunctions.testing.contracts.async_cases import AsyncCases
from lpfunctions.testing.contracts.port_cases import PortCases, ServedBySocket
from lpfunctions.testing.contracts.transport_cases.answer_cases import AnswerCases
from lpfunctions.testing.contracts.transport_cases.closing_cases import ClosingCases
from lpfunctions.testing.contracts.transport_cases.delivery_cases import DeliveryCases, TlsDeliveryCases
from lpfunctions.testing.contracts.transport_cases.failure_cases import FailureCases
from lpfunctions.testing.contracts.transport_cases.malformed_cases import MalformedCases
from lpfunctions.testing.contracts.transport_cases.pool_cases import PoolCases
from lpfunctions.testing.contracts.transport_cases.proxy_cases import ProxyCases
from lpfunctions.testing.contracts.transport_cases.request_cases import RequestCases, TargetCases
from lpfunctions.testing.contracts.transport_cases.strictness_cases import StrictnessCases
from lpfunctions.testing.contracts.transport_cases.time_cases import DripCases, TimeCases
from lpfunctions.testing.contracts.transport_cases.tls_cases import TlsCases

__all__ = ["AsyncTransportContract", "PortCases", "TransportContract", "UsersSessionContract"]


class UsersSessionContract(ServedBySocket, AnswerCases, RequestCases, TimeCases, FailureCases, DeliveryCases):
    """What a transport over a user's session must do; its sockets and its pool are the session's."""


class TransportContract(
    TlsDeliveryCases,
    UsersSessionContract,
    TargetCases,
    DripCases,
    StrictnessCases,
    MalformedCases,
    PoolCases,
    ClosingCases,
    TlsCases,
    ProxyCases,
):
    """All that a transport must do, blocking or async. A subclass implements `build`."""


class AsyncTransportContract(TransportContract, AsyncCases):
    """All that an async transport must do: that of `TransportContract`, cancellation, and several event loops."""
