"""The port `AsyncTransport` on aiohttp.

Rule of the file: aiohttp is asked to open connections and to speak HTTP, and for nothing else. Deadlines, cookies,
redirects, decoding, proxies of the environment and repeating are either ours or nobody's.
"""

from __future__ import annotations

import asyncio
import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yarl import URL

from lpfunctions.adapters.aio.aiohttp_exchange import LIBRARY_ERRORS, Exchange, refusal, under_way
from lpfunctions.adapters.aio.aiohttp_pool import Pool
from lpfunctions.adapters.aio.aiohttp_response import FollowedResponse, waking_reader
from lpfunctions.adapters.aio.deadlines import is_cancelled
from lpfunctions.adapters.trust import default_context
from lpfunctions.core.decoding import BodyDecoder
from lpfunctions.core.errors import FaaSResponseFormatError
from lpfunctions.core.http import HttpResponse
from lpfunctions.core.limits import TransportLimits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    import aiohttp

    from lpfunctions.core.http import HttpRequest

_DEFAULT_LIMITS: Final = TransportLimits()
_AUTO_HEADERS: Final = frozenset({"User-Agent", "Accept", "Accept-Encoding", "Content-Type"})
_WIRE_URL: Final = re.compile(r"(https?)://((?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d+)?)((?:[/?][!\"$-~]*)?)", re.ASCII)
# aiohttp warns about larger bodies in one piece, for the time that one write of them may take.
_LARGEST_PIECE_BYTES: Final = 2**20


class AiohttpTransport:
    """Send requests with aiohttp, from any event loop.

    Arguments:
        limits: sizes and times.
        session: a session to use and never to close, of the loop that will be running. Its connector (with its pool,
            resolver and TLS settings), its proxy, its ``trust_env`` and its traces apply; its headers, auth, cookies,
            timeouts, redirects, ``raise_for_status`` and middlewares do not.
        proxy: URL of the proxy for every request; ``http`` URLs are sent to it whole, ``https`` ones through CONNECT.
        ssl_context: TLS settings, used unchanged; default the system's authorities.
        trust_env: obey the proxies and the CA bundle that the environment names.
    """

    def __init__(
        self,
        *,
        limits: TransportLimits = _DEFAULT_LIMITS,
        session: aiohttp.ClientSession | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        trust_env: bool = False,
    ) -> None:
        self._limits = limits
        self._given_session = session
        self._proxy = proxy
        self._ssl_context = ssl_context
        self._trust_env = trust_env
        self._pools: dict[asyncio.AbstractEventLoop, Pool] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        url, exchange = _wire_url(request.url), Exchange(request)
        if request.timeout_seconds <= 0:
            raise exchange.timeout()
        pool = self._pools.get(asyncio.get_running_loop())
        if pool is None or pool.session.closed:
            pool = await self._open_pool()
        token = under_way.set(exchange)
        try:
            with pool.deadlines.after(request.timeout_seconds):
                return await self._exchange(url, exchange, pool)
        except TimeoutError:
            raise exchange.timeout() from None
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            # Not the caller's doing: aclose ended a look-up of a name that this exchange waited for.
            raise exchange.failure(RuntimeError(error)) from None
        except LIBRARY_ERRORS as error:
            raise exchange.failure(error) from None
        finally:
            under_way.reset(token)

    async def aclose(self) -> None:
        """Close the connections of the running loop; a later ``send`` opens fresh ones."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    async def _exchange(self, url: URL, exchange: Exchange, pool: Pool) -> HttpResponse:
        request, lane = exchange.request, pool.lane(url)
        await lane.slots.acquire()
        try:
            exchange.admitted = True
            response = await pool.session.request(
                request.method,
                url,
                headers=request.headers if self._given_session is None else None,
                skip_auto_headers=_unwanted(request.headers),
                data=_body_to_send(request.content),
                proxy=lane.proxy,
                ssl=await self._tls(pool) if lane.is_secure else True,
                allow_redirects=False,
                **pool.overrides,
            )
            try:
                return await _read(response, self._limits.max_response_bytes)
            finally:
                if isinstance(response, FollowedResponse):
                    response.settle()
        finally:
            lane.slots.release()

    async def _open_pool(self) -> Pool:
        pool = Pool(self._limits, self._given_session, self._proxy, trust_env=self._trust_env)
        self._pools[asyncio.get_running_loop()] = pool
        await pool.open()
        for loop in tuple(self._pools):
            if loop.is_closed() and (dead := self._pools.pop(loop, None)) is not None:
                await dead.aclose()
        return pool

    async def _tls(self, pool: Pool) -> ssl.SSLContext | bool:
        """TLS settings; True stands for those of the connector."""
        if self._ssl_context is not None or self._given_session is not None:
            return self._ssl_context or True
        async with pool.tls_lock:
            if self._ssl_context is None:
                self._ssl_context = await asyncio.to_thread(default_context, trust_env=self._trust_env)
        return self._ssl_context


@lru_cache(maxsize=1024)
def _wire_url(text: str) -> URL:
    """Return *text* as a URL that goes on the wire as it is: to yarl, all behind the host is path."""
    if match := _WIRE_URL.fullmatch(text):
        scheme, authority, target = match.groups()
        path = target if target.startswith("/") else f"/{target}"
        try:
            return URL.build(scheme=scheme, authority=authority, path=path, encoded=True)
        except ValueError:
            pass  # a port that is none
    # It is not quoted: a URL that is broken may hold anything.
    raise refusal("the URL is malformed; an absolute, percent-encoded http(s) URL is needed")


def _unwanted(headers: Mapping[str, str]) -> Iterable[str] | None:
    """The header fields that aiohttp would add; None, which is faster, when all of them are given."""
    if headers.keys() >= _AUTO_HEADERS:
        return None
    return _AUTO_HEADERS - {name.title() for name in headers}


def _body_to_send(content: bytes | None) -> bytes | io.BytesIO | None:
    return io.BytesIO(content) if content is not None and len(content) > _LARGEST_PIECE_BYTES else content


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> HttpResponse:
    headers = _lower(response.raw_headers)
    content = await _body(response, headers, max_bytes)
    return HttpResponse(response.status, response.reason or "", headers, content)


async def _body(response: aiohttp.ClientResponse, headers: dict[str, str], max_bytes: int) -> bytes:
    stream, coding = response.content, headers.get("content-encoding", "")
    if stream.is_eof() and not coding:  # nearly always: the body is plain, and came with the head
        piece = await stream.readany()
        if len(piece) <= max_bytes:
            return piece
        raise _too_large(max_bytes)
    if not coding and int(headers.get("content-length", 0)) > max_bytes:
        raise _too_large(max_bytes)
    body = BodyDecoder(coding, max_bytes)
    with waking_reader(response):
        while not stream.at_eof():
            body.feed(await stream.readany())
    return body.finish()


def _too_large(max_bytes: int) -> FaaSResponseFormatError:
    return FaaSResponseFormatError(
        f"the answer is larger than max_response_bytes={max_bytes}; raise the option to accept it"
    )


def _lower(fields: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    # Stripped here, because older releases of aiohttp leave a blank at the end of a value (RFC 9110 section 5.5).
    headers = {name.decode("latin-1").lower(): value.decode("latin-1").strip(" \t") for name, value in fields}
    return headers if len(headers) == len(fields) else _joined(fields)


def _joined(fields: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
