"""What a warm call costs, counted instead of timed: requests, and calls of Python functions.

The bounds lie a tenth above what was counted when they were set. Whoever passes one has added work to every call, and
either takes it out or raises the bound in the same commit, with the reason.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from lpfunctions import AsyncClient, BearerToken, Client, HttpResponse, StaticDomainResolver
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from lpfunctions import HttpRequest

OPTIONS: dict[str, Any] = {
    "account_id": "1",
    "auth_strategy": BearerToken("t"),
    "domain_resolver": StaticDomainResolver({"faasGW": "va.fninvocations.liveperson.net"}),
}
PAYLOAD = {"order": "A-1001", "customer": {"id": 42, "name": "Ada"}, "tags": ["vip", "eu"]}


def platform() -> tuple[list[HttpRequest], Callable[[HttpRequest], HttpResponse]]:
    """A platform that answers everything, and what it was asked."""
    asked: list[HttpRequest] = []

    def handle(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return HttpResponse(200, "OK", {}, b'{"implemented":true}')

    return asked, handle


def python_calls(work: Callable[[], object]) -> int:
    """How many Python functions run during *work*."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    for _ in range(2):  # caches fill
        work()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def run_to_the_end(coroutine: Any) -> None:
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("it suspended")


def test_a_warm_call_is_one_request() -> None:
    asked, handle = platform()
    with Client(**OPTIONS, transport=MemoryTransport(handle)) as client:
        for _ in range(3):
            client.invoke(lambda_uuid="u", payload=PAYLOAD)
    assert [request.method for request in asked] == ["POST"] * 3


def test_a_warm_blocking_call_stays_cheap() -> None:
    _, handle = platform()
    with Client(**OPTIONS, transport=MemoryTransport(handle)) as client:
        assert python_calls(lambda: client.invoke(lambda_uuid="u", payload=PAYLOAD)) <= 82
        assert python_calls(lambda: client.is_implemented(event_id="e")) <= 25


def test_a_warm_awaited_call_stays_cheap() -> None:
    _, handle = platform()

    async def main() -> None:
        async with AsyncClient(**OPTIONS, transport=AsyncMemoryTransport(handle)) as client:
            await client.is_implemented(event_id="e")
            assert python_calls(lambda: run_to_the_end(client.invoke(lambda_uuid="u", payload=PAYLOAD))) <= 102
            assert python_calls(lambda: run_to_the_end(client.is_implemented(event_id="e"))) <= 25

    asyncio.run(main())
