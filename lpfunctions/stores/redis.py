"""A shared store in Redis, or in what speaks its protocol, for the processes of many machines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FOREVER_SECONDS: Final = 1e9

_DELETE_IF_EQUAL: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
# Times are those of the server, so that the clocks of the processes need not agree; numbers leave as texts, because
# Redis cuts the fraction off a number that a script returns.
_NOW: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local next_at = tonumber(redis.call('GET', KEYS[1]) or '0')
local interval, burst, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function keep(moment)
  redis.call('SET', KEYS[1], string.format('%.6f', moment), 'PX', math.max(math.ceil((moment - now) * 1000), 1000))
end
"""
_RESERVE: Final = f"""{_NOW}
local start = math.max(next_at, now)
local wait = math.max(0, start - (burst - 1) * interval - now)
if wait <= limit then keep(start + interval) end
return string.format('%.6f', wait)
"""
_POSTPONE: Final = f"""{_NOW}
keep(math.max(next_at, now + limit + (burst - 1) * interval))
return '0'
"""


class RedisStore:
    """Keep values in Redis.

    Args:
        url: ``redis://[user:password@]host[:port][/db]``, or ``rediss://…`` for TLS.
        timeout_seconds: how long one question to Redis may take; then the client goes on without it.
        cluster: the URL names a node of a Redis Cluster. All keys of one value are in one slot.
        options: further arguments of ``redis.Redis``, such as ``{"ssl_ca_certs": "ca.pem"}``.

    Raises:
        FaaSConfigurationError: the URL is not one of Redis.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 1.0,
        cluster: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
            raise FaaSConfigurationError("RedisStore needs a URL such as 'redis://cache.example:6379/0'")
        self._made_of = (url, timeout_seconds, cluster, dict(options or {}))
        self._client: Any = None

    def __repr__(self) -> str:
        parts = urlsplit(self._made_of[0])
        return f"<RedisStore {parts.scheme}://{parts.hostname or ''}{parts.path}>"

    def __reduce__(self) -> tuple[Callable[..., RedisStore], tuple[object, ...]]:
        """Pickle by what it was made of; connections stay behind."""
        return _revive, self._made_of

    def get(self, key: str) -> bytes | None:
        """Return the value of *key*, or None."""
        found: bytes | None = self._redis.get(_value(key))
        return found

    def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key* for *ttl_seconds*."""
        self._redis.set(_value(key), value, px=_milliseconds(ttl_seconds))

    def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*."""
        self._redis.eval(_DELETE_IF_EQUAL, 1, _value(key), expected)

    def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        return bool(self._redis.set(_lease(key), holder, px=_milliseconds(ttl_seconds), nx=True))

    def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        self._redis.eval(_DELETE_IF_EQUAL, 1, _lease(key), holder)

    def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*, and return the seconds until it comes."""
        return float(
            self._redis.eval(_RESERVE, 1, _schedule(key), interval_seconds, burst, _bounded(longest_wait_seconds))
        )

    def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        self._redis.eval(_POSTPONE, 1, _schedule(key), interval_seconds, burst, seconds)

    def close(self) -> None:
        """Close the connections; a later call opens them anew."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def asynchronous(self) -> AsyncRedisStore:
        """The same for `AsyncClient`, with connections of its own."""
        return AsyncRedisStore(*self._made_of)

    @property
    def _redis(self) -> Any:
        if self._client is None:
            url, timeout_seconds, cluster, options = self._made_of
            library: Any = redis.RedisCluster if cluster else redis.Redis
            self._client = library.from_url(url, **_limits(timeout_seconds), **options)
        return self._client


class AsyncRedisStore:
    """`RedisStore` for `AsyncClient`; its connections belong to the event loop that uses it."""

    def __init__(self, url: str, timeout_seconds: float, cluster: bool, options: Mapping[str, Any]) -> None:
        self._url, self._timeout_seconds, self._cluster, self._options = url, timeout_seconds, cluster, options
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def get(self, key: str) -> bytes | None:
        """Return the value of *key*, or None."""
        found: bytes | None = await self._redis.get(_value(key))
        return found

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key* for *ttl_seconds*."""
        await self._redis.set(_value(key), value, px=_milliseconds(ttl_seconds))

    async def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*."""
        await self._eval(_DELETE_IF_EQUAL, _value(key), expected)

    async def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        return bool(await self._redis.set(_lease(key), holder, px=_milliseconds(ttl_seconds), nx=True))

    async def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        await self._eval(_DELETE_IF_EQUAL, _lease(key), holder)

    async def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*, and return the seconds until it comes."""
        return float(
            await self._eval(_RESERVE, _schedule(key), interval_seconds, burst, _bounded(longest_wait_seconds))
        )

    async def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        await self._eval(_POSTPONE, _schedule(key), interval_seconds, burst, seconds)

    async def aclose(self) -> None:
        """Close the connections; a later call opens them anew."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _eval(self, script: str, *arguments: object) -> Awaitable[Any]:
        return cast("Awaitable[Any]", self._redis.eval(script, 1, *arguments))

    @property
    def _redis(self) -> Any:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            library: Any = redis.asyncio.RedisCluster if self._cluster else redis.asyncio.Redis
            self._client = library.from_url(self._url, **_limits(self._timeout_seconds), **self._options)
            self._loop = loop
        return self._client


def _limits(timeout_seconds: float) -> dict[str, Any]:
    # No retries: whoever gets no answer goes on without the store.
    never = Retry(NoBackoff(), 0)
    return {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds, "retry": never}


def _revive(url: str, timeout_seconds: float, cluster: bool, options: Mapping[str, Any]) -> RedisStore:
    return RedisStore(url, timeout_seconds=timeout_seconds, cluster=cluster, options=options)


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)


def _bounded(seconds: float) -> float:
    """A number that Redis can read: it has no infinity."""
    return min(seconds, _FOREVER_SECONDS)


# The braces are Redis Cluster's hash tag: what belongs to one key is in one slot.
def _value(key: str) -> str:
    return f"{{{key}}}:value"


def _lease(key: str) -> str:
    return f"{{{key}}}:lease"


def _schedule(key: str) -> str:
    return f"{{{key}}}:schedule"
