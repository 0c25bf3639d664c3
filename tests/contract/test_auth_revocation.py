"""A token that is revoked with 200 calls in flight: one refresh, each call sent again once. Over real HTTP."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.concurrency import Scene, callers, scene

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.sockets, pytest.mark.load]


IN_FLIGHT = 200


class UntilRevoked:
    """A clock for the platform whose scripted latency ends when the token has been revoked."""

    def __init__(self) -> None:
        self.revoked: Future[None] = Future()

    def now(self) -> float:
        return time.time()

    async def sleep(self, _seconds: float) -> None:
        await asyncio.shield(asyncio.wrap_future(self.revoked))


@pytest.fixture
def clock() -> UntilRevoked:
    return UntilRevoked()


@pytest.fixture
def here(clock: UntilRevoked) -> Iterator[Scene]:
    with scene(clock) as here:
        yield here


def revoke_once_all_are_in_flight(here: Scene, clock: UntilRevoked) -> None:
    """The next invocations wait at the gateway until the token that they came with is worthless."""
    seen = 0

    def is_one_of_them(_request: object) -> bool:
        nonlocal seen
        seen += 1
        if seen == IN_FLIGHT:
            here.platform.revoke_tokens()
            clock.revoked.set_result(None)
        return seen <= IN_FLIGHT

    here.platform.fail_next(latency_seconds=0.5, kind="invoke", times=IN_FLIGHT, where=is_one_of_them)


def assert_each_was_sent_again_once(here: Scene, outcomes: list[Any]) -> None:
    journal = here.platform.requests
    assert [response.status for response in outcomes] == [200] * IN_FLIGHT
    attempts = Counter(request.request_id for request in journal.invocations[1:])
    assert len(attempts) == IN_FLIGHT
    assert set(attempts.values()) == {2}
    assert Counter(request.status for request in journal.invocations[1:]) == {401: IN_FLIGHT, 200: IN_FLIGHT}
    assert here.asked == (1, 2), "one token at first, and one refresh for all"


def test_200_threads_whose_token_is_revoked_share_one_refresh(here: Scene, clock: UntilRevoked) -> None:
    with here.emulator.client(max_connections=IN_FLIGHT) as client, callers(IN_FLIGHT) as together:
        here.calling(client)()
        revoke_once_all_are_in_flight(here, clock)
        outcomes = together(here.calling(client))
    assert_each_was_sent_again_once(here, outcomes)


async def test_200_tasks_whose_token_is_revoked_share_one_refresh(here: Scene, clock: UntilRevoked) -> None:
    async with here.emulator.async_client(max_connections=IN_FLIGHT) as client:
        await client.invoke(lambda_uuid=here.uuid)
        revoke_once_all_are_in_flight(here, clock)
        outcomes = await here.call_all(client, IN_FLIGHT)
    assert_each_was_sent_again_once(here, outcomes)
