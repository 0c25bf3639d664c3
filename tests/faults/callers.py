"""The client's side of a round: make the client, make its calls, note what each came to."""

from __future__ import annotations

import asyncio
import math
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import requests

from lpfunctions import AsyncClient, BearerToken, Client, ClientCredentials, Response, StaticDomainResolver
from lpfunctions.testing.contracts.support.lateness import waited_seconds
from tests.faults.kinds.contents import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.faults.plan import Call, Round

_HANGS_AFTER_SECONDS: Final = 15.0
"""So long after the last deadline a call that has not ended never will."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one call came to.

    Attributes:
        call: what was asked.
        began, ended: on the monotonic clock; *ended* is ``inf`` for a call that hangs.
        response: the answer, if one was returned.
        error: what was raised instead.
        waited_seconds: how long the machine kept this process waiting for a processor meanwhile.
    """

    call: Call
    began: float
    ended: float
    response: Response | None
    error: BaseException | None
    waited_seconds: float


class Place:
    """Where the server is, and how to trust it.

    Attributes:
        host: ``host:port``.
        bundle: path of the certificates to trust, as PEM.
    """

    def __init__(self, host: str, bundle: str) -> None:
        self.host = host
        self.bundle = bundle

    def context(self) -> ssl.SSLContext:
        """A TLS context that trusts the server."""
        return ssl.create_default_context(cafile=self.bundle)


@contextmanager
def trusting(authority: bytes) -> Generator[str]:
    """Give the path of a file with *authority*."""
    with NamedTemporaryFile(suffix=".pem") as file:
        file.write(authority)
        file.flush()
        yield file.name


def run_round(round_: Round, place: Place) -> list[Observation]:
    """Make all calls of *round_*; return what each came to."""
    if round_.setting.is_async:
        return asyncio.run(_run_async(round_, place))
    return _run_blocking(round_, place)


def _options(round_: Round, place: Place) -> dict[str, Any]:
    options: dict[str, Any] = {
        "account_id": round_.name,
        "platform_version": round_.setting.version,
        "protocol": "https" if round_.setting.is_tls else "http",
        "max_response_bytes": MOST_BYTES,
    }
    if round_.trouble_before is None:
        options["domain_resolver"] = StaticDomainResolver({"faasGW": place.host})
        options["auth_strategy"] = BearerToken("t0ken")
    else:
        options["csds_domain"] = place.host
        options["auth_strategy"] = ClientCredentials(client_id="id", client_secret="secret")
    if not round_.setting.own_session:
        options["max_connections"] = round_.max_connections
        if round_.setting.is_tls:
            options["ssl_context"] = place.context()
    return options


def _arguments(call: Call) -> dict[str, Any]:
    target = {"event_id": "an-event"} if call.by_event else {"lambda_uuid": "a-function"}
    return {
        **target,
        "payload": "x" * call.payload_bytes,
        "timeout": call.timeout_seconds,
        "retry": call.policy,
        "request_id": call.owner,
    }


def _run_blocking(round_: Round, place: Place) -> list[Observation]:
    with ExitStack() as stack:
        session: dict[str, Any] = {}
        if round_.setting.own_session:
            session["session"] = stack.enter_context(requests.Session())
            session["session"].verify = place.bundle
            session["session"].trust_env = False
        client = stack.enter_context(Client(**_options(round_, place), **session))
        watched = Watched(round_.calls, round_.closes_after, client.close)

        def work(call: Call) -> None:
            watched.begin(call)
            try:
                response, error = client.invoke(**_arguments(call)), None
            except BaseException as failure:  # noqa: BLE001 (what comes out is what is examined)
                response, error = None, failure
            watched.end(call, response, error)

        threads = ThreadPoolExecutor(round_.callers)
        done = [threads.submit(work, call) for call in round_.calls]
        end = time.monotonic() + _longest(round_)
        for future in done:
            try:
                future.result(max(end - time.monotonic(), 0.0))
            except TimeoutError:
                threads.shutdown(wait=False, cancel_futures=True)
                return watched.observations()
        threads.shutdown()
        return watched.observations()


async def _run_async(round_: Round, place: Place) -> list[Observation]:
    async with AsyncExitStack() as stack:
        session: dict[str, Any] = {}
        if round_.setting.own_session:
            connector = aiohttp.TCPConnector(ssl=place.context(), limit=round_.max_connections)
            session["session"] = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        client = await stack.enter_async_context(AsyncClient(**_options(round_, place), **session))
        closing: list[asyncio.Task[None]] = []
        watched = Watched(
            round_.calls, round_.closes_after, lambda: closing.append(asyncio.ensure_future(client.aclose()))
        )
        calls = iter(round_.calls)
        workers = [asyncio.ensure_future(_work(client, calls, watched)) for _ in range(round_.callers)]
        await asyncio.wait(workers, timeout=_longest(round_))
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, *closing, return_exceptions=True)
        return watched.observations()


async def _work(client: AsyncClient, calls: Iterator[Call], watched: Watched) -> None:
    """Make one call after the other, each in a task of its own, which may be cancelled."""
    for call in calls:
        task = asyncio.ensure_future(_invoke(client, call, watched))
        if call.cancel_after_seconds is not None:
            asyncio.get_running_loop().call_later(call.cancel_after_seconds, task.cancel)
        await asyncio.wait([task])


async def _invoke(client: AsyncClient, call: Call, watched: Watched) -> None:
    watched.begin(call)
    try:
        response, error = await client.invoke(**_arguments(call)), None
    except BaseException as failure:  # noqa: BLE001 (what comes out is what is examined)
        response, error = None, failure
    watched.end(call, response, error)


def _longest(round_: Round) -> float:
    """Seconds after which the last call of a round has ended, if none hangs."""
    in_turn = sum(sorted((call.timeout_seconds for call in round_.calls), reverse=True)) / round_.callers
    return in_turn + max(call.timeout_seconds for call in round_.calls) + _HANGS_AFTER_SECONDS


class Watched:
    """The calls of a round, and what has become of them."""

    def __init__(self, calls: list[Call], closes_after: int | None, close: Callable[[], object]) -> None:
        self._begun: dict[str, tuple[float, float]] = {}
        self._ended: list[Observation] = []
        self._closes_after = closes_after
        self._close = close
        self._lock = threading.Lock()
        self._calls = calls

    def begin(self, call: Call) -> None:
        """*call* begins now."""
        self._begun[call.owner] = (waited_seconds(), time.monotonic())

    def end(self, call: Call, response: Response | None, error: BaseException | None) -> None:
        """*call* has ended; close the client when it is time."""
        now = time.monotonic()
        waited, began = self._begun[call.owner]
        seen = Observation(call, began, now, response, error, waited_seconds() - waited)
        with self._lock:
            self._ended.append(seen)
            closes = len(self._ended) == self._closes_after
        if closes:
            self._close()

    def observations(self) -> list[Observation]:
        """What all calls came to; one that has not ended hangs."""
        with self._lock:
            ended = {seen.call.owner for seen in self._ended}
            hanging = [call for call in self._calls if call.owner in self._begun and call.owner not in ended]
            hung = (Observation(call, self._begun[call.owner][1], math.inf, None, None, 0.0) for call in hanging)
            return [*self._ended, *hung]
