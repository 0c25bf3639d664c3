"""OAuth 1.0 (RFC 5849): sign each attempt with HMAC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lpfunctions.core.auth.authorization import AuthHeaders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.auth.credentials import OAuth1Credentials
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AsyncClock


class OAuth1Auth:
    """Sign method, URL and query of each attempt, with a nonce of its own; a JSON body is not part of a signature.

    Args:
        credentials: keys and secrets.
        clock: its wall clock dates the signatures, in seconds.
    """

    def __init__(self, credentials: OAuth1Credentials, clock: AsyncClock) -> None:
        self._credentials = credentials
        self._now = clock.now

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the ``Authorization`` header."""
        from oauthlib.oauth1 import Client  # loaded when it is used: few accounts still sign

        keys = self._credentials
        signer: Any = Client(
            keys.consumer_key,
            client_secret=keys.consumer_secret.get_secret_value(),
            resource_owner_key=keys.token.get_secret_value(),
            resource_owner_secret=keys.token_secret.get_secret_value(),
            signature_method=keys.signature_method,
            timestamp=str(int(self._now())),
        )
        # Without the body: oauthlib would add oauth_body_hash, which the platform's own clients do not send.
        return AuthHeaders(signer.sign(request.url, request.method)[1])

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """Keys do not change: signed anew, the request fares no better."""
        return False
