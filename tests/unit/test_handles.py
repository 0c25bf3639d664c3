"""Typed handles: what a type checker makes of them, and which types they refuse before anything is sent."""

from __future__ import annotations

from typing import Any, Literal, assert_type
from uuid import UUID

import pytest
from pydantic import BaseModel

from lpfunctions import (
    AsyncClient,
    AsyncFunctionHandle,
    BearerToken,
    Client,
    EventResult,
    FaaSConfigurationError,
    FunctionHandle,
    FunctionInfo,
)
from lpfunctions.core.requests.calls import Invocation, InvokeOptions
from lpfunctions.testing import FakePlatform, FunctionInput


class Query(BaseModel):
    order: str


class Order(BaseModel):
    status: str


CLIENT = Client(account_id="1", auth_strategy=BearerToken("t"))
ASYNC_CLIENT = AsyncClient(account_id="1", auth_strategy=BearerToken("t"))


def test_a_handle_has_the_types_that_it_is_given() -> None:
    """mypy and pyright check these; at run time they are true of anything."""
    assert_type(CLIENT.function(lambda_uuid="u", request=Query, response=Order), FunctionHandle[Query, Order])
    assert_type(CLIENT.function(lambda_uuid="u", request=Query), FunctionHandle[Query, Any])
    assert_type(
        CLIENT.function(event_id="e", response=list[EventResult[Order]]), FunctionHandle[Any, list[EventResult[Order]]]
    )
    assert_type(CLIENT.function(event_id="e"), FunctionHandle[Any, Any])
    assert_type(CLIENT.function(lambda_uuid=UUID(int=1), response=Order), FunctionHandle[Any, Order])
    assert_type(ASYNC_CLIENT.function(lambda_uuid=FunctionInfo(uuid="u")), AsyncFunctionHandle[Any, Any])
    assert_type(ASYNC_CLIENT.function(lambda_uuid="u", response=Order), AsyncFunctionHandle[Any, Order])
    assert_type(ASYNC_CLIENT.function(lambda_uuid="u", response=Order | None), AsyncFunctionHandle[Any, Order | None])
    assert_type(
        CLIENT.function(lambda_uuid="u", request=Query | int, response=Literal["a"]),
        FunctionHandle[Query | int, Literal["a"]],
    )


@pytest.mark.parametrize(
    "shape", ["Order", 3, object(), Order(status="x")], ids=["name", "number", "object", "instance"]
)
@pytest.mark.parametrize("place", ["request", "response"])
@pytest.mark.parametrize("client", [CLIENT, ASYNC_CLIENT], ids=["sync", "async"])
def test_what_is_no_type_is_refused_when_the_handle_is_made(client: Any, place: str, shape: object) -> None:
    with pytest.raises(FaaSConfigurationError, match="pydantic cannot validate"):
        client.function(lambda_uuid="u", **{place: shape})


def test_an_answer_read_as_no_type_at_all_still_says_that_the_function_ran() -> None:
    platform = FakePlatform()

    @platform.function(name="f")
    def f(_given: FunctionInput) -> str:
        return "ran"

    with platform.client() as client, pytest.raises(FaaSConfigurationError) as caught:
        client.invoke(lambda_uuid=f.uuid).parse(3)
    assert caught.value.delivered == "yes"


def test_a_list_that_does_not_fit_is_named_with_what_it_holds() -> None:
    platform = FakePlatform()

    @platform.function(name="f")
    def f(_given: FunctionInput) -> str:
        return "no list"

    with platform.client() as client, pytest.raises(Exception, match=r"list\[.*Order\]"):
        client.function(lambda_uuid=f.uuid, response=list[Order])({})


def test_a_handle_takes_the_options_of_an_invocation() -> None:
    fixed = {"lambda_uuid", "event_id", "payload", "tag"}
    assert set(InvokeOptions.__annotations__) == set(Invocation.__dataclass_fields__) - fixed


def test_a_handle_shows_the_uuid_of_whatever_named_its_function() -> None:
    named = repr(CLIENT.function(lambda_uuid=FunctionInfo(uuid="u")))
    assert named == "<FunctionHandle lambda_uuid='u'>"
