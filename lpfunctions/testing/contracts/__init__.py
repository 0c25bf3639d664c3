"""Contract suites: what an adapter must do, as tests that you can run on an adapter of your own.

Needs pytest; the TLS cases of the transport suite also need trustme. The extra ``testing`` has both.
"""

try:
    import pytest
except ImportError as _missing:
    raise ModuleNotFoundError(
        'the contract suites need pytest; pip install "lpfunctions[testing]"', name="pytest"
    ) from _missing

# Before the suites are imported: pytest explains a failed assert only in modules that it has rewritten.
_SUITES = (
    "auth", "clock", "domains", "metrics", "port_cases", "shared_store", "single_flight", "support", "transport_cases",
)  # fmt: skip
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in _SUITES))

from lpfunctions.testing.contracts.auth import AuthStrategyContract  # noqa: E402 (see above)
from lpfunctions.testing.contracts.clock import ClockContract  # noqa: E402 (see above)
from lpfunctions.testing.contracts.domains import DomainResolverContract  # noqa: E402 (see above)
from lpfunctions.testing.contracts.metrics import MetricCollectorContract  # noqa: E402 (see above)
from lpfunctions.testing.contracts.port_cases import Served  # noqa: E402 (see above)
from lpfunctions.testing.contracts.shared_store import SharedStoreContract  # noqa: E402 (see above)
from lpfunctions.testing.contracts.single_flight import (  # noqa: E402 (see above)
    AsyncSingleFlightContract,
    SingleFlightContract,
)
from lpfunctions.testing.contracts.support.harness import TransportOptions, sender_for  # noqa: E402 (see above)
from lpfunctions.testing.contracts.transport import (  # noqa: E402 (see above)
    AsyncTransportContract,
    PortCases,
    TransportContract,
    UsersSessionContract,
)

__all__ = [
    "AsyncSingleFlightContract",
    "AsyncTransportContract",
    "AuthStrategyContract",
    "ClockContract",
    "DomainResolverContract",
    "MetricCollectorContract",
    "PortCases",
    "Served",
    "SharedStoreContract",
    "SingleFlightContract",
    "TransportContract",
    "TransportOptions",
    "UsersSessionContract",
    "sender_for",
]
