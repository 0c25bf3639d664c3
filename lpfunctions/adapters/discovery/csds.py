"""Discovery at LivePerson's Domain API (CSDS): one request fills all services of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.adapters.caching.refreshable import FLIGHT_SECONDS, CachedValue, RefreshableValue
from lpfunctions.core.errors import CSDSDomainNotFound, CSDSFailure, FaaSRequestError
from lpfunctions.core.http.body import read_if_possible
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.http.request_headers import GET_HEADERS, overlaid
from lpfunctions.core.platform.error_codes import is_retryable
from lpfunctions.core.platform.hosts import read_domains, rejection
from lpfunctions.core.redaction import one_line, quoted
from lpfunctions.core.retries.deadline import Deadline
from lpfunctions.core.retries.send_options import AttemptLog, SendOptions

if TYPE_CHECKING:
    from lpfunctions.adapters.caching.shared_source import SharedSource
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.core.platform.hosts import Domains
    from lpfunctions.core.shared_values import SharedValue
    from lpfunctions.core.telemetry.events import RefreshState
    from lpfunctions.ports import AsyncClock, SingleFlight, Telemetry
    from lpfunctions.sending import RequestSender

STALE_SECONDS: Final = 24 * 3600.0
"""How long a response goes on serving while discovery fails."""

UNUSABLE_SECONDS: Final = 30.0
"""How soon to ask again when a service that was wanted cannot be used as the response names it."""

_TEMPLATE: Final = "/api/account/{account_id}/service/baseURI.json"


class CsdsDomainResolver:
    """Ask the Domain API which host serves what, and keep the response."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        sender: RequestSender,
        clock: AsyncClock,
        flight: SingleFlight,
        telemetry: Telemetry,
        shared: SharedSource | None = None,
    ) -> None:
        config.refuse_clear_text(config.csds_domain)
        self._config = config
        self._sender = sender
        self._clock = clock
        self._shared = shared
        self._domains = RefreshableValue(
            self._discover, flight=flight, clock=clock, telemetry=telemetry, phase="discovery"
        )
        self._wanted: set[str] = set()

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Return ``host[:port]`` of *service*; what the response says of other services does not matter."""
        self._wanted.add(service)
        try:
            domains = self._domains.fresh() or await self._domains.get(timeout_seconds)
        except CSDSDomainNotFound as nothing:  # of a flight that was shared, and asked for no service in particular
            raise CSDSDomainNotFound(f"{nothing}, and so not {quoted(service)}", service=service) from None
        host = domains.hosts.get(service)
        if host is not None:
            self._config.refuse_clear_text(host)
            return host
        if service in domains.rejected:
            raise self._rejection(service, domains)
        known = tuple(sorted(domains.hosts))
        raise CSDSDomainNotFound(
            f"CSDS has no entry for service {quoted(service)} of account {self._config.account_id!r} "
            f"(known: {one_line(', '.join(known))})",
            service=service,
            known=known,
        )

    def refresh_state(self) -> RefreshState:
        """How the refreshes of the hosts go."""
        return self._domains.state()

    def _rejection(self, service: str, domains: Domains) -> CSDSFailure:
        suffixes, csds = self._config.trusted_domain_suffixes, self._config.csds_domain
        return rejection(service, domains.rejected[service], suffixes, csds)

    async def _discover(self) -> CachedValue[Domains]:
        if self._shared is None:
            body, fresh_seconds = await self._ask()
            return self._kept(body, fresh_seconds, age_seconds=0.0)
        from lpfunctions.core.shared_values import domains_key

        key = domains_key(self._config.csds_domain, self._config.account_id)
        shared = await self._shared.get(key, self._ask, is_valid=self._is_usable)
        fresh_seconds = self._config.csds_ttl_seconds if shared.life_seconds is None else shared.life_seconds
        return self._kept(shared.value, fresh_seconds, age_seconds=shared.age_seconds(self._clock.now()))

    def _kept(self, body: object, fresh_seconds: float, *, age_seconds: float) -> CachedValue[Domains]:
        received_at = self._clock.monotonic() - age_seconds
        return CachedValue(self._read(body), received_at + fresh_seconds, received_at + STALE_SECONDS, received_at)

    async def _ask(self) -> tuple[object, float]:
        """The Domain API's response, and for how many seconds it is fresh."""
        deadline = Deadline.after(FLIGHT_SECONDS, self._clock.monotonic())
        try:
            sent = await self._sender.send(self._request(), self._send_options(deadline), AttemptLog())
        except FaaSRequestError as failure:
            raise CSDSFailure(f"discovery at {self._config.csds_domain}: {failure}", retryable=True) from failure
        body = self._body(sent.response)
        domains, now = self._read(body), self._clock.monotonic()
        unusable = sorted(self._wanted.intersection(domains.rejected))
        for service in unusable:
            if not domains.hosts or self._serves(service, now):
                raise self._rejection(service, domains)
        if not domains.hosts:
            csds, account_id = self._config.csds_domain, self._config.account_id
            raise CSDSDomainNotFound(f"discovery at {csds} knows no service of account {account_id!r}", service="")
        fresh_seconds = self._config.csds_ttl_seconds
        return body, min(fresh_seconds, UNUSABLE_SECONDS) if unusable else fresh_seconds

    def _is_usable(self, shared: SharedValue) -> bool:
        """Would this process have kept the response that another one shares?"""
        try:
            domains = self._read(shared.value)
        except CSDSFailure:
            return False
        is_fresh = shared.age_seconds(self._clock.now()) < self._config.csds_ttl_seconds
        return is_fresh and bool(domains.hosts) and not self._wanted.intersection(domains.rejected)

    def _serves(self, service: str, now: float) -> bool:
        """Does an earlier response name a host for *service* that is better kept?"""
        kept = self._domains.kept
        return kept is not None and now < kept.expires_at and service in kept.value.hosts

    def _send_options(self, deadline: Deadline) -> SendOptions:
        return SendOptions(deadline, self._config.retry, purpose="discovery", template=_TEMPLATE)

    def _request(self) -> HttpRequest:
        config = self._config
        path = f"/api/account/{config.account_id}/service/baseURI.json?version=1.0"
        headers = overlaid(config.headers(GET_HEADERS), config.csds_http_headers)
        return HttpRequest("GET", f"{config.protocol}://{config.csds_domain}{path}", headers)

    def _body(self, response: HttpResponse) -> object:
        if response.status != 200:
            answered = f"{response.status} {one_line(response.reason)}".rstrip()
            raise CSDSFailure(
                f"discovery at {self._config.csds_domain} answered {answered}",
                status=response.status,
                retryable=is_retryable(response.status, None),
            )
        body: object = read_if_possible(response.content)
        return body

    def _read(self, body: object) -> Domains:
        return read_domains(
            body,
            account_id=self._config.account_id,
            suffixes=self._config.trusted_domain_suffixes,
            csds=self._config.csds_domain,
        )
