"""The watch over the whole suite notices a secret wherever one could slip out."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions.core.telemetry.metrics import InvocationMetricData
from tests.support.canary_watch import LeakDetector
from tests.support.environments import ALL_ENVIRONMENTS, Environment

pytestmark = pytest.mark.sockets


SECRET = "canary-7f3a"


def log(options: dict[str, Any]) -> None:
    options["logger"].debug("sent", extra={"headers": {"Authorization": SECRET}})


def span(options: dict[str, Any]) -> None:
    options["tracer_provider"].get_tracer("t").start_span("s", attributes={"a": SECRET}).end()


def metric(options: dict[str, Any]) -> None:
    facts: dict[str, Any] = dict.fromkeys(InvocationMetricData.__dataclass_fields__)
    facts["uuid"] = SECRET
    options["metric_collector"].on_invoke(InvocationMetricData(**facts))


@pytest.mark.parametrize("leak", [log, span, metric])
def test_a_secret_that_slips_out_is_noticed(leak: Any) -> None:
    leak_detector = LeakDetector()
    leak_detector.assert_discreet(SECRET)
    leak(leak_detector.options())
    with pytest.raises(AssertionError, match="shows a secret"):
        leak_detector.assert_discreet(SECRET)


@pytest.mark.parametrize("name", ALL_ENVIRONMENTS)
def test_a_watched_environment_looks_for_the_tokens_that_were_sent(name: str) -> None:
    with Environment(name, "v2", detects_leaks=True) as environment:
        environment.client().invoke(lambda_uuid="x")
        assert len(environment.secrets()) == 2
        assert any(secret.startswith("eyJ") for secret in environment.secrets())
