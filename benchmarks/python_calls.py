"""How many Python functions a warm call runs, counted instead of timed: a figure to watch, not a bound."""

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


def measure() -> dict[str, int]:
    """Name of the call to the number of Python functions that run in it."""
    with Client(**OPTIONS, transport=MemoryTransport(_answer)) as client:
        counts = {
            "invoke, blocking": _count(lambda: client.invoke(lambda_uuid="u", payload=PAYLOAD)),
            "is_implemented from the cache, blocking": _count(lambda: client.is_implemented(event_id="e")),
        }
    return counts | asyncio.run(_measure_async())


async def _measure_async() -> dict[str, int]:
    async with AsyncClient(**OPTIONS, transport=AsyncMemoryTransport(_answer_async)) as client:
        await client.is_implemented(event_id="e")
        return {
            "invoke, async": _count(lambda: _complete(client.invoke(lambda_uuid="u", payload=PAYLOAD))),
            "is_implemented from the cache, async": _count(lambda: _complete(client.is_implemented(event_id="e"))),
        }


def show(counts: dict[str, int]) -> str:
    """A table that a person reads."""
    return "\n".join(f"{name:<44} {count:7} Python calls" for name, count in counts.items())


def _answer(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, "OK", {}, b'{"implemented":true}')


async def _answer_async(request: HttpRequest) -> HttpResponse:
    return _answer(request)


def _count(work: Callable[[], object]) -> int:
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


def _complete(coroutine: Any) -> None:
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("it suspended")
