"""Many callers of a new client: discovery and the token endpoint are asked once. Over real HTTP, in real time."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSAppJWTAuthenticationError, FaaSInvokeError, RetryPolicy
from tests.support.concurrency import Scene, callers, scene

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

pytestmark = [pytest.mark.sockets, pytest.mark.load]


THREADS, TASKS = 200, 1000


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as here:
        yield here


def test_200_threads_on_a_cold_client_discover_once_and_fetch_one_token(here: Scene) -> None:
    with here.emulator.client() as client, callers(THREADS) as together:
        outcomes = together(here.calling(client))
    assert [response.status for response in outcomes] == [200] * THREADS
    assert here.asked == (1, 1)


async def test_1000_tasks_on_a_cold_client_discover_once_and_fetch_one_token(here: Scene) -> None:
    async with here.emulator.async_client() as client:
        outcomes = await here.call_all(client, TASKS)
    assert [response.status for response in outcomes] == [200] * TASKS
    assert here.asked == (1, 1)


def assert_all_refused(outcomes: list[Any]) -> None:
    assert {type(failure) for failure in outcomes} == {FaaSInvokeError}
    assert {type(failure.__cause__) for failure in outcomes} == {FaaSAppJWTAuthenticationError}
    assert len({id(failure.__cause__) for failure in outcomes}) == len(outcomes), (
        "each caller has an error of their own"
    )
    assert {failure.delivered for failure in outcomes} == {"no"}


def test_200_threads_ask_an_endpoint_that_refuses_them_once(here: Scene) -> None:
    here.platform.fail_next(status=401, kind="token", times=None)
    with here.emulator.client() as client, callers(THREADS) as together:
        outcomes = together(here.calling(client))
    assert_all_refused(outcomes)
    assert here.asked == (1, 1)


async def test_1000_tasks_ask_an_endpoint_that_refuses_them_once(here: Scene) -> None:
    here.platform.fail_next(status=401, kind="token", times=None)
    async with here.emulator.async_client() as client:
        outcomes = await here.call_all(client, TASKS)
    assert_all_refused(outcomes)
    assert here.asked == (1, 1)


@contextmanager
def failing_endpoint(here: Scene) -> Generator[None, None, None]:
    """The token endpoint answers 500, and must not be asked more than once a second."""
    asked_at: list[float] = []

    def note(_request: object) -> bool:
        asked_at.append(time.monotonic())
        return True

    here.platform.fail_next(status=500, kind="token", times=None, where=note)
    yield
    assert len(asked_at) == here.asked[1] == 2
    assert asked_at[1] - asked_at[0] >= 0.99


def test_200_threads_ask_a_failing_endpoint_once_a_second(here: Scene) -> None:
    with failing_endpoint(here), here.emulator.client(retry=RetryPolicy(max_retries=1)) as client:
        with callers(THREADS) as together:
            outcomes = together(here.calling(client))
        assert_all_refused(outcomes)


async def test_1000_tasks_ask_a_failing_endpoint_once_a_second(here: Scene) -> None:
    with failing_endpoint(here):
        async with here.emulator.async_client(retry=RetryPolicy(max_retries=1)) as client:
            assert_all_refused(await here.call_all(client, TASKS))
