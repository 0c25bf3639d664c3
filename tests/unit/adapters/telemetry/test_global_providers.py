"""Providers that an application sets late, in a process of its own: they can be set only once."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.sockets


SCRIPT = """
from opentelemetry import metrics, trace
from lpfunctions.testing import FakePlatform
from tests.support.otel import Sdk

platform = FakePlatform(account_id="12345678")
sdk = Sdk()
with platform.client() as client:
    client.invoke(lambda_uuid="a")
    trace.set_tracer_provider(sdk.tracer_provider)
    metrics.set_meter_provider(sdk.meter_provider)
    client.invoke(lambda_uuid="b")
print([span.name for span in sdk.spans], sdk.series("lp.functions.client.operation.duration"))
"""


def test_a_client_that_was_made_before_the_providers_reports_to_them() -> None:
    out = subprocess.check_output([sys.executable, "-W", "error", "-c", SCRIPT], text=True)
    assert out.strip() == (
        "['POST /api/account/{account_id}/lambdas/{lambda_uuid}/invoke', 'LivePersonFunctions.Invoke'] "
        "[({'lp.functions.operation': 'invoke', 'error.type': '404'}, 1)]"
    )
