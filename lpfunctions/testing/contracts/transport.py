"""The contract of the ports `Transport` and `AsyncTransport`, as tests on real sockets.

Hold a transport of your own to it with five lines in a test module::

    from lpfunctions.testing.contracts import TransportContract

    class TestMyTransport(TransportContract):
        def build(self, **options):
            return MyTransport(**options)

``options`` are those of `TransportOptions`: ``limits``, ``ssl_context``, ``proxy``, ``trust_env``; each may be
absent. An async transport takes `AsyncTransportContract` instead and is built in the same way, outside an event
loop. A transport that has no sockets takes `PortCases`.

The suite takes about ten seconds. It needs pytest and trustme, no network, and leaves nothing behind: run it with
warnings as errors.
"""

from __future__ import annotations

from lpfunctions.testing.contracts.answer_cases import AnswerCases
from lpfunctions.testing.contracts.async_cases import AsyncCases
from lpfunctions.testing.contracts.failure_cases import FailureCases
from lpfunctions.testing.contracts.pool_cases import PoolCases
from lpfunctions.testing.contracts.port_cases import PortCases, ServedBySocket
from lpfunctions.testing.contracts.proxy_cases import ProxyCases
from lpfunctions.testing.contracts.request_cases import RequestCases, TargetCases
from lpfunctions.testing.contracts.strictness_cases import StrictnessCases
from lpfunctions.testing.contracts.time_cases import DripCases, TimeCases
from lpfunctions.testing.contracts.tls_cases import TlsCases

__all__ = ["AsyncTransportContract", "PortCases", "TransportContract", "UsersSessionContract"]


class UsersSessionContract(ServedBySocket, AnswerCases, RequestCases, TimeCases, FailureCases):
    """What can be promised over a session that the user brought, whose sockets and whose pool are not ours."""


class TransportContract(UsersSessionContract, TargetCases, DripCases, StrictnessCases, PoolCases, TlsCases, ProxyCases):
    """All that a transport owes, blocking or async. A subclass implements `build`."""


class AsyncTransportContract(TransportContract, AsyncCases):
    """All that an async transport owes: the contract of both, cancellation, and several event loops."""
