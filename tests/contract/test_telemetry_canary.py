"""No secret, token or payload in any log line, span, metric, or pickle of what a collector is told."""

from __future__ import annotations

import json
import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import ClientCredentials, FaaSInvokeError, FaaSOperationError
from lpfunctions.adapters.memory import RecordingMetrics
from tests.support.canary import assert_hidden, quiet_logs
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

SECRET = "canary secret/+&=ü"
PAYLOAD = "canary-payload-4711"
HEADER = "canary-header-4711"
QUERY = "canary-query-4711"
RETURNED = "canary-returned-4711"
THROWN = "canary-thrown-4711"
EVENT = "conversational_command"


def chatty(environment: Environment) -> DeployedFunction:
    """It quotes what it was sent, as functions do."""

    @environment.platform.function(name="chatty", event_id=EVENT)
    def chatty(given: FunctionInput) -> Any:
        if given.payload.get("fail"):
            raise RuntimeError(f"{THROWN}: cannot handle {json.dumps(given.payload)}")
        return {"returned": RETURNED, "headers": given.headers, "payload": given.payload}

    return chatty


def everything(sdk: Sdk) -> str:
    """All that a span or a metric of ours says."""
    said = [span.to_json() for span in sdk.raw_spans]
    return "\n".join([*said, repr(sdk.metrics())])


def live(environment: Environment, sdk: Sdk, told: RecordingMetrics) -> None:
    """Successes, failures of every kind, retries, refreshed and refused tokens."""
    uuid = chatty(environment).uuid
    environment.platform.account.client_secret = SECRET
    client = environment.client(
        **sdk.options,
        metric_collector=told,
        auth_strategy=ClientCredentials(client_id="client-id", client_secret=SECRET),
    )
    sent: dict[str, Any] = {"headers": {"x": HEADER}, "skill_id": QUERY, "external_system": QUERY}
    client.invoke(lambda_uuid=uuid, payload={"a": PAYLOAD}, **sent)
    client.invoke(lambda_uuid=uuid, payload={"a": PAYLOAD, "fail": 1}, **sent)
    client.invoke(event_id=EVENT, payload={"a": PAYLOAD, "fail": 1}, **sent)
    faults: list[dict[str, Any]] = [
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 502, "body": {"code": "com.liveperson.faas.gateway", "message": THROWN}},
    ]
    for fault in faults:
        environment.platform.fail_next(**fault, path_contains="invoke")
        client.invoke(lambda_uuid=uuid, payload={"a": PAYLOAD}, **sent)
    environment.platform.fail_next(lose_answer=True, path_contains="invoke")
    with pytest.raises(FaaSInvokeError):
        client.invoke(lambda_uuid=uuid, payload={"a": PAYLOAD}, **sent)
    environment.platform.fail_next(status=401, path_contains="invoke")
    client.invoke(lambda_uuid=uuid, payload={"a": PAYLOAD}, **sent)
    client.call("is_implemented", event_id=EVENT, user_id=QUERY, skill_id=QUERY)
    client.call("get_functions", user_id=QUERY, function_name=QUERY)
    refused = environment.client(**sdk.options, metric_collector=told)  # its secret is not the platform's
    with pytest.raises(FaaSOperationError):
        refused.invoke(lambda_uuid=uuid, payload={"a": PAYLOAD}, **sent)


def tokens(environment: Environment) -> list[str]:
    found = [request.headers.get("authorization") for request in environment.journal]
    return [header.partition(" ")[2] for header in found if header]


def test_nothing_that_is_told_holds_what_was_sent_or_who_we_are(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    environment, sdk, told = v2_environment, Sdk(), RecordingMetrics()
    with caplog.at_level(logging.DEBUG), quiet_logs(caplog, SECRET, PAYLOAD, HEADER, RETURNED):
        live(environment, sdk, told)

    ours = "\n".join(f"{record.getMessage()} {vars(record)!r}" for record in caplog.records if "lpfun" in record.name)
    assert ours.count("invoke failed") >= 5, "the test must have something to search"
    for where, shown in (("a log line", ours), ("a span or metric", everything(sdk))):
        assert_hidden(where, shown, SECRET, PAYLOAD, HEADER, QUERY, RETURNED, THROWN, "Bearer", "eyJ")


def test_what_a_collector_is_told_travels_without_a_secret(v2_environment: Environment) -> None:
    environment, sdk, told = v2_environment, Sdk(), RecordingMetrics()
    live(environment, sdk, told)

    assert len(told.data) == 10
    for data in told.data:
        assert_hidden("the pickle of metric data", pickle.dumps(data), SECRET, HEADER, "Bearer", "eyJ")


@pytest.mark.parametrize("text", ["Bearer abcdef.ghi", "eyJhbGciOi.eyJzdWIi.sig"], ids=["scheme", "jwt"])
def test_a_credential_passed_as_an_id_by_mistake_is_hidden(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    sdk = Sdk()
    with caplog.at_level(logging.DEBUG, "lpfunctions"):
        v2_environment.client(**sdk.options).invoke(lambda_uuid=text)

    said = "\n".join(repr(vars(record)) for record in caplog.records if record.name == "lpfunctions.client")
    name = sdk.span("LivePersonFunctions.Invoke").attributes["faas.invoked_name"]
    assert text not in said
    assert text != name
