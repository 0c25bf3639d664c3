"""Being told of every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lpfunctions.core.telemetry.metrics import InvocationMetricData


class MetricCollector(Protocol):
    """Take note of operations, each once, when it has ended.

    What the client promises:

    * one hook per operation, named after it: success or failure, error statuses included, remembered answers too
    * called before the operation returns or raises, in the thread or task that called it
    * a hook that raises is logged and changes nothing. Hooks are plain functions, on `AsyncClient` too: a coroutine
      that one returns is closed unrun and logged

    Contract (``lpfunctions.testing.contracts.MetricCollectorContract``):

    * every hook takes any data: unknown domain, no status, any error
    * hooks return quickly, return None, and are safe to call from many threads at once
    * they change nothing of the data, and of its error
    """

    def on_invoke(self, data: InvocationMetricData) -> None:
        """Take note of an ``invoke``."""
        ...

    def on_is_implemented(self, data: InvocationMetricData) -> None:
        """Take note of an ``is_implemented``."""
        ...

    def on_get_lambdas(self, data: InvocationMetricData) -> None:
        """Take note of a ``get_lambdas``."""
        ...

    def on_get_functions(self, data: InvocationMetricData) -> None:
        """Take note of a ``get_functions``."""
        ...
