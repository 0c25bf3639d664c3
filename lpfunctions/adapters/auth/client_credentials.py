"""OAuth 2.0 client credentials: fetch a token from Sentinel, use it until it expires, refresh it earlier."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

from lpfunctions.adapters.caching.refreshable import FLIGHT_SECONDS, CachedValue, RefreshableValue
from lpfunctions.core.auth.authorization import AuthHeaders, AuthState
from lpfunctions.core.auth.credentials import text_of
from lpfunctions.core.auth.tokens import REFRESH_PAUSE_SECONDS, Token, is_token, read_grant, read_refusal
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSConfigurationError, FaaSError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.http.request_headers import GET_HEADERS
from lpfunctions.core.platform.error_codes import is_retryable
from lpfunctions.core.platform.hosts import TOKEN_SERVICE
from lpfunctions.core.redaction import one_line
from lpfunctions.core.retries.deadline import Deadline
from lpfunctions.core.retries.send_options import AttemptLog, SendOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from lpfunctions.adapters.caching.shared_source import SharedSource
    from lpfunctions.core.auth.credentials import ClientCredentials
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.core.shared_values import SharedValue
    from lpfunctions.core.telemetry.events import RefreshState
    from lpfunctions.ports import AsyncClock, AsyncDomainResolver, SingleFlight, Telemetry
    from lpfunctions.sending import ClassifiedResponse, RequestSender

T = TypeVar("T")

_LEAST_PAUSE_SECONDS: Final = 1.0
"""However impatient the retry policy, a failing token endpoint is asked once a second at most."""

_TEMPLATE: Final = "/sentinel/api/account/{account_id}/app/token"


@dataclass(frozen=True, slots=True, repr=False)
class _Bearer:
    """A token as headers, and the monotonic time before which a 401 does not invalidate it."""

    headers: AuthHeaders
    replaceable_from: float


class ClientCredentialsAuth:
    """Authorise with a Bearer token of the app installation, shared by all calls."""

    def __init__(
        self,
        credentials: ClientCredentials,
        config: ClientConfig,
        *,
        domains: AsyncDomainResolver,
        sender: RequestSender,
        clock: AsyncClock,
        flight: SingleFlight,
        telemetry: Telemetry,
        shared: SharedSource | None = None,
    ) -> None:
        self._credentials = credentials
        self._config = config
        self._domains = domains
        self._sender = sender
        self._shared = shared
        self._clock = clock
        self._now = clock.monotonic
        self._tokens = RefreshableValue(self._fetch, flight=flight, clock=clock, telemetry=telemetry, phase="token")

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the ``Authorization`` header."""
        bearer = self._tokens.fresh() or await self._tokens.get(request.timeout_seconds)
        return bearer.headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """Invalidate the token that *request* was sent with; return whether to send again.

        A token that replaced a rejected one, and is rejected itself within a minute, is kept: the 401 has another
        reason, and fetching token after token would only add load.
        """
        kept = self._tokens.kept
        if kept is None or not _was_sent_with(request, kept.value):
            return True  # another call has already replaced it
        if self._now() < kept.value.replaceable_from:
            return False
        kept.invalidate()
        return True

    def auth_state(self) -> AuthState:
        """How the token is doing, without the token."""
        kept, record, now = self._tokens.kept, self._tokens.record, self._now()
        is_there = kept is not None and now < kept.expires_at
        return AuthState(
            age_seconds=now - record.arrived_at if is_there else None,
            refresh_in_seconds=max(kept.refresh_at - now, 0.0) if kept is not None and is_there else None,
            expires_in_seconds=kept.expires_at - now if kept is not None and is_there else None,
            refreshes=record.successes,
            failures=record.failures,
            failures_in_a_row=record.failures_in_a_row,
        )

    def refresh_state(self) -> RefreshState:
        """How the refreshes of the token go."""
        return self._tokens.state()

    async def _fetch(self) -> CachedValue[_Bearer]:
        host = await self._with_token_errors(self._domains.resolve(TOKEN_SERVICE, timeout_seconds=FLIGHT_SECONDS))
        if self._shared is None:
            grant = await self._request_token(host)
            return self._cached_bearer(*grant, received_at=self._now())
        from lpfunctions.core.shared_values import token_key

        shared = await self._shared.get(
            token_key(host, self._config.account_id, self._credentials),
            partial(self._request_token, host),
            is_valid=self._is_fresh,
            was_rejected=self._was_rejected(),
        )
        return self._cached_bearer(shared.value, shared.life_seconds, received_at=self._received_at(shared))

    async def _request_token(self, host: str) -> tuple[str, float | None]:
        """Fetch a new token; return it and its lifetime in seconds."""
        deadline = Deadline.after(FLIGHT_SECONDS, self._now())
        options = SendOptions(
            deadline,
            self._config.retry,
            purpose="token",
            template=_TEMPLATE,
            least_pause_seconds=_LEAST_PAUSE_SECONDS,
        )
        sending = self._sender.send(self._request(host), options, AttemptLog())
        return self._read(await self._with_token_errors(sending), host)

    async def _with_token_errors(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except FaaSConfigurationError:
            raise
        except FaaSError as failure:
            raise FaaSAppJWTAuthenticationError(
                f"could not obtain a token: {failure}", retryable=failure.retryable
            ) from failure

    def _token(self, value: str, life_seconds: float | None, *, received_at: float) -> Token:
        return Token.received(value, life_seconds, received_at, self._config.jwt_refresh_after_minutes * 60)

    def _received_at(self, shared: SharedValue) -> float:
        return self._now() - shared.age_seconds(self._clock.now())

    def _is_fresh(self, shared: SharedValue) -> bool:
        if not is_token(shared.value):
            return False
        token = self._token(shared.value, shared.life_seconds, received_at=self._received_at(shared))
        return self._now() < token.refresh_at

    def _was_rejected(self) -> bool:
        return self._tokens.kept is not None and self._tokens.kept.was_invalidated

    def _request(self, host: str) -> HttpRequest:
        url = f"{self._config.protocol}://{host}/sentinel/api/account/{self._config.account_id}/app/token?v=2.0"
        headers = self._config.headers({**GET_HEADERS, "Content-Type": "application/x-www-form-urlencoded"})
        return HttpRequest("POST", url, headers, self._form())

    def _form(self) -> bytes:
        """The request of RFC 6749 section 4.4.2; oauthlib would load 132 modules to write the same four fields."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": text_of(self._credentials),
            "scope": self._credentials.scope,
        }
        return urlencode({name: value for name, value in fields.items() if value}).encode("ascii")

    def _read(self, classified: ClassifiedResponse, host: str) -> tuple[str, float | None]:
        response = classified.response
        if not 200 <= response.status < 300:
            raise self._refusal(classified, host)
        grant = read_grant(response.content, host)
        return grant.token, grant.life_seconds

    def _refusal(self, classified: ClassifiedResponse, host: str) -> FaaSAppJWTAuthenticationError:
        response = classified.response
        refusal = FaaSAppJWTAuthenticationError(
            f"token request at {host} for account {self._config.account_id!r} answered "
            f"{response.status} {one_line(response.reason)}".rstrip()
            + self._error_text(response),
            status=response.status,
            retryable=is_retryable(response.status, None),
        )
        refusal.retry_after = classified.retry_after
        return refusal

    def _error_text(self, response: HttpResponse) -> str:
        said = read_refusal(response.content, text_of(self._credentials))
        return f": {said}" if said else ""

    def _cached_bearer(self, value: str, life_seconds: float | None, *, received_at: float) -> CachedValue[_Bearer]:
        token = self._token(value, life_seconds, received_at=received_at)
        bearer = _Bearer(
            AuthHeaders(Authorization=f"Bearer {token.value}"),
            self._now() + REFRESH_PAUSE_SECONDS if self._was_rejected() else -math.inf,
        )
        return CachedValue(bearer, token.refresh_at, token.expires_at, received_at)


def _was_sent_with(request: HttpRequest, bearer: _Bearer) -> bool:
    return request.headers.get("Authorization") == bearer.headers["Authorization"]
