"""Discovery at LivePerson's Domain API (CSDS): one request fills all services of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.adapters.refreshing import FLIGHT_SECONDS, Kept, Refreshing
from lpfunctions.core.bodies import read_body
from lpfunctions.core.codes import is_retryable
from lpfunctions.core.deadline import Deadline
from lpfunctions.core.domains import read_domains, refuse_untrusted
from lpfunctions.core.errors import CSDSDomainNotFound, CSDSFailure, FaaSRequestError
from lpfunctions.core.http import HttpRequest
from lpfunctions.core.redaction import one_line
from lpfunctions.core.request_headers import GET_HEADERS, overlaid
from lpfunctions.delivery import Trip

if TYPE_CHECKING:
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.http import HttpResponse
    from lpfunctions.delivery import Delivery
    from lpfunctions.ports import AsyncClock, SingleFlight, Telemetry

STALE_SECONDS: Final = 24 * 3600.0
"""How long an answer goes on serving while discovery fails."""

_TEMPLATE: Final = "/api/account/{account_id}/service/baseURI.json"


class CsdsDomainResolver:
    """Ask the Domain API which host serves what, and keep the answer."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        delivery: Delivery,
        clock: AsyncClock,
        flight: SingleFlight,
        telemetry: Telemetry,
    ) -> None:
        config.refuse_clear_text(config.csds_domain)
        self._config = config
        self._delivery = delivery
        self._clock = clock
        self._domains = Refreshing(self._discover, flight=flight, clock=clock, telemetry=telemetry, phase="discovery")

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Return ``host[:port]`` of *service*."""
        domains = self._domains.fresh() or await self._domains.get(timeout_seconds)
        host = domains.get(service)
        if host is not None:
            self._config.refuse_clear_text(host)
            return host
        known = sorted(domains)
        raise CSDSDomainNotFound(
            f"CSDS has no entry for service {service!r} of account {self._config.account_id!r} "
            f"(known: {', '.join(known) or 'none'})",
            service=service,
            known=tuple(known),
        )

    async def _discover(self) -> Kept[dict[str, str]]:
        deadline = Deadline.after(FLIGHT_SECONDS, self._clock.monotonic())
        try:
            answer = await self._delivery.send(self._request(), self._trip(deadline))
        except FaaSRequestError as failure:
            raise CSDSFailure(f"discovery at {self._config.csds_domain}: {failure}", retryable=True) from failure
        domains = self._read(answer.response)
        now = self._clock.monotonic()
        return Kept(domains, now + self._config.csds_ttl_seconds, now + STALE_SECONDS)

    def _trip(self, deadline: Deadline) -> Trip:
        return Trip(deadline, self._config.retry, purpose="discovery", template=_TEMPLATE)

    def _request(self) -> HttpRequest:
        config = self._config
        path = f"/api/account/{config.account_id}/service/baseURI.json?version=1.0"
        headers = overlaid(config.headers(GET_HEADERS), config.csds_http_headers)
        return HttpRequest("GET", f"{config.protocol}://{config.csds_domain}{path}", headers)

    def _read(self, response: HttpResponse) -> dict[str, str]:
        if response.status != 200:
            answered = f"{response.status} {one_line(response.reason)}".rstrip()
            raise CSDSFailure(
                f"discovery at {self._config.csds_domain} answered {answered}",
                status=response.status,
                retryable=is_retryable(response.status, None),
            )
        domains = read_domains(read_body(response.content)[0], self._config.account_id)
        refuse_untrusted(domains, self._config.trusted_domain_suffixes, self._config.csds_domain)
        if not domains:
            raise CSDSDomainNotFound(
                f"discovery at {self._config.csds_domain} knows no service of account {self._config.account_id!r}",
                service="",
            )
        return domains
