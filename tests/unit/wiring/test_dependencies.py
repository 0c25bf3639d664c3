"""A part that cannot work is refused when the client is made, in a sentence that says what is needed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import requests

from lpfunctions import AsyncClient, BearerToken, Client, FaaSConfigurationError
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.testing import FakePlatform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lpfunctions import HttpRequest, HttpResponse

PLATFORM = FakePlatform()


async def coroutine_function(*_given: object) -> str:
    return ""


@pytest.mark.parametrize("client", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("option", "given", "message"),
    [
        pytest.param("domain_resolver", {"faasGW": "x"}, r"pass StaticDomainResolver\(\{…\}\)", id="mapping"),
        pytest.param("domain_resolver", object(), "domain_resolver must have resolve", id="resolver"),
        pytest.param("transport", object(), "transport must have send, unlike object", id="transport"),
        pytest.param(
            "transport", MemoryTransport, "transport is the class MemoryTransport; pass an object", id="class"
        ),
        pytest.param("clock", time, "clock must have now", id="clock"),
        pytest.param("session", "s", "session must be of .*Session, not str", id="session"),
        pytest.param("ssl_context", False, "ssl_context must be an ssl.SSLContext, not bool", id="ssl_context"),
        pytest.param("request_id_factory", "x", "request_id_factory must be a plain function, not str", id="factory"),
    ],
)
def test_what_cannot_work_is_refused(client: Any, option: str, given: object, message: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=message):
        client(account_id="1", auth_strategy=BearerToken("t"), **{option: given})


def test_transports_and_sessions_of_the_other_colour_are_refused() -> None:
    blocking: Any = AsyncMemoryTransport(PLATFORM.handle_async)
    awaiting: Any = {"transport": MemoryTransport(PLATFORM.handle)}, {"session": requests.Session()}
    with pytest.raises(FaaSConfigurationError, match=r"Client needs a plain function for 'transport\.send'"):
        Client(account_id="1", auth_strategy=BearerToken("t"), transport=blocking)
    for options in awaiting:
        with pytest.raises(FaaSConfigurationError, match=r"blocking MemoryTransport|must be of aiohttp.ClientSession"):
            AsyncClient(account_id="1", auth_strategy=BearerToken("t"), **options)


async def test_session_of_aiohttp_is_refused_by_the_blocking_client() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(FaaSConfigurationError, match=r"session must be of requests.Session, not ClientSession"):
            Client(account_id="1", auth_strategy=BearerToken("t"), session=session)  # type: ignore[arg-type]  # refused


def test_session_that_derives_from_the_library_s_is_taken() -> None:
    class Session(requests.Session):
        pass

    Client(account_id="1", auth_strategy=BearerToken("t"), session=Session()).close()


@pytest.mark.parametrize("progress", [coroutine_function, "x"], ids=["async", "text"])
async def test_progress_is_told_to_a_plain_function_only(progress: Any) -> None:
    def consume(outcomes: Iterable[object]) -> None:
        list(outcomes)

    with PLATFORM.client() as client, pytest.raises(FaaSConfigurationError, match="on_progress must be a plain"):
        consume(client.invoke_many([], on_progress=progress))
    async with PLATFORM.async_client() as awaiting:
        with pytest.raises(FaaSConfigurationError, match="on_progress must be a plain"):
            awaiting.invoke_many([], on_progress=progress)


class PlainStrategy:
    def authorize(self, request: HttpRequest) -> dict[str, str]:
        return {"Authorization": f"Bearer for {request.method}"}

    def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        return False


class AwaitedStrategy:
    async def authorize(self, request: HttpRequest) -> dict[str, str]:
        return {"Authorization": f"Bearer for {request.method}"}

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        return False


class PlainResolver:
    def resolve(self, service: str, *, timeout_seconds: float) -> str:
        return "va.functions.liveperson.net"


def test_strategies_and_resolvers_may_be_plain_or_async_for_type_checkers_too() -> None:
    """mypy and pyright check that these are what the options take."""
    for strategy in (PlainStrategy(), AwaitedStrategy()):
        Client(account_id="1", auth_strategy=strategy, domain_resolver=PlainResolver()).close()
        AsyncClient(account_id="1", auth_strategy=strategy, domain_resolver=PlainResolver())
