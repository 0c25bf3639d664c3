"""The least that an application would write itself for the spans and figures that the client gives of an ``invoke``.

The names and the attributes are the client's, so that both say the same: `tests/unit/benchmarks/test_by_hand.py`.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from opentelemetry.metrics import Observation
from opentelemetry.propagate import inject
from opentelemetry.trace import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions, MeterProvider
    from opentelemetry.trace import TracerProvider

ADDRESS: Final = "va.faasgw.liveperson.net"
ROUTE: Final = "/api/account/{account_id}/lambdas/{lambda_uuid}/invoke"
QUERY: Final = "?v=REDACTED&externalSystem=REDACTED"
SERVER: Final[dict[str, Any]] = {"server.address": ADDRESS, "server.port": 443}
METHOD: Final[dict[str, Any]] = {"http.request.method": "POST"}
SCHEME: Final[dict[str, Any]] = {"url.scheme": "https"}
OPERATION: Final[dict[str, Any]] = {"lp.functions.operation": "invoke"}
ATTEMPT: Final[dict[str, Any]] = {
    "lp.functions.operation": "invoke",
    "lp.functions.resend": False,
    "lp.functions.delivered": "yes",
    "http.response.status_code": 200,
}
REQUEST: Final[dict[str, Any]] = {**METHOD, **SCHEME, **SERVER, "http.response.status_code": 200}


class ByHand:
    """Calls *client*, with two spans around each call, two durations, a count, and how many are under way."""

    def __init__(self, client: Any, tracer_provider: TracerProvider, meter_provider: MeterProvider) -> None:
        self.client = client
        self.under_way = 0
        self.tracer = tracer_provider.get_tracer("by hand")
        meter = meter_provider.get_meter("by hand")
        self.operation = meter.create_histogram("lp.functions.client.operation.duration", "s")
        self.request = meter.create_histogram("http.client.request.duration", "s")
        self.attempts = meter.create_counter("lp.functions.client.attempts")
        meter.create_observable_up_down_counter("lp.functions.client.inflight", [self.operations])
        meter.create_observable_up_down_counter("http.client.active_requests", [self.requests])

    def operations(self, _options: CallbackOptions) -> Iterable[Observation]:
        """How many operations are under way."""
        yield Observation(self.under_way, OPERATION)

    def requests(self, _options: CallbackOptions) -> Iterable[Observation]:
        """How many requests are under way."""
        yield Observation(self.under_way, {**METHOD, **SCHEME, **SERVER})

    def invoke(self, *, lambda_uuid: str, **arguments: Any) -> object:
        """Call."""
        self.under_way += 1
        started = perf_counter()
        request_id = str(uuid4())
        start = self.tracer.start_as_current_span
        about = {
            "lp.functions.operation": "invoke",
            "lp.account_id": "12345678",
            "faas.invoked_provider": "liveperson",
            "faas.invoked_name": lambda_uuid,
        }
        path = f"/api/account/12345678/lambdas/{lambda_uuid}/invoke"
        sent = {"url.full": f"https://{ADDRESS}{path}{QUERY}", "url.template": ROUTE, **METHOD, **SERVER}
        with (
            start("LivePersonFunctions.Invoke", kind=SpanKind.CLIENT, attributes=about) as operation,
            start(f"POST {ROUTE}", kind=SpanKind.CLIENT, attributes=sent) as request,
        ):
            inject(dict[str, str]())
            answer = self.client.invoke(lambda_uuid=lambda_uuid, request_id=request_id, **arguments)
            status = answer.status
            request.set_attribute("http.response.status_code", status)
            self.attempts.add(1, ATTEMPT)
            self.request.record(perf_counter() - started, REQUEST)
            operation.set_attributes(
                {
                    "lp.functions.request_id": request_id,
                    "faas.invoked_region": "va",
                    "http.response.status_code": status,
                }
            )
            self.operation.record(perf_counter() - started, OPERATION)
        self.under_way -= 1
        return answer
