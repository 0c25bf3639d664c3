"""What a metric collector is given."""

from __future__ import annotations

import pytest

from lpfunctions.core import operation_table
from lpfunctions.core.attempts import Attempt
from lpfunctions.core.errors import FaaSInvokeError
from lpfunctions.core.requests.calls import EventQuery, FunctionQuery, Invocation
from lpfunctions.core.telemetry.events import ObservedOperation
from lpfunctions.core.telemetry.metrics import UNRESOLVED, EveryOperation, InvocationMetricData, metric_data

TWICE = (Attempt("gw", 503, None, "no", 0.1), Attempt("gw", 404, None, "no", 0.1))


def test_a_failed_invocation_by_uuid() -> None:
    error = FaaSInvokeError(status=404)
    call = Invocation(lambda_uuid="u", external_system="x", skill_id="s")
    seen = ObservedOperation(
        operation_table.INVOKE, call, "123", host="gw", attempts=TWICE, error=error, duration_seconds=0.25
    )
    assert metric_data(seen) == InvocationMetricData(
        account_id="123",
        request_duration_in_millis=250.0,
        domain="gw",
        external_system="x",
        lp_event_source="x",
        uuid="u",
        status_code=404,
        error=error,
        skill_id="s",
        retry_count=1,
    )


def test_a_remembered_answer_by_event() -> None:
    call = EventQuery(event_id="e", user_id="u", lp_event_source="l", external_system="x")
    data = metric_data(ObservedOperation(operation_table.IS_IMPLEMENTED, call, "123", from_cache=True))
    assert (data.event, data.user_id, data.lp_event_source, data.external_system) == ("e", "u", "l", "x")
    assert (data.domain, data.from_cache, data.status_code, data.retry_count) == (UNRESOLVED, True, None, 0)


def test_a_listing_is_about_no_function() -> None:
    data = metric_data(ObservedOperation(operation_table.GET_LAMBDAS, FunctionQuery(user_id="u"), "123"))
    assert (data.event, data.uuid, data.skill_id, data.user_id) == (None, None, None, "u")


def test_no_payload_is_among_the_data() -> None:
    call = Invocation(lambda_uuid="u", payload="canary-7f3a", headers={"k": "canary-7f3a"})
    assert "canary" not in repr(metric_data(ObservedOperation(operation_table.INVOKE, call, "123")))


class Noting(EveryOperation):
    def __init__(self) -> None:
        self.noted: list[tuple[str, InvocationMetricData]] = []

    def record(self, operation: str, data: InvocationMetricData) -> None:
        self.noted.append((operation, data))


@pytest.mark.parametrize("spec", operation_table.OPERATIONS, ids=lambda spec: spec.name)
def test_every_hook_records_its_operation(spec: operation_table.OperationSpec) -> None:
    collector, data = Noting(), InvocationMetricData(account_id="123", request_duration_in_millis=1.0)
    getattr(collector, spec.hook)(data)
    assert collector.noted == [(spec.name, data)]


def test_an_operation_that_is_no_part_of_the_port_is_recorded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(EveryOperation, "on_invoke")
    collector, data = Noting(), InvocationMetricData(account_id="123", request_duration_in_millis=1.0)
    collector.on_invoke(data)
    assert collector.noted == [("invoke", data)]


def test_another_attribute_is_missed_by_name() -> None:
    with pytest.raises(AttributeError, match=r"^'Noting' object has no attribute 'on_nothing'$"):
        _ = Noting().on_nothing


def test_without_record_a_collector_says_so() -> None:
    with pytest.raises(NotImplementedError):
        EveryOperation().on_invoke(InvocationMetricData(account_id="123", request_duration_in_millis=1.0))
