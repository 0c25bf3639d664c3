"""The contract of the port `MetricCollector`, as tests."""

from __future__ import annotations

import asyncio
import copy
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lpfunctions.core.errors import (
    FaaSConfigurationError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSTimeoutError,
)
from lpfunctions.core.telemetry.metrics import InvocationMetricData
from lpfunctions.ports import MetricCollector
from lpfunctions.testing.contracts.support.contract import Contract

HOOKS = tuple(name for name in vars(MetricCollector) if name.startswith("on_"))

SUCCESS = InvocationMetricData(
    account_id="12345678",
    request_duration_in_millis=12.5,
    domain="va.faasgw.liveperson.net",
    external_system="shop",
    lp_event_source="shop",
    user_id="user",
    event="conversational_command",
    uuid="8b6f2c1e",
    status_code=200,
    skill_id="7",
    retry_count=1,
)


def _failure(error: BaseException, **facts: Any) -> InvocationMetricData:
    return InvocationMetricData(account_id="12345678", request_duration_in_millis=0.0, error=error, **facts)


DATA = {
    "success": SUCCESS,
    "as little as possible": InvocationMetricData(account_id="12345678", request_duration_in_millis=0.0),
    "remembered": InvocationMetricData(
        account_id="12345678", request_duration_in_millis=0.01, event="an event", from_cache=True
    ),
    "the function failed": _failure(FaaSLambdaError("it threw", status=901), status_code=901),
    "no answer": _failure(FaaSInvokeError("late").caused_by(FaaSTimeoutError("late", phase="response"))),
    "a mistake": _failure(FaaSConfigurationError("both ids")),
    "cancelled": _failure(asyncio.CancelledError()),
    "odd text": InvocationMetricData(
        account_id="1", request_duration_in_millis=1.0, event="{0} %s \u2028 😀", external_system="x" * 10_000
    ),
}


class MetricCollectorContract(Contract):
    """What a metric collector must do. A subclass implements `collector`."""

    def collector(self) -> MetricCollector:
        """Return the collector."""
        raise NotImplementedError

    @pytest.mark.parametrize("hook", HOOKS)
    @pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
    def test_every_hook_takes_any_data(self, hook: str, data: InvocationMetricData) -> None:
        assert getattr(self.collector(), hook)(data) is None

    @pytest.mark.parametrize("hook", HOOKS)
    def test_hooks_are_plain_functions(self, hook: str) -> None:
        assert not inspect.iscoroutinefunction(getattr(self.collector(), hook))

    @pytest.mark.parametrize("hook", HOOKS)
    def test_an_error_is_left_as_it_was(self, hook: str) -> None:
        error = FaaSLambdaError("it threw", status=901)
        before = copy.deepcopy(vars(error)), error.__traceback__, error.__cause__

        getattr(self.collector(), hook)(_failure(error, status_code=901))

        assert (vars(error), error.__traceback__, error.__cause__) == before

    def test_hooks_may_be_called_from_many_threads(self) -> None:
        collector = self.collector()
        with ThreadPoolExecutor(8) as threads:
            for outcome in [threads.submit(collector.on_invoke, SUCCESS) for _ in range(200)]:
                assert outcome.result() is None
