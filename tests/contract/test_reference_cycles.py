"""A failed call leaves nothing to the garbage collector: its payload and its credentials are freed when the caller
drops the error, and an outage makes no collection longer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, Client, FaaSError, Invocation, RateLimit, RetryPolicy
from lpfunctions.testing.faults.scripted_server import LOOPBACK, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, refused_port
from tests.support.background import wait_for_tasks, wait_for_threads
from tests.support.clients_of_host import async_client, blocking_client
from tests.support.functions import echo
from tests.support.garbage import collecting_garbage

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.testing.faults.conversation import Conversation
    from lpfunctions.testing.platform.requests.routing import Kind
    from tests.support.environments import Driver, Environment

pytestmark = pytest.mark.own_telemetry  # a search of tracebacks for secrets breaks the cycles that are looked for

CALLS = 5
"""Of each kind."""


def close_at_once(peer: Conversation) -> None:
    peer.read_request()


def stay_silent(peer: Conversation) -> None:
    peer.read_request()
    peer.stopping.wait()


def cut_short(peer: Conversation) -> None:
    peer.read_request()
    peer.send(http_answer(200, b"{", fields=[("Content-Length", "10")]))


NO_HTTP = answering(b"220 smtp.example ESMTP\r\n\r\n")
BAD_LENGTH = answering(http_answer(200, b"{}", fields=[("Content-Length", "two")]))
BAD_GZIP = answering(http_answer(200, b"{}", fields=[("Content-Encoding", "gzip")]))
SCRIPTS = {
    "closed": close_at_once,
    "silent": stay_silent,
    "cut short": cut_short,
    "no HTTP": NO_HTTP,
    "bad length": BAD_LENGTH,
    "bad gzip": BAD_GZIP,
}


def garbage_of(host: str, *, is_async: bool, with_session: bool, timeout_seconds: float = 5.0) -> dict[str, int]:
    options: dict[str, Any] = {
        "with_session": with_session,
        "retry": RetryPolicy(max_retries=1, base_seconds=0.001),
        "timeout": timeout_seconds,
    }
    invoke = partial(call, "invoke", lambda_uuid="a-function", payload={"order": 1})
    if is_async:
        return asyncio.run(garbage_of_async(host, invoke, options))
    with blocking_client(host, **options) as client:
        return garbage_of_calls(lambda: invoke(client))


async def garbage_of_async(host: str, invoke: Callable[..., Any], options: dict[str, Any]) -> dict[str, int]:
    async with async_client(host, **options) as client:
        return await garbage_of_awaited(lambda: invoke(client))


def call(method: str, client: Client | AsyncClient, **arguments: Any) -> Any:
    return getattr(client, method)(**arguments)


def garbage_of_calls(work: Callable[[], Any]) -> dict[str, int]:
    with collecting_garbage(CALLS) as found:
        for _ in range(CALLS):
            with suppress(FaaSError):
                must_fail(work())
        wait_for_threads()
    return found


async def garbage_of_awaited(work: Callable[[], Any]) -> dict[str, int]:
    """In one task: asyncio itself makes a cycle of the exception that ends a task, and the frame that waited for it."""
    with collecting_garbage(CALLS) as found:
        for _ in range(CALLS):
            with suppress(FaaSError):
                must_fail(await work())
        await wait_for_tasks()
    return found


def must_fail(result: Any) -> None:
    result.raise_for_status()
    pytest.fail(f"{result!r} is no failure")


@pytest.mark.sockets
@pytest.mark.parametrize("with_session", [False, True], ids=["own", "session"])
@pytest.mark.parametrize("is_async", [False, True], ids=["requests", "aiohttp"])
class TestTransports:
    @pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
    def test_broken_exchange(self, script: Callable[[Conversation], None], is_async: bool, with_session: bool) -> None:
        seconds = 0.02 if script is stay_silent else 5.0
        with ScriptedServer(script) as server:
            host = f"{LOOPBACK}:{server.port}"
            assert not garbage_of(host, is_async=is_async, with_session=with_session, timeout_seconds=seconds)

    def test_nobody_listens(self, is_async: bool, with_session: bool) -> None:
        assert not garbage_of(f"{LOOPBACK}:{refused_port()}", is_async=is_async, with_session=with_session)


def garbage_of_memory(driver: Driver, method: str, **arguments: Any) -> dict[str, int]:
    work = partial(call, method, driver.client, **arguments)
    if isinstance(driver.client, AsyncClient):
        return driver.run(garbage_of_awaited(work))
    return garbage_of_calls(work)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 901])
@pytest.mark.parametrize("kind", ["discovery", "token", "invoke"])
def test_failure_by_status(memory_environment: Environment, kind: Kind, status: int) -> None:
    environment = memory_environment
    function = echo(environment)
    environment.platform.fail_next(status=status, kind=kind, times=None, required=False)
    client = environment.client(retry=RetryPolicy(max_retries=1))
    assert not garbage_of_memory(client, "invoke", lambda_uuid=function.uuid, payload=1)


@pytest.mark.parametrize("kind", ["discovery", "token", "invoke"])
def test_lost_connection(memory_environment: Environment, kind: Kind) -> None:
    environment = memory_environment
    function = echo(environment)
    environment.platform.fail_next(drop_connection=True, kind=kind, times=None)
    client = environment.client()
    assert not garbage_of_memory(client, "invoke", lambda_uuid=function.uuid, payload=1)


@pytest.mark.parametrize("kind", ["discovery", "token", "is_implemented"])
def test_question_that_fails(memory_environment: Environment, kind: Kind) -> None:
    environment = memory_environment
    environment.platform.fail_next(drop_connection=True, kind=kind, times=None)
    client = environment.client()
    assert not garbage_of_memory(client, "is_implemented", event_id="an_event")


def test_rate_limit_that_lets_no_request_go_in_time(memory_environment: Environment) -> None:
    environment = memory_environment
    function = echo(environment)
    client = environment.client(rate_limit=RateLimit(per_second=0.01), timeout=5.0)
    client.invoke(lambda_uuid=function.uuid)
    assert not garbage_of_memory(client, "invoke", lambda_uuid=function.uuid)


def test_argument_that_is_refused(memory_environment: Environment) -> None:
    client = memory_environment.client()
    assert not garbage_of_memory(client, "invoke", lambda_uuid="x", timeout=-1)


def test_batch_whose_calls_fail(memory_environment: Environment) -> None:
    environment = memory_environment
    function = echo(environment)
    environment.platform.fail_next(status=500, kind="invoke", times=None)
    client = environment.client()

    def read() -> None:
        outcomes = client.many([Invocation(lambda_uuid=function.uuid, payload=number) for number in range(3)])
        assert len(outcomes) == 3

    with collecting_garbage(CALLS) as found:
        for _ in range(CALLS):
            read()
    assert not found
