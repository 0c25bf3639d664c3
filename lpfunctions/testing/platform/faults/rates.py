"""Rate limits of the gateway: by account on V1, by function on V2."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.testing.platform.requests.responses import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction
    from lpfunctions.testing.platform.functions.runner import WallClock


class Rate(NamedTuple):
    """A rate limit.

    Attributes:
        calls: this many
        per_seconds: within this long, counted back from each call.
        headers: of the response to one too many.
    """

    calls: int
    per_seconds: float
    headers: Mapping[str, str]


class RateLimits:
    """Counts invocations against one `Rate`, or lets all pass."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rate: Rate | None = None
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def limit(self, rate: Rate | None) -> None:
        """Allow *rate* from now on, counted anew; None for no limit.

        Raises:
            FaaSConfigurationError: it would allow nothing, or for no time.
        """
        if rate is not None and (rate.calls < 0 or not rate.per_seconds > 0):
            raise FaaSConfigurationError("a rate limit needs calls >= 0 and per_seconds > 0")
        with self._lock:
            self._rate = rate
            self._times.clear()

    def saved(self) -> Callable[[], None]:
        """Return what restores the present limit, and what counts against it."""
        with self._lock:
            rate, times = self._rate, {key: list(moments) for key, moments in self._times.items()}

        def restore() -> None:
            with self._lock:
                self._rate = rate
                self._times = defaultdict(deque, {key: deque(moments) for key, moments in times.items()})

        return restore

    def count_request(self, account: Account) -> None:
        """Count a call of the V1 gateway.

        Raises:
            Refusal: 429, the account has reached its limit.
        """
        if self._rate is not None and account.platform_version is PlatformVersion.V1:
            self._count(account.account_id, self._rate)

    def count_run(self, account: Account, function: DeployedFunction) -> None:
        """Count a run on V2; in a chain of an event, those before it have run by then.

        Raises:
            Refusal: 429, the function has reached its limit.
        """
        if self._rate is not None and account.platform_version is PlatformVersion.V2:
            self._count(function.uuid, self._rate)

    def _count(self, key: str, rate: Rate) -> None:
        now = self._clock.now()
        with self._lock:
            times = self._times[key]
            while times and times[0] <= now - rate.per_seconds:
                times.popleft()
            if len(times) >= rate.calls:
                raise Refusal(429, f"more than {rate.calls} calls in {rate.per_seconds:g} s", headers=rate.headers)
            times.append(now)
