"""get_lambdas and get_functions, from one body on four environments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import (
    BearerToken,
    CSDSDomainNotFound,
    FaaSConfigurationError,
    FaaSGetFunctionsError,
    FaaSGetLambdasError,
    FaaSResponseFormatError,
    FunctionInfo,
    FunctionList,
    RetryPolicy,
    StaticDomainResolver,
)
from tests.support.functions import greeter

if TYPE_CHECKING:
    from tests.support.environments import Environment


def populate(environment: Environment) -> None:
    @environment.platform.function(name="orders", event_id="conversational_command", skills=("7",), description="d")
    def orders(_given: object) -> None: ...

    @environment.platform.function(name="order-history", state="Draft")
    def history(_given: object) -> None: ...

    @environment.platform.function(name="crm", state="Modified")
    def crm(_given: object) -> None: ...


def names(functions: FunctionList) -> list[str | None]:
    return [function.name for function in functions]


def test_get_lambdas_lists_on_both_versions(environment: Environment) -> None:
    populate(environment)

    functions = environment.client().call("get_lambdas")

    assert isinstance(functions, FunctionList)
    assert functions.ok
    assert len(functions) == 3
    assert sorted(map(str, names(functions))) == ["crm", "order-history", "orders"]
    orders = next(function for function in functions if function.name == "orders")
    assert isinstance(orders, FunctionInfo)
    assert (orders.state, orders.event_id, orders.description) == ("Productive", "conversational_command", "d")
    assert isinstance(orders.created_at, datetime)
    assert orders.uuid


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"state": "Productive"}, ["orders"], id="one state"),
        pytest.param({"state": ["Draft", "Modified"]}, ["crm", "order-history"], id="states"),
        pytest.param({"state": []}, ["crm", "order-history", "orders"], id="no state"),
        pytest.param({"event_id": "command"}, ["orders"], id="event"),
        pytest.param({"event_id": "nothing"}, [], id="no such event"),
        pytest.param({"name": "order"}, ["order-history", "orders"], id="name"),
    ],
)
def test_filters_reach_the_platform(environment: Environment, filters: dict[str, Any], found: list[str]) -> None:
    populate(environment)

    assert sorted(map(str, names(environment.client().call("get_lambdas", **filters)))) == found


@pytest.mark.over_http
def test_the_v1_list_request_is_the_documented_one(v1_environment: Environment) -> None:
    v1_environment.client().call(
        "get_lambdas", state=["Draft", "Productive"], event_id="e", user_id="u", name="n", external_system="crm"
    )

    (request,) = v1_environment.journal.list_requests
    assert request.url.partition("/api/")[2] == (
        "account/12345678/lambdas/?v=1&eventId=e&state=Draft&state=Productive&userId=u&name=n&externalSystem=crm"
    )


@pytest.mark.over_http
def test_the_v2_list_request_is_the_documented_one(v2_environment: Environment) -> None:
    v2_environment.client().call("get_functions", state="Draft", event_id="e", user_id="u", function_name="n")

    (request,) = v2_environment.journal.list_requests
    assert request.url.partition("/api/")[2] == (
        "account/12345678/functions?eventId=e&state=Draft&userId=u&functionName=n"
    )
    assert request.headers["lp-eventsource"] == "Unknown"


def test_get_lambdas_on_v2_sends_the_name_as_function_name(v2_environment: Environment) -> None:
    v2_environment.client().call("get_lambdas", name="n")

    assert v2_environment.journal.list_requests[0].query == {"functionName": ["n"]}


def test_get_functions_on_v1_is_refused_with_what_to_use_instead(v1_environment: Environment) -> None:
    with pytest.raises(FaaSGetFunctionsError, match="on V1, which has no get_functions; use get_lambdas") as failed:
        v1_environment.client().call("get_functions")
    assert failed.value.delivered == "no"
    assert v1_environment.journal.list_requests == []


def test_a_state_that_the_platform_does_not_know_is_passed_on(environment: Environment) -> None:
    answer = environment.client().call("get_lambdas", state="active")

    assert answer.status == 400
    with pytest.raises(FaaSGetLambdasError, match="400"):
        len(answer)
    with pytest.raises(FaaSGetLambdasError, match="400"):
        environment.client().call("get_lambdas", state="active", fail_on_error_status_code=True)


def test_a_listing_that_is_no_list_says_so(environment: Environment) -> None:
    environment.platform.fail_next(status=200, body={"a": 1}, kind="list")

    with pytest.raises(FaaSGetLambdasError, match="does not fit") as failed:
        names(environment.client().call("get_lambdas"))
    assert isinstance(failed.value.__cause__, FaaSResponseFormatError)


def test_fields_unknown_or_missing_do_no_harm(environment: Environment) -> None:
    item = {
        "uuid": "u",
        "newField": {"x": 1},
        "isCompV1": "true",
        "createdAt": "some day",
        "version": "3",
        "skills": None,
    }
    environment.platform.fail_next(status=200, body=[item, {}], kind="list")

    first, second = environment.client().call("get_lambdas")

    assert (first.is_comp_v1, first.created_at, first.version, first.skills) == (True, "some day", "3", None)
    assert first.model_extra == {"newField": {"x": 1}}
    assert second == FunctionInfo()


def test_a_listing_changes_nothing_and_is_repeated(environment: Environment) -> None:
    environment.platform.fail_next(status=500, kind="list")

    assert environment.client().call("get_lambdas").ok
    assert not environment.client(retry=RetryPolicy.none()).call("get_lambdas").retry_count


def test_a_user_bearer_lists_through_a_copy_of_the_client(environment: Environment) -> None:
    populate(environment)
    environment.platform.add_bearer("a-user")
    driver = environment.client()

    copy = environment.drive(driver.client.with_options(auth_strategy=BearerToken("a-user")))

    assert len(copy.call("get_lambdas")) == 3
    assert environment.journal.list_requests[0].headers["authorization"] == "Bearer a-user"
    assert environment.journal.token_requests == []


def test_a_wrong_argument_is_refused_before_anything_is_sent(environment: Environment) -> None:
    for arguments in ({"state": [7]}, {"event_id": 7}, {"name": "a\rb"}, {"user_id": b"x"}):
        with pytest.raises(FaaSConfigurationError):
            environment.client().call("get_lambdas", **arguments)
    assert len(environment.journal) == 0


def test_the_listed_uuid_can_be_invoked(environment: Environment) -> None:
    greeter(environment)
    client = environment.client()

    (function,) = client.call("get_lambdas")

    assert client.invoke(lambda_uuid=function.uuid, payload={"name": "A"}).body == {"hello": "A"}


def test_hosts_that_are_known_need_no_gateway_to_list_when_the_version_is_given(
    memory_environment: Environment,
) -> None:
    hosts = {name: host for name, host in memory_environment.platform.account.domains.items() if name != "faasGW"}
    version = str(memory_environment.platform.account.platform_version)
    client = memory_environment.client(domain_resolver=StaticDomainResolver(hosts), platform_version=version)
    assert client.call("get_lambdas").ok

    unsure = memory_environment.client(domain_resolver=StaticDomainResolver(hosts))
    with pytest.raises(FaaSGetLambdasError, match=r"'faasGW'.*name it, or set platform_version") as caught:
        unsure.call("get_lambdas")
    assert isinstance(caught.value.__cause__, CSDSDomainNotFound)
    assert caught.value.__cause__.service == "faasGW"
