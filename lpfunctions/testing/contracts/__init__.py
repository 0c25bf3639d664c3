"""Contract suites: what an adapter must do, as tests that anybody can hold his own adapter to.

Needs pytest; the transport suite also needs trustme.
"""

import pytest

# Before the suites are imported: pytest explains a failed assert only in modules that it has rewritten.
_WITH_ASSERTIONS = ("answer", "async", "failure", "pool", "port", "proxy", "request", "strictness", "time", "tls")
pytest.register_assert_rewrite(
    f"{__name__}.harness", f"{__name__}.judgement", *(f"{__name__}.{name}_cases" for name in _WITH_ASSERTIONS)
)

from lpfunctions.testing.contracts.harness import TransportOptions, sender_for  # noqa: E402 (see above)
from lpfunctions.testing.contracts.port_cases import Served  # noqa: E402 (see above)
from lpfunctions.testing.contracts.transport import (  # noqa: E402 (see above)
    AsyncTransportContract,
    PortCases,
    TransportContract,
    UsersSessionContract,
)

__all__ = [
    "AsyncTransportContract",
    "PortCases",
    "Served",
    "TransportContract",
    "TransportOptions",
    "UsersSessionContract",
    "sender_for",
]
