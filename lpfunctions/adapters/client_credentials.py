"""OAuth 2.0 client credentials: fetch a token at Sentinel, use it until its end, renew it in good time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lpfunctions.adapters.refreshing import FLIGHT_SECONDS, Kept, Refreshing
from lpfunctions.core.codes import is_retryable
from lpfunctions.core.deadline import Deadline
from lpfunctions.core.decoding import ACCEPTED_CODINGS
from lpfunctions.core.domains import TOKEN_SERVICE
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSError
from lpfunctions.core.http import HttpRequest
from lpfunctions.core.tokens import REFRESH_PAUSE_SECONDS, Token, read_grant, read_refusal
from lpfunctions.core.wire import USER_AGENT
from lpfunctions.delivery import Trip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.credentials import ClientCredentials
    from lpfunctions.core.http import HttpResponse
    from lpfunctions.delivery import Delivery
    from lpfunctions.ports import AsyncClock, DomainResolver, SingleFlight


class ClientCredentialsAuth:
    """Authorise with a Bearer token of the app installation, shared by all calls."""

    def __init__(
        self,
        credentials: ClientCredentials,
        config: ClientConfig,
        *,
        domains: DomainResolver,
        delivery: Delivery,
        clock: AsyncClock,
        flight: SingleFlight,
    ) -> None:
        self._credentials = credentials
        self._config = config
        self._domains = domains
        self._delivery = delivery
        self._clock = clock
        self._no_replacement_before = -math.inf
        self._headers = Refreshing(self._fetch, flight=flight, clock=clock, phase="token")

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the ``Authorization`` header."""
        return await self._headers.get(request.timeout_seconds)

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """Give up the token that *request* was sent with; the next attempt gets another.

        A token that replaced a rejected one and is rejected itself is not to blame: the platform's 401 has another
        reason, and asking for token after token would only add load.
        """
        kept = self._headers.kept
        if kept is None or kept.value["Authorization"] != request.headers.get("Authorization"):
            return True
        now = self._clock.monotonic()
        if now < self._no_replacement_before:
            return False
        self._no_replacement_before = now + REFRESH_PAUSE_SECONDS
        self._headers.discard(kept.value)
        return True

    async def _fetch(self) -> Kept[Mapping[str, str]]:
        deadline = Deadline.after(FLIGHT_SECONDS, self._clock.monotonic())
        host = await self._domains.resolve(TOKEN_SERVICE, timeout_seconds=FLIGHT_SECONDS)
        trip = Trip(deadline, self._config.retry)
        try:
            answer = await self._delivery.send(self._request(host), trip)
        except FaaSError as failure:
            raise FaaSAppJWTAuthenticationError(
                f"token request at {host}: {failure}", retryable=failure.retryable
            ) from failure
        return self._keep(self._read(answer.response, host))

    def _request(self, host: str) -> HttpRequest:
        url = f"{self._config.protocol}://{host}/sentinel/api/account/{self._config.account_id}/app/token?v=2.0"
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": ACCEPTED_CODINGS,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return HttpRequest("POST", url, headers, self._form().encode("ascii"))

    def _form(self) -> str:
        from oauthlib.oauth2.rfc6749 import parameters

        form: str = parameters.prepare_token_request(  # pyright: ignore[reportUnknownMemberType]  # untyped **kwargs
            "client_credentials",
            scope=self._credentials.scope,
            client_id=self._credentials.client_id,
            client_secret=self._credentials.client_secret.get_secret_value(),
        )
        return form

    def _read(self, response: HttpResponse, host: str) -> Token:
        if not 200 <= response.status < 300:
            said = read_refusal(response.content)
            raise FaaSAppJWTAuthenticationError(
                f"token request at {host} for account {self._config.account_id!r} answered "
                f"{response.status} {response.reason}".rstrip()
                + (f": {said}" if said else ""),
                status=response.status,
                retryable=is_retryable(response.status, None),
            )
        grant = read_grant(response.content, host)
        refresh_after_seconds = self._config.jwt_refresh_after_minutes * 60
        return Token.received(grant.token, grant.life_seconds, self._clock.monotonic(), refresh_after_seconds)

    @staticmethod
    def _keep(token: Token) -> Kept[Mapping[str, str]]:
        return Kept({"Authorization": f"Bearer {token.value}"}, token.refresh_at, token.expires_at)
