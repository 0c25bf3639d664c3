"""OAuth 2.0 with proof of possession (DPoP, RFC 9449), token and proof made by callables of the user's."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from lpfunctions.core.auth.authorization import AuthHeaders, check_sendable
from lpfunctions.core.auth.dpop import Nonces, asks_for_nonce, nonce_parameter
from lpfunctions.core.auth.hidden import Hidden
from lpfunctions.core.auth.tokens import is_token
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError
from lpfunctions.core.user_errors import wrapping_errors_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from lpfunctions.core.auth.credentials import DpopCredentials
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.core.user_errors import Settle

_GET_TOKEN = "get_access_token_internal"  # noqa: S105 (the name of a callable)
_GET_PROOF = "get_dpop_header_internal"


class DpopAuth:
    """Send ``Authorization: DPoP <token>`` and a fresh proof in ``DPoP`` with every attempt.

    Args:
        credentials: of the user.
        settle: gets the results of its callables.
    """

    name = "DpopCredentials"

    def __init__(self, credentials: DpopCredentials, settle: Settle) -> None:
        self._get_token = credentials.get_access_token_internal
        self._get_proof = credentials.get_dpop_header_internal
        self._settle = settle
        self._nonces = Nonces()
        self._nonce_parameter = nonce_parameter(credentials.get_dpop_header_internal)

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return both headers."""
        headers: Mapping[str, str] = await self._settle(
            self, "authorize", self._headers(request), request.timeout_seconds, "token"
        )
        return headers

    async def _headers(self, request: HttpRequest) -> Mapping[str, str]:
        with wrapping_errors_of(_GET_TOKEN):
            token = await _masked(self._get_token(f"https://{request.host}"))
        if not is_token(token.text):
            raise FaaSAppJWTAuthenticationError(f"{_GET_TOKEN} must return a token: printable ASCII without blanks")
        # htu, the URL that a proof is good for, is one without query and fragment (RFC 9449 section 4.2).
        url = request.url.partition("?")[0]
        with wrapping_errors_of(_GET_PROOF):
            nonce = self._nonce(request.host)
            proof = await _masked(self._get_proof(url, request.method, token.text, **nonce))
        headers = AuthHeaders({"Authorization": f"DPoP {token.text}", "DPoP": proof.text})
        check_sendable(_GET_PROOF, headers)
        return headers

    def _nonce(self, host: str) -> dict[str, str | None]:
        """What the user's callable is told of the nonce; None only where it cannot do without the argument."""
        nonce, parameter = self._nonces.of(host), self._nonce_parameter
        if parameter is None:
            return {}
        is_needed = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        return {"nonce": nonce} if is_needed or nonce is not None else {}

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """The token may have ended since it was made: ask for another, once."""
        return True

    def answered(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Keep the nonce of *response*; True if the request is to be sent again with it."""
        self._nonces.note(request, response)
        return self._nonce_parameter is not None and asks_for_nonce(response)


async def _masked(made: str | Awaitable[str]) -> Hidden:
    return Hidden(await made if inspect.isawaitable(made) else made)
