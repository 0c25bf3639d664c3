"""Deploying a function: what the decorator takes, and what it refuses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.testing import FakePlatform
from tests.support.platform_requests import echo


def refusal(deploy: Any, given: Any) -> str:
    with pytest.raises(FaaSConfigurationError) as refused:
        deploy(given)
    return str(refused.value)


def test_the_decorator_without_parentheses_is_refused() -> None:
    platform = FakePlatform()
    other = platform.add_account(account_id="99")
    assert refusal(platform.function, echo) == (
        "function() was given 'echo' as the name of a function: write @platform.function(), with parentheses"
    )
    assert "@platform.function()" in refusal(other.function, echo)
    assert not platform.functions


@pytest.mark.parametrize("name", [3, b"greet"], ids=repr)
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    assert refusal(FakePlatform().function, name) == f"the name of a function must be text, not {name!r}"


@pytest.mark.parametrize("code", [3, None, "greet"], ids=repr)
def test_what_cannot_be_called_is_not_deployed(code: Any) -> None:
    platform = FakePlatform()
    assert refusal(platform.function("greet"), code) == (
        f"function 'greet' must be a callable that takes the input, not {code!r}"
    )
    assert not platform.functions


PRODUCTION = "3F0E2a4c-1111-4222-8333-444455556666"


@pytest.mark.parametrize("uuid", [PRODUCTION, UUID(PRODUCTION)])
def test_a_function_may_have_the_uuid_of_production(uuid: UUID | str) -> None:
    platform = FakePlatform()
    function = platform.function("f", event_id="e", uuid=uuid)(lambda given: given.payload)
    assert function.uuid == str(uuid)
    with platform.client() as client:
        assert client.invoke(lambda_uuid=str(uuid), payload=1).body == 1
        assert [found.uuid for found in client.get_functions()] == [str(uuid)]


def test_a_second_function_of_a_name_replaces_the_first_whatever_its_uuid() -> None:
    platform = FakePlatform()
    platform.function("f", event_id="e")(lambda _: 1)
    second = platform.function("f", event_id="e", uuid=PRODUCTION)(lambda _: 2)
    assert platform.functions == [second]
    with platform.client() as client:
        assert [entry["result"] for entry in client.invoke(event_id="e").body] == [2]


def test_two_functions_have_not_the_same_uuid_and_what_is_no_uuid_is_refused() -> None:
    platform = FakePlatform()
    platform.function("f", uuid=PRODUCTION)(lambda _: 1)
    with pytest.raises(FaaSConfigurationError, match="is that of function 'f' already"):
        platform.function("g", uuid=PRODUCTION)(lambda _: 2)
    with pytest.raises(FaaSConfigurationError, match="must be a UUID, not 'f-1'"):
        platform.function("h", uuid="f-1")(lambda _: 3)
