"""Fault injection: faults, outages, rate limits, hosts that move."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lpfunctions.testing.platform.faults.rates import Rate
from lpfunctions.testing.platform.faults.scripted import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from lpfunctions.testing.platform.requests.recorded import RecordedRequest
    from lpfunctions.testing.platform.requests.routing import Kind
    from lpfunctions.testing.platform.service import Service


class FaultInjection:
    """A part of `FakePlatform`."""

    _service: Service

    def fail_next(
        self,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = b"",
        latency_seconds: float = 0.0,
        drop_connection: bool = False,
        lose_answer: bool = False,
        times: int | None = 1,
        kind: Kind | None = None,
        path_contains: str = "",
        where: Callable[[RecordedRequest], bool] | None = None,
        required: bool = True,
    ) -> None:
        """Script a fault for the next request that matches; several are met in the order of scripting.

        Args:
            status: answer this, and do not ask the platform.
            headers: of that response.
            body: of that response: bytes or text as they are, anything else as JSON.
            latency_seconds: wait before anything else happens; alone, the request is served late.
            drop_connection: close the connection without serving the request.
            lose_answer: serve the request, then close the connection instead of answering.
            times: how many requests meet the fault; None for all to come.
            kind: only ``invoke``, ``is_implemented``, ``list``, ``token``, ``keys``, ``discovery`` (the Domain
                API), or ``unknown`` (no endpoint has the path); ``keys`` is the token service's list of public keys.
            path_contains: only requests whose encoded path contains this.
            where: only requests for which this is true, as the journal records them.
            required: a test that uses the fixture ``lp_platform``, and passes without a request having met the fault,
                fails (`assert_faults_met`).

        In memory a closed connection is a ``FaaSConnectionError`` with ``delivered="unknown"``.

        Raises:
            FaaSConfigurationError: the fault would do nothing, or two things at once; it cannot happen, such as a
                status of 42; or there is no such kind.
        """
        self._service.faults.add(
            Fault(
                status=status,
                headers=headers or {},
                body=body,
                latency_seconds=latency_seconds,
                drop_connection=drop_connection,
                lose_answer=lose_answer,
                times=times,
                kind=kind,
                path_contains=path_contains,
                where=where,
                required=required,
            )
        )

    def assert_faults_met(self) -> None:
        """Assert that each fault that is ``required`` was met by at least one request.

        Raises:
            AssertionError: some were not; the message lists them, and the requests that came.
        """
        __tracebackhide__ = True
        unmet = self._service.faults.unmet()
        if unmet:
            scripted = ", ".join(map(str, unmet))
            came = self._service.journal.described()
            raise AssertionError(f"no request met what was scripted: {scripted}; required=False lets that pass{came}")

    def clear_faults(self) -> None:
        """Forget the faults that no request has met yet."""
        self._service.faults.clear()

    @contextmanager
    def outage(
        self,
        *kinds: Kind,
        status: int | None = 503,
        headers: Mapping[str, str] | None = None,
        body: object = b"",
    ) -> Generator[None]:
        """Let every request fail while the ``with`` block lasts.

        Args:
            kinds: only these: ``invoke``, ``is_implemented``, ``list``, ``token``, ``keys``, ``discovery``,
                ``unknown``; none for all.
            status: the response; None to close the connection instead.
            headers: of the response.
            body: of the response.

        Raises:
            FaaSConfigurationError: as `fail_next`; when the block is entered.
        """
        faults = [
            Fault(
                status=status,
                headers=headers or {},
                body=body,
                drop_connection=status is None,
                times=None,
                kind=kind,
                required=False,
            )
            for kind in kinds or (None,)
        ]
        for fault in faults:
            self._service.faults.add(fault)
        try:
            yield
        finally:
            for fault in faults:
                self._service.faults.remove(fault)

    def limit_rate(self, calls: int, *, per_seconds: float = 1.0, retry_after: str | int | None = None) -> None:
        """Answer 429 to invocations beyond *calls* within *per_seconds*: by account on V1, by function on V2.

        Args:
            calls: how many are allowed; 0 for none.
            per_seconds: within this long, counted back from each call on the platform's clock.
            retry_after: the value of ``Retry-After``; None to send none.

        Raises:
            FaaSConfigurationError: *calls* is negative, or *per_seconds* is not positive.
        """
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self._service.gateway.rates.limit(Rate(calls, per_seconds, headers))

    def lift_rate_limit(self) -> None:
        """Remove the rate limit."""
        self._service.gateway.rates.limit(None)
