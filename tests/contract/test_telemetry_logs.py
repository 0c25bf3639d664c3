"""Log lines: which, at which level, with which fields; in applications that configured nothing, logging, structlog."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.testing import CapturingLogger

from lpfunctions import BearerToken, Client, FaaSConfigurationError, FaaSInvokeError, RetryPolicy, redact_secrets
from lpfunctions.adapters.memory import RecordingMetrics
from lpfunctions.adapters.telemetry.logger import level_test, logger_for
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

EVENT = "conversational_command"
RECORD = set(vars(logging.LogRecord("n", logging.INFO, "p", 1, "m", None, None))) | {"message", "asctime"}


def greeter(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="greet", event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        return "hello"

    return greet


def fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in RECORD}


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name.startswith("lpfunctions")]


def test_a_failed_call_is_one_line_at_warning(v2_environment: Environment, caplog: pytest.LogCaptureFixture) -> None:
    client = v2_environment.client()
    with caplog.at_level(logging.INFO, "lpfunctions"):
        response = client.invoke(lambda_uuid="missing", payload={"a": 1})

    (line,) = lines(caplog)
    assert (line.name, line.levelname, line.getMessage()) == ("lpfunctions.client", "WARNING", "invoke failed: 404")
    assert fields(line) == {
        "operation": "invoke",
        "account_id": "12345678",
        "lambda_uuid": "missing",
        "host": response.url.split("/")[2],
        "status": 404,
        "error_type": "404",
        "error_code": "com.liveperson.faas.function.not-found",
        "delivered": "no",
        "attempts": 1,
        "elapsed_seconds": 0.0,
        "request_id": response.request_id,
    }


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize(("kind", "status"), [("token", 500), ("discovery", 404)])
def test_the_status_of_discovery_or_of_the_token_endpoint_is_never_the_operations(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture, kind: Any, status: int, is_warm: bool
) -> None:
    environment, sdk, told = v2_environment, Sdk(), RecordingMetrics()
    uuid = greeter(environment).uuid
    client = environment.client(metric_collector=told, **sdk.options)
    if is_warm:
        client.invoke(lambda_uuid=uuid)
        if kind == "discovery":
            environment.clock.advance(25 * 3600.0)
        environment.platform.revoke_tokens()
    environment.platform.fail_next(kind=kind, status=status, times=None)

    with caplog.at_level(logging.INFO, "lpfunctions"), pytest.raises(FaaSInvokeError) as caught:
        client.invoke(lambda_uuid=uuid)

    (line,) = (line for line in lines(caplog) if line.getMessage().startswith("invoke failed"))
    assert caught.value.status is None
    assert getattr(caught.value.__cause__, "status", None) == status
    assert not {"status", "host"} & set(fields(line))
    assert fields(line).get("attempts", 0) == 0
    assert (told.data[-1].status_code, told.data[-1].domain) == (None, "unresolved")
    span = [span for span in sdk.spans if span.name == "LivePersonFunctions.Invoke"][-1]
    assert "http.response.status_code" not in span.attributes
    assert not {"faas.invoked_region", "server.address"} & set(span.attributes)


def test_a_call_without_an_answer_says_why(v2_environment: Environment, caplog: pytest.LogCaptureFixture) -> None:
    environment = v2_environment
    client = environment.client()
    client.call("warm_up")
    environment.platform.fail_next(lose_answer=True, path_contains="invoke")
    with caplog.at_level(logging.INFO, "lpfunctions"), pytest.raises(FaaSInvokeError) as caught:
        client.invoke(event_id=EVENT)

    (line,) = lines(caplog)
    assert line.getMessage() == "invoke failed: FaaSConnectionError"
    said = fields(line)
    assert said.pop("cause") == str(caught.value.__cause__)
    assert said.pop("host")
    assert said == {
        "operation": "invoke",
        "account_id": "12345678",
        "event_id": EVENT,
        "error_type": "FaaSConnectionError",
        "delivered": "unknown",
        "attempts": 1,
        "elapsed_seconds": 0.0,
        "request_id": caught.value.request_id,
    }


def test_a_failure_of_the_function_itself_is_one_line_at_info(
    memory_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    @memory_environment.platform.function(name="throw")
    def throw(_given: FunctionInput) -> None:
        raise RuntimeError("oh")

    with caplog.at_level(logging.INFO, "lpfunctions"):
        memory_environment.client().invoke(lambda_uuid=throw.uuid)

    (line,) = lines(caplog)
    assert (line.levelname, line.getMessage()) == ("INFO", "invoke failed: FaaSLambdaError")


def test_where_warning_is_asked_for_a_failed_call_is_told_and_a_failed_function_is_not(
    memory_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    @memory_environment.platform.function(name="throw")
    def throw(_given: FunctionInput) -> None:
        raise RuntimeError("oh")

    client = memory_environment.client()
    with caplog.at_level(logging.WARNING, "lpfunctions"):
        client.invoke(lambda_uuid=throw.uuid)
        client.invoke(lambda_uuid="missing")
        client.call("is_implemented", event_id=EVENT)
        with pytest.raises(FaaSConfigurationError):
            client.invoke()

    assert [(line.levelname, line.getMessage()) for line in lines(caplog)] == [
        ("WARNING", "invoke failed: 404"),
        ("WARNING", "invoke failed: FaaSConfigurationError"),
    ]
    assert {"elapsed_seconds", "attempts"} <= set(fields(lines(caplog)[0]))


@pytest.mark.parametrize("endpoint", ["token", "discovery"])
def test_that_no_call_can_succeed_is_one_error_and_its_end_one_line(
    memory_environment: Environment, caplog: pytest.LogCaptureFixture, endpoint: Any
) -> None:
    environment, client, uuid = (
        memory_environment,
        memory_environment.client(retry=RetryPolicy.none()),
        greeter(memory_environment).uuid,
    )
    environment.platform.fail_next(status=404, kind=endpoint, times=None)
    with caplog.at_level(logging.INFO, "lpfunctions"):
        for _ in range(20):
            with pytest.raises(FaaSInvokeError):
                client.invoke(lambda_uuid=uuid)
            environment.clock.advance(3)
        environment.platform.clear_faults()
        assert client.invoke(lambda_uuid=uuid).ok

    told = [line for line in lines(caplog) if not line.getMessage().startswith("invoke failed")]
    assert [(line.levelname, line.getMessage()) for line in told] == [
        (
            "ERROR",
            {
                "token": "could not obtain a token; no call can succeed",
                "discovery": "could not discover the hosts; no call can succeed",
            }[endpoint],
        ),
        ("INFO", f"{endpoint} has recovered; calls can succeed again"),
    ]
    assert fields(told[1]) == {"purpose": endpoint, "failures_in_a_row": 20, "lasted_seconds": 60.0}
    assert {line.levelname for line in lines(caplog) if line not in told} == {"WARNING"}


def test_successes_retries_and_denials_are_for_those_who_look_closely(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    environment = v2_environment
    uuid = greeter(environment).uuid
    client = environment.client()
    client.call("warm_up")
    environment.platform.fail_next(status=503, headers={"Retry-After": "2"}, path_contains="invoke")
    with caplog.at_level(logging.INFO, "lpfunctions"):
        client.invoke(lambda_uuid=uuid)
    assert lines(caplog) == []

    environment.platform.fail_next(status=503, headers={"Retry-After": "2"}, path_contains="invoke")
    environment.platform.fail_next(status=502, path_contains="invoke")
    with caplog.at_level(logging.DEBUG, "lpfunctions"):
        client.invoke(lambda_uuid=uuid)
    assert [(line.levelname, line.getMessage()) for line in lines(caplog)] == [
        ("DEBUG", "invoke attempt ended"),
        ("DEBUG", "invoke attempt ended"),
        ("DEBUG", "invoke not repeated: may_have_run"),
        ("WARNING", "invoke failed: 502"),
    ]
    first = fields(lines(caplog)[0])
    assert first.pop("host")
    assert first.pop("request_id") == fields(lines(caplog)[3])["request_id"]
    assert first == {
        "operation": "invoke",
        "method": "POST",
        "route": "/api/account/{account_id}/lambdas/{lambda_uuid}/invoke",
        "resend_count": 0,
        "status": 503,
        "delivered": "no",
        "elapsed_seconds": 0.0,
    }


def test_a_remembered_answer_is_a_success(v2_environment: Environment, caplog: pytest.LogCaptureFixture) -> None:
    client = v2_environment.client()
    client.call("is_implemented", event_id=EVENT)
    with caplog.at_level(logging.DEBUG, "lpfunctions"):
        client.call("is_implemented", event_id=EVENT)

    (line,) = lines(caplog)
    assert line.getMessage() == "is_implemented succeeded"
    assert fields(line)["from_cache"] is True


def test_a_logger_of_the_application_is_used(v2_environment: Environment, caplog: pytest.LogCaptureFixture) -> None:
    client = v2_environment.client(logger=logging.getLogger("shop.functions"))
    with caplog.at_level(logging.INFO):
        client.invoke(lambda_uuid="missing")

    assert [record.name for record in caplog.records if record.name.startswith(("shop", "lp"))] == ["shop.functions"]


def test_a_structlog_logger_of_the_application_is_used_with_its_own_processors(v2_environment: Environment) -> None:
    written = CapturingLogger()
    logger = structlog.wrap_logger(
        written,
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind(tenant="t1")
    client = v2_environment.client(logger=logger)
    client.invoke(lambda_uuid="missing")
    client.call("is_implemented", event_id=EVENT)

    (line,) = written.calls
    said = json.loads(line.args[0])
    assert (said["event"], said["level"], said["tenant"]) == ("invoke failed: 404", "warning", "t1")
    assert said["request_id"]


def test_a_refresh_that_fails_is_told_to_the_given_logger(v2_environment: Environment) -> None:
    written = CapturingLogger()
    client, uuid = v2_environment.client(logger=written, retry=RetryPolicy.none()), greeter(v2_environment).uuid
    client.invoke(lambda_uuid=uuid)
    v2_environment.platform.fail_next(status=503, kind="token", times=None)
    v2_environment.clock.advance(31 * 60)
    for _ in range(3):
        assert client.invoke(lambda_uuid=uuid).body == "hello"
        v2_environment.wait_until_idle()
        v2_environment.clock.advance(5)

    told = [call for call in written.calls if "refreshed" in call.args[0]]
    assert [(call.method_name, call.args[0]) for call in told] == [
        ("info", "token could not be refreshed; the old one serves"),
        *[("debug", "token could not be refreshed; the old one serves")] * (len(told) - 1),
    ]
    assert [call.kwargs["failures_in_a_row"] for call in told] == list(range(1, len(told) + 1))
    first = told[0].kwargs
    assert (first["purpose"], first["error_type"], first["next_try_seconds"]) == (
        "token",
        "FaaSAppJWTAuthenticationError",
        1.0,
    )
    assert "503" in first["cause"]


def test_a_logger_that_tells_its_level_is_asked_before_fields_are_gathered() -> None:
    class Telling(CapturingLogger):
        def is_enabled_for(self, level: int) -> bool:
            return level >= logging.WARNING

    assert not level_test(logger_for(Telling()))(logging.INFO)
    assert level_test(logger_for(CapturingLogger()))(logging.DEBUG)


@pytest.mark.parametrize(
    "logger",
    # An adapter puts its own fields in the place of ours.
    ["shop", object(), logging.LoggerAdapter(logging.getLogger("shop"), {})],
    ids=["name", "object", "adapter"],
)
def test_what_is_no_logger_is_refused(v2_environment: Environment, logger: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"logger must be a logging.Logger or a structlog logger, not"):
        v2_environment.client(logger=logger)


def test_a_client_with_a_logger_of_the_standard_library_can_be_pickled() -> None:
    client = Client(account_id="1", auth_strategy=BearerToken("t"), logger=logging.getLogger("shop"), http_spans="off")
    copy = pickle.loads(pickle.dumps(client))
    assert copy.config == client.config
    assert copy._parts.logger is logging.getLogger("shop")


APPLICATION = """
import logging, sys
{setup}
from lpfunctions.testing import FakePlatform
platform = FakePlatform(account_id="12345678", client_id="client-id", client_secret="client-secret")
with platform.client() as client:
    client.invoke(lambda_uuid="missing")
"""

SETUPS = {
    "unconfigured": "",
    "logging": "logging.basicConfig(level=logging.INFO, format='%(name)s|%(message)s|%(operation)s|%(status)s')",
    "structlog": """
import structlog
structlog.configure(
    processors=[structlog.stdlib.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(structlog.stdlib.ProcessorFormatter(
    foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()],
    processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
))
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.INFO)
""",
}


def run(application: str) -> tuple[str, str]:
    script = APPLICATION.format(setup=SETUPS[application])
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


@pytest.mark.sockets
def test_an_application_that_configured_nothing_sees_nothing() -> None:
    assert run("unconfigured") == ("", "")


@pytest.mark.sockets
def test_an_application_that_configured_logging_gets_records_with_our_fields() -> None:
    out, err = run("logging")
    assert (out, err) == ("", "lpfunctions.client|invoke failed: 404|invoke|404\n")


@pytest.mark.sockets
def test_an_application_that_renders_with_structlog_gets_json() -> None:
    out, err = run("structlog")
    said = json.loads(out)
    assert err == ""
    assert said.pop("host").endswith("liveperson.net")
    assert said.pop("request_id")
    assert said.pop("elapsed_seconds") >= 0
    assert said == {
        "event": "invoke failed: 404",
        "level": "warning",
        "logger": "lpfunctions.client",
        "operation": "invoke",
        "account_id": "12345678",
        "lambda_uuid": "missing",
        "status": 404,
        "error_type": "404",
        "error_code": "com.liveperson.faas.function.not-found",
        "delivered": "no",
        "attempts": 1,
    }


@pytest.mark.sockets
def test_importing_the_library_configures_nothing() -> None:
    script = "import logging, structlog, lpfunctions.client; print(structlog.is_configured(), logging.root.handlers)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False []"


def test_the_processor_for_users_hides_what_looks_like_a_credential() -> None:
    event = redact_secrets(
        None,
        "info",
        {
            "event": "asked with Bearer abc.def-ghi",
            "authorization": "Bearer abc",
            "headers": {"Authorization": "x", "accept": "*/*", "DPoP": "proof"},
            "items": [{"client_secret": "s"}, "client_secret=s&grant=x", b"access_token=abc"],
            "token": None,
            "count": 3,
            "X-Api-Key": "k",
            "error": ValueError("Authorization: Bearer abc"),
            "exception": "Traceback …\nOSError: https://user:pw@proxy/",
        },
    )

    assert event == {
        "event": "asked with Bearer [redacted]",
        "authorization": "[redacted]",
        "headers": {"Authorization": "[redacted]", "accept": "*/*", "DPoP": "[redacted]"},
        "items": [{"client_secret": "[redacted]"}, "client_secret=[redacted]&grant=x", "access_token=[redacted]"],
        "token": None,
        "count": 3,
        "X-Api-Key": "[redacted]",
        "error": "ValueError('Authorization: Bearer [redacted]')",
        "exception": "Traceback …\nOSError: https://[redacted]@proxy/",
    }


def test_the_processor_for_users_leaves_exc_info_to_the_one_that_formats_it() -> None:
    failure = ValueError("x")
    assert redact_secrets(None, "error", {"exc_info": failure})["exc_info"] is failure
