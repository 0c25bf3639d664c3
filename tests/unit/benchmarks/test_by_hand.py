"""What the benchmark of telemetry holds the client against says the same as the client."""

from __future__ import annotations

from typing import Any, Final

import pytest

from benchmarks.by_hand import ByHand
from benchmarks.telemetry import handle, make
from benchmarks.warm import unobserved
from lpfunctions import Client
from lpfunctions.adapters.memory import MemoryTransport
from tests.support.otel import Sdk

pytestmark = pytest.mark.own_telemetry

CALL: Final[dict[str, Any]] = {"lambda_uuid": "8b6f2c1e", "payload": {"name": "Ada"}}
ONE_CALL: Final = {
    "lp.functions.client.operation.duration",
    "lp.functions.client.attempts",
    "http.client.request.duration",
}


def spans(sdk: Sdk) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Name, parent and attributes of each, but for the value of the request id, which is another each time."""
    return [
        (span.name, span.parent, {key: "an id" if key.endswith("request_id") else value for key, value in said})
        for span in sdk.spans
        for said in [span.attributes.items()]
    ]


def series(sdk: Sdk) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [attributes for attributes, _ in points] for name, points in sdk.metrics().items() if name in ONE_CALL
    }


def test_the_spans_and_metrics_written_by_hand_are_those_of_the_client() -> None:
    ours, by_hand = Sdk(), Sdk()
    make(Client, MemoryTransport(handle), **ours.options).invoke(**CALL)
    bare = unobserved(make(Client, MemoryTransport(handle)))
    ByHand(bare, by_hand.tracer_provider, by_hand.meter_provider).invoke(**CALL)
    assert spans(by_hand) == spans(ours)
    assert series(by_hand) == series(ours)
    assert set(series(ours)) == ONE_CALL
    assert "lp.functions.client.inflight" in by_hand.metrics().keys() & ours.metrics().keys()
