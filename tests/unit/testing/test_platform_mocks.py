"""Mocks as functions, and ANYTHING where a mock's ANY would stand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY, AsyncMock, MagicMock, Mock

import pytest

from lpfunctions.testing import ANYTHING, FakePlatform, FunctionInput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def plus_one(given: FunctionInput) -> int:
    return int(given.payload) + 1


def plus_one_by_and_by(given: FunctionInput) -> Awaitable[int]:
    return plus_one(given)


CODES: dict[str, Callable[[], Any]] = {
    "Mock": lambda: Mock(return_value=3),
    "MagicMock": lambda: MagicMock(return_value=3),
    "AsyncMock": lambda: AsyncMock(return_value=3),
    "a Mock with a specification": lambda: Mock(spec=plus_one, return_value=3),
    "a function that returns a coroutine": lambda: plus_one_by_and_by,
    "a partial of an async function": lambda: functools.partial(plus_one),
}


@pytest.mark.parametrize("code", CODES)
def test_they_run_as_functions(code: str) -> None:
    platform = FakePlatform()
    function = platform.function("f")(CODES[code]())
    with platform.client() as client:
        assert client.invoke(lambda_uuid=function.uuid, payload=2).body == 3
    assert function.invocation_count == 1


@pytest.mark.parametrize("code", CODES)
async def test_they_run_for_an_async_client(code: str) -> None:
    platform = FakePlatform()
    function = platform.function("f")(CODES[code]())
    async with platform.async_client() as client:
        assert (await client.invoke(lambda_uuid=function.uuid, payload=2)).body == 3


def test_a_mock_knows_what_it_was_called_with() -> None:
    platform = FakePlatform()
    mock = Mock(return_value=None)
    function = platform.function("f")(mock)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid, payload={"id": 7})
    assert mock.call_args.args[0].payload == {"id": 7}


@pytest.mark.parametrize("error", [KeyError("id"), ValueError("no")])
def test_a_mock_may_raise(error: Exception) -> None:
    platform = FakePlatform()
    function = platform.function("f")(AsyncMock(side_effect=error))
    with platform.client() as client:
        assert client.invoke(lambda_uuid=function.uuid, payload=None).status == 901
    assert function.logs[-1].message == str(error)


def test_a_mock_whose_result_was_forgotten_fails_the_call_in_a_sentence() -> None:
    platform = FakePlatform()
    function = platform.function("f")(Mock())
    with platform.client() as client:
        assert client.invoke(lambda_uuid=function.uuid, payload=None).status == 901
    assert "Mock" in function.logs[-1].message


@pytest.mark.parametrize("anything", [ANYTHING, ANY])
def test_anything_matches_within_a_payload(anything: object) -> None:
    platform = FakePlatform()
    function = platform.function("f")(Mock(return_value=None))
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid, payload={"id": 7, "lines": [{"at": "12:00", "n": 1}]})
    requests = platform.requests
    requests.assert_invoked(function, payload={"id": 7, "lines": [{"at": anything, "n": 1}]})
    requests.assert_invoked(function, payload={"id": anything, "lines": anything})
    requests.assert_not_invoked(function, payload={"id": 8, "lines": anything})
    requests.assert_not_invoked(function, payload={"id": 7, "lines": [anything, anything]})
