"""OAuth 2.0 with proof of possession (DPoP, RFC 9449), token and proof made by callables of the user's."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from lpfunctions.core.authorization import AuthHeaders, refuse_unsendable
from lpfunctions.core.blame import blaming
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError
from lpfunctions.core.tokens import is_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from pydantic import SecretStr

    from lpfunctions.core.credentials import DpopCredentials
    from lpfunctions.core.http import HttpRequest, HttpResponse

_GET_TOKEN = "get_access_token_internal"  # noqa: S105 (the name of a callable)
_GET_PROOF = "get_dpop_header_internal"


class DpopAuth:
    """Send ``Authorization: DPoP <token>`` and a fresh proof in ``DPoP`` with every attempt."""

    name = "DpopCredentials"

    def __init__(self, credentials: DpopCredentials) -> None:
        self._get_token = credentials.get_access_token_internal
        self._get_proof = credentials.get_dpop_header_internal

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return both headers."""
        with blaming(_GET_TOKEN):
            token = await _masked(self._get_token(f"https://{request.host}"))
        if not is_token(token.get_secret_value()):
            raise FaaSAppJWTAuthenticationError(f"{_GET_TOKEN} must return a token: printable ASCII without blanks")
        # htu, the URL that a proof is good for, is one without query and fragment (RFC 9449 section 4.2).
        url = request.url.partition("?")[0]
        with blaming(_GET_PROOF):
            proof = await _masked(self._get_proof(url, request.method, token.get_secret_value()))
        headers = AuthHeaders({"Authorization": f"DPoP {token.get_secret_value()}", "DPoP": proof.get_secret_value()})
        refuse_unsendable(_GET_PROOF, headers)
        return headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """The token may have ended since it was made: ask for another, once."""
        return True


async def _masked(made: str | Awaitable[str]) -> SecretStr:
    from pydantic import SecretStr

    return SecretStr(await made if inspect.isawaitable(made) else made)
