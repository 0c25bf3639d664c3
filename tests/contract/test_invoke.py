"""invoke, from one body on four environments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from lpfunctions import (
    CSDSDomainNotFound,
    CSDSFailure,
    Event,
    EventResult,
    FaaSAppJWTAuthenticationError,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSResponseFormatError,
    FunctionInfo,
    Invocation,
    RetryPolicy,
    StaticDomainResolver,
)
from tests.support.functions import echo, greeter, thrower

if TYPE_CHECKING:
    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Environment


class Greeting(BaseModel):
    hello: str
    at: datetime | None = None


@pytest.mark.over_http
def test_invoking_by_uuid_returns_what_the_function_returned(environment: Environment) -> None:
    response = environment.client().invoke(lambda_uuid=greeter(environment).uuid, payload={"name": "Ada"})

    assert response.ok
    assert response.status == 200
    assert response.body == {"hello": "Ada"}
    assert response.parse(Greeting) == Greeting(hello="Ada")
    assert response.retry_count == 0
    assert response.raise_for_status() is response


@pytest.mark.parametrize("form", ["uuid.UUID", "FunctionInfo", "DeployedFunction"])
def test_a_function_is_named_by_whatever_knows_its_uuid(environment: Environment, form: str) -> None:
    function = greeter(environment)
    forms: dict[str, Any] = {
        "uuid.UUID": UUID(function.uuid),
        "FunctionInfo": FunctionInfo(uuid=function.uuid, skills=["a"]),
        "DeployedFunction": function,
    }
    client, named = environment.client(), forms[form]
    ada = {"name": "Ada"}

    assert client.invoke(lambda_uuid=named, payload=ada).raise_for_status().body == {"hello": "Ada"}
    assert client.function(lambda_uuid=named)(ada) == {"hello": "Ada"}
    assert Invocation(lambda_uuid=named).lambda_uuid == function.uuid
    error = client.invoke(lambda_uuid=UUID(int=7)).error
    assert str(error).startswith(f"invoke of function '{UUID(int=7)}' for account ")


@pytest.mark.over_http
def test_invoking_by_event_returns_one_result_per_function(environment: Environment) -> None:
    first, second = greeter(environment, event_id=Event.CONVERSATIONAL_COMMAND), echo(environment)

    response = environment.client().invoke(event_id=Event.CONVERSATIONAL_COMMAND, payload={"name": "Ada"})

    (result,) = response.parse(list[EventResult[Greeting]])
    assert result.uuid == first.uuid != second.uuid
    assert result.result.hello == "Ada"
    assert isinstance(result.timestamp, datetime)


def test_an_async_function_of_the_platform_runs_too(environment: Environment) -> None:
    @environment.platform.function(name="slow-greet")
    async def greet(given: FunctionInput) -> str:
        return f"hello {given.payload}"

    assert environment.client().invoke(lambda_uuid=greet.uuid, payload="Ada").body == "hello Ada"


@pytest.mark.over_http
def test_a_function_sees_payload_headers_and_timestamp(environment: Environment) -> None:
    response = environment.client().invoke(
        lambda_uuid=echo(environment).uuid, payload=[1, None, "ö😀"], headers={"lang": "en"}, timestamp=1234
    )

    assert response.body == {
        "payload": [1, None, "ö😀"],
        "headers": [{"key": "lang", "value": "en"}],
        "timestamp": 1234,
    }


def test_the_timestamp_is_now_in_milliseconds(environment: Environment) -> None:
    response = environment.client().invoke(lambda_uuid=echo(environment).uuid)

    assert response.body["timestamp"] == int(environment.clock.now() * 1000)
    assert datetime.fromtimestamp(response.body["timestamp"] / 1000, UTC).year == 2023


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        pytest.param({}, {}, id="left out"),
        pytest.param({"payload": None}, None, id="none"),
        pytest.param({"payload": 2**80}, 2**80, id="big integer"),
        pytest.param({"payload": "text"}, "text", id="text"),
        pytest.param({"payload": Greeting(hello="x")}, {"hello": "x", "at": None}, id="model"),
        pytest.param({"payload": {"x" * 200_000: "y" * 200_000}}, {"x" * 200_000: "y" * 200_000}, id="large"),
    ],
)
def test_any_json_able_payload_arrives(environment: Environment, arguments: dict[str, Any], sent: object) -> None:
    assert environment.client().invoke(lambda_uuid=echo(environment).uuid, **arguments).body["payload"] == sent


@pytest.mark.over_http
def test_a_v1_invocation_looks_on_the_wire_as_the_platform_documents_it(v1_environment: Environment) -> None:
    environment = v1_environment
    uuid = greeter(environment).uuid

    environment.client().invoke(
        lambda_uuid=uuid, payload={"name": "ö"}, external_system="my system&", skill_id="7", request_id="r-1"
    )

    (request,) = environment.journal.invocations
    assert request.method == "POST"
    assert (
        request.url.partition("/api/")[2]
        == f"account/12345678/lambdas/{uuid}/invoke?v=1&skillId=7&externalSystem=my%20system%26"
    )
    now_ms = int(environment.clock.now() * 1000)
    assert request.body == f'{{"timestamp":{now_ms},"headers":[],"payload":{{"name":"ö"}}}}'.encode()
    assert request.headers["x-request-id"] == "r-1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["authorization"].startswith("Bearer eyJ")
    assert re.fullmatch(r"lpfunctions/\S+ python/\S+", request.headers["user-agent"])
    assert "lp-eventsource" not in request.headers


@pytest.mark.over_http
def test_a_v2_invocation_names_its_source_in_a_header(v2_environment: Environment) -> None:
    environment = v2_environment
    greeter(environment, event_id="my event/1")

    environment.client().invoke(
        event_id="my event/1", payload={"name": "A"}, lp_event_source="bot", external_system="crm"
    )

    (request,) = environment.journal.invocations
    assert request.url.partition("/api/")[2] == "account/12345678/events/my%20event%2F1/invoke"
    assert request.headers["lp-eventsource"] == "bot"


def test_the_source_defaults_to_the_words_of_each_version(environment: Environment) -> None:
    environment.client().invoke(lambda_uuid=greeter(environment).uuid, payload={"name": "A"})

    (request,) = environment.journal.invocations
    if environment.platform.platform_version == "v1":
        assert request.query == {"v": ["1"], "externalSystem": ["unknown"]}
    else:
        assert request.headers["lp-eventsource"] == "Unknown"
        assert request.query == {}


def test_only_functions_with_the_skill_are_run(environment: Environment) -> None:
    greeter(environment, event_id="e", skills=("7",))
    client = environment.client()

    assert client.invoke(event_id="e", skill_id="7", payload={"name": "A"}).body[0]["result"] == {"hello": "A"}
    answer = client.invoke(event_id="e", skill_id="8", payload={"name": "A"})
    assert (
        (answer.status, answer.body) == (200, [])
        if environment.platform.platform_version == "v1"
        else answer.status == 404
    )


def test_an_event_without_a_function_differs_between_the_versions(environment: Environment) -> None:
    response = environment.client().invoke(event_id="nobody-listens")

    if environment.platform.platform_version == "v1":
        assert response.body == []
    else:
        assert response.status == 404
        assert response.error is not None
        assert response.error.error_code == "com.liveperson.faas.function.not-found"


@pytest.mark.over_http
def test_a_failing_function_is_a_lambda_error_with_its_code(environment: Environment) -> None:
    response = environment.client().invoke(lambda_uuid=thrower(environment).uuid)

    assert not response.ok
    assert response.status == 901
    with pytest.raises(FaaSLambdaError, match="the function failed: 901") as failed:
        response.raise_for_status()
    error = failed.value
    assert error.status == 901
    assert error.error_code is not None
    assert error.error_code.endswith(
        "custom-failure" if environment.platform.platform_version == "v1" else "threw-error"
    )
    assert error.error_message == "Function Invocation failed due to an issue caused by customer coding"
    assert error.delivered == "yes"
    assert not error.retryable
    assert error.response is response
    assert len(environment.journal.invocations) == 1


def test_a_failing_function_raises_at_once_when_told_to(environment: Environment) -> None:
    uuid = thrower(environment).uuid

    with pytest.raises(FaaSLambdaError):
        environment.client(fail_on_error_status_code=True).invoke(lambda_uuid=uuid)
    with pytest.raises(FaaSLambdaError):
        environment.client().invoke(lambda_uuid=uuid, fail_on_error_status_code=True)
    assert (
        not environment.client(fail_on_error_status_code=True)
        .invoke(lambda_uuid=uuid, fail_on_error_status_code=False)
        .ok
    )


def test_one_failing_listener_fails_the_event(environment: Environment) -> None:
    greeter(environment, event_id="e")
    thrower(environment, event_id="e")

    with pytest.raises(FaaSLambdaError):
        environment.client().invoke(event_id="e", payload={"name": "A"}).raise_for_status()


def test_a_v2_error_can_be_had_in_its_v1_form(v2_environment: Environment) -> None:
    response = v2_environment.client().invoke(lambda_uuid=thrower(v2_environment).uuid, v1_comp_error=True)

    assert response.body == {
        "errorCode": "com.liveperson.faas.handler.custom-failure",
        "errorMsg": "Function Invocation failed due to an issue caused by customer coding",
    }


def test_an_unknown_function_is_an_invoke_error_that_names_it(environment: Environment) -> None:
    response = environment.client().invoke(lambda_uuid="no-such-function")

    with pytest.raises(FaaSInvokeError, match="invoke of function 'no-such-function' for account '12345678': 404"):
        response.raise_for_status()
    assert not isinstance(response.error, FaaSLambdaError)


def test_a_body_of_another_shape_says_where_it_does_not_fit(environment: Environment) -> None:
    response = environment.client().invoke(lambda_uuid=echo(environment).uuid, payload="secret-value")

    with pytest.raises(FaaSInvokeError, match="does not fit Greeting: at hello: Field required") as failed:
        response.parse(Greeting)
    assert isinstance(failed.value.__cause__, FaaSResponseFormatError)
    assert "secret-value" not in str(failed.value)


@pytest.mark.over_http
def test_discovery_and_token_are_asked_once_for_many_calls(environment: Environment) -> None:
    client, uuid = environment.client(), greeter(environment).uuid

    for _ in range(5):
        client.invoke(lambda_uuid=uuid, payload={"name": "A"})

    assert len(environment.journal.discovery_requests) == len(environment.journal.token_requests) == 1
    assert len(environment.journal.invocations) == 5


@pytest.mark.over_http
def test_the_token_request_is_the_documented_one(environment: Environment) -> None:
    environment.client().invoke(lambda_uuid="any")

    (request,) = environment.journal.token_requests
    assert request.method == "POST"
    assert request.url.endswith("/sentinel/api/account/12345678/app/token?v=2.0")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.body == b"grant_type=client_credentials&client_id=client-id&client_secret=client-secret"


@pytest.mark.over_http
def test_the_discovery_request_is_the_documented_one(environment: Environment) -> None:
    environment.client(csds_http_headers={"X-Trace": "7"}).invoke(lambda_uuid="any")

    (request,) = environment.journal.discovery_requests
    assert request.url.endswith("/api/account/12345678/service/baseURI.json?version=1.0")
    assert request.headers["x-trace"] == "7"
    assert "authorization" not in request.headers


@pytest.mark.over_http
def test_a_rejected_token_is_replaced_once(environment: Environment) -> None:
    client, uuid = environment.client(), greeter(environment).uuid
    client.invoke(lambda_uuid=uuid, payload={"name": "A"})
    environment.platform.revoke_tokens()

    response = client.invoke(lambda_uuid=uuid, payload={"name": "A"})

    assert response.ok
    assert [request.status for request in environment.journal.invocations] == [200, 401, 200]
    assert len(environment.journal.token_requests) == 2
    assert len({request.request_id for request in environment.journal.invocations[1:]}) == 1


def test_wrong_credentials_are_an_authentication_error_and_nothing_is_run(environment: Environment) -> None:
    from lpfunctions import ClientCredentials

    client = environment.client(auth_strategy=ClientCredentials(client_id="client-id", client_secret="wr0ng"))

    with pytest.raises(FaaSInvokeError, match="token request") as failed:
        client.invoke(lambda_uuid="any")
    assert isinstance(failed.value.__cause__, FaaSAppJWTAuthenticationError)
    assert failed.value.delivered == "no"
    assert "wr0ng" not in str(failed.value)
    assert environment.journal.invocations == []
    assert len(environment.journal.token_requests) == 1


def test_a_wrong_account_is_unknown_to_discovery(environment: Environment) -> None:
    with pytest.raises(FaaSInvokeError, match="knows no service of account '87654321'") as failed:
        environment.client(account_id="87654321").invoke(lambda_uuid="any")
    assert isinstance(failed.value.__cause__, CSDSDomainNotFound)
    assert failed.value.__cause__.service == "faasGW"


def test_a_missing_service_is_named_with_those_that_exist(environment: Environment) -> None:
    with pytest.raises(FaaSInvokeError, match=r"no entry for service 'faasXX' .*known: .*sentinel") as failed:
        environment.client(gw_csds_service_name="faasXX").invoke(lambda_uuid="any")
    assert isinstance(failed.value.__cause__, CSDSDomainNotFound)


def test_a_discovery_outage_is_a_discovery_failure(environment: Environment) -> None:
    environment.platform.fail_next(status=500, kind="discovery", times=None)

    with pytest.raises(FaaSInvokeError) as failed:
        environment.client(retry=RetryPolicy.none()).invoke(lambda_uuid="any")
    assert isinstance(failed.value.__cause__, CSDSFailure)
    assert failed.value.delivered == "no"
    assert failed.value.retryable


def test_hosts_that_are_known_need_no_discovery(environment: Environment) -> None:
    uuid = greeter(environment).uuid
    hosts = {"faasGW": "va.faasgw.liveperson.net", "sentinel": "va.sentinel.liveperson.net"}
    if environment.emulator is not None:
        hosts = dict.fromkeys(hosts, environment.emulator.host)
    elif environment.platform.platform_version == "v2":
        hosts["faasGW"] = "va.fninvocations.liveperson.net"

    client = environment.client(domain_resolver=StaticDomainResolver(hosts))

    assert client.invoke(lambda_uuid=uuid, payload={"name": "A"}).ok
    assert environment.journal.discovery_requests == []


@pytest.mark.over_http
def test_an_answer_lost_on_the_way_is_not_repeated_because_the_function_may_have_run(environment: Environment) -> None:
    uuid = greeter(environment).uuid
    environment.platform.fail_next(lose_answer=True, kind="invoke")

    with pytest.raises(FaaSInvokeError, match="the function may have run") as failed:
        environment.client().invoke(lambda_uuid=uuid, payload={"name": "A"})
    assert isinstance(failed.value.__cause__, FaaSConnectionError)
    assert failed.value.delivered == "unknown"
    assert len(environment.journal.invocations) == 1


@pytest.mark.over_http
def test_a_busy_gateway_is_asked_again_after_the_time_it_names(environment: Environment) -> None:
    uuid = greeter(environment).uuid
    environment.platform.fail_next(status=503, headers={"Retry-After": "2"}, kind="invoke")

    response = environment.client().invoke(lambda_uuid=uuid, payload={"name": "A"})

    assert response.ok
    assert response.retry_count == 1
    assert environment.clock.slept == [2.0]
    assert [attempt.status for attempt in response.attempts] == [503, 200]


@pytest.mark.parametrize(
    ("arguments", "expected_message"),
    [
        ({}, "exactly one of lambda_uuid and event_id"),
        ({"lambda_uuid": "a", "event_id": "b"}, "exactly one of lambda_uuid and event_id"),
        ({"lambda_uuid": ""}, "lambda_uuid must name something"),
        ({"event_id": ".."}, "event_id must name something"),
        ({"lambda_uuid": "a\r\nb"}, "control character"),
        ({"lambda_uuid": 7}, "must be a str, not int; a uuid.UUID will do too"),
        ({"lambda_uuid": FunctionInfo(name="f")}, "must be a str, not FunctionInfo"),
        ({"lambda_uuid": "a", "payload": {"x": [float("nan")]}}, r"payload\.x\[0\]"),
        ({"lambda_uuid": "a", "payload": b"x"}, "is bytes"),
        ({"lambda_uuid": "a", "timestamp": 1.5}, "timestamp must be milliseconds"),
        ({"lambda_uuid": "a", "headers": [{"key": "a"}]}, "headers must be"),
        ({"lambda_uuid": "a", "headers": {"a": 1}}, "headers must hold text"),
        ({"lambda_uuid": "a", "external_system": "x\ny"}, "external_system holds a control character"),
        ({"lambda_uuid": "a", "skill_id": 7}, "skill_id must be a str"),
        ({"lambda_uuid": "a", "request_id": "x y\n"}, "request_id is sent as an HTTP header"),
        ({"lambda_uuid": "a", "timeout": 0}, "more than 0 seconds"),
        ({"lambda_uuid": "a", "timeout": 35000}, "in seconds"),
        ({"lambda_uuid": "a", "retry": 3}, "must be a RetryPolicy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_argument_is_refused_before_anything_is_sent(
    v2_environment: Environment, arguments: dict[str, Any], expected_message: str
) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        v2_environment.client().invoke(**arguments)
    assert len(v2_environment.journal) == 0


HOSTILE = [
    "a/b",
    "..evil/.x",
    "a?b=1",
    "a#f",
    "a b",
    "ünï😀",
    "100% sure",
    "x%sy{z}",
    "a\\b",
    "`;&=+@'|^[]",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_id_stays_one_segment_of_the_path(environment: Environment, name: str) -> None:
    greeter(environment, event_id=name)
    client = environment.client()

    response = client.invoke(event_id=name, payload={"name": "A"})
    client.invoke(lambda_uuid=name)

    assert response.body[0]["result"] == {"hello": "A"}
    by_event, by_uuid = environment.journal.invocations
    assert by_event.path.count("/") == by_uuid.path.count("/") == 6


@pytest.mark.parametrize("name", ["../../2/lambdas/u", "a/../b", "..\\x", "%2e%2e/x", "..%2Fx", "..;/x"])
def test_an_id_that_some_gateways_would_take_for_another_path_is_refused(
    v2_environment: Environment, name: str
) -> None:
    client = v2_environment.client()
    for arguments in ({"lambda_uuid": name}, {"event_id": name}):
        with pytest.raises(FaaSConfigurationError, match="must hold no segment"):
            client.invoke(**arguments)
    with pytest.raises(FaaSConfigurationError, match="must hold no segment"):
        client.call("is_implemented", event_id=name)
    assert len(v2_environment.journal) == 0


def test_a_header_callable_gives_the_authorization_of_each_attempt(environment: Environment) -> None:
    asked: list[tuple[str, str]] = []
    environment.platform.add_bearer("mine")
    environment.platform.fail_next(status=429, kind="invoke")

    def header(*, url: str, method: str) -> str:
        asked.append((url, method))
        return "Bearer mine"

    response = environment.client(auth_strategy=header).invoke(
        lambda_uuid=greeter(environment).uuid, payload={"name": "A"}
    )

    assert response.ok or environment.platform.platform_version == "v1"
    first, second = asked
    assert first == second == (environment.journal.invocations[0].url, "POST")
    assert environment.journal.token_requests == []


@pytest.mark.parametrize(
    ("operation", "argument", "expected_message"),
    [
        ("invoke", "max_retries", r"unknown argument 'max_retries' of invoke; here it is retry=RetryPolicy\(max_ret"),
        ("invoke", "timeuot", r"unknown argument 'timeuot' of invoke; did you mean 'timeout'\?$"),
        ("invoke", "json", r"unknown argument 'json' of invoke; here it is payload=$"),
        ("invoke", "verify", r"unknown argument 'verify' of invoke; the client is told, by ssl_context="),
        ("invoke", "base_url", "unknown argument 'base_url' of invoke; the client is told, by domain_resolver="),
        ("invoke", "api_key", "unknown argument 'api_key' of invoke; the client is told, by auth_strategy="),
        ("invoke", "zzz", "unknown argument 'zzz' of invoke$"),
        ("is_implemented", "max_retries", "of is_implemented; here it is retry="),
        ("is_implemented", "json", "unknown argument 'json' of is_implemented$"),
        ("get_lambdas", "nmae", r"unknown argument 'nmae' of get_lambdas; did you mean 'name'\?$"),
        ("get_functions", "states", r"unknown argument 'states' of get_functions; did you mean 'state'\?$"),
    ],
)
def test_an_argument_that_a_call_does_not_take_is_answered_with_the_one_that_does_it(
    environment: Environment, operation: str, argument: str, expected_message: str
) -> None:
    needed = {"invoke": {"lambda_uuid": "u"}, "is_implemented": {"event_id": "e"}}.get(operation, {})
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        environment.client().call(operation, **needed, **{argument: 3})
    assert not environment.journal
