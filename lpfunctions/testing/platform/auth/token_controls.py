"""What a test can change about tokens and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from lpfunctions.testing.platform.auth.dpop import thumbprint
from lpfunctions.testing.platform.auth.tokens import TokenShape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.tokens import TokenForm
    from lpfunctions.testing.platform.functions.runner import WallClock
    from lpfunctions.testing.platform.service import Service


class TokenControls:
    """A part of `FakePlatform`.

    Attributes:
        account: the account that is meant when none is named.
    """

    account: Account
    _service: Service
    _clock: WallClock
    _token_lifetime_seconds: float

    def issue_token(
        self,
        *,
        account_id: str | None = None,
        lifetime_seconds: float | None = None,
        dpop_key: Mapping[str, Any] | None = None,
    ) -> str:
        """Return an access token without asking the token endpoint.

        Args:
            account_id: the account that it is valid for, which need not exist on this platform.
            lifetime_seconds: how long.
            dpop_key: a public key as JWK; the token is then good only with DPoP proofs of that key.
        """
        life = self._token_lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        return self._service.issuer.issue(
            account_id=self.account.account_id if account_id is None else account_id,
            client_id=self.account.client_id,
            now=self._clock.now(),
            lifetime_seconds=life,
            bound_to=None if dpop_key is None else thumbprint(dpop_key),
        )

    def shape_tokens(
        self,
        *,
        lifetime_seconds: float | None = None,
        form: TokenForm = "jwt",
        expires_in: Literal["text", "number", "absent"] | None = None,
        revoked: bool = False,
    ) -> None:
        """Set the form of the tokens that the token endpoint grants from now on; without arguments, the usual one.

        Args:
            lifetime_seconds: how long they are valid; default that of the platform.
            form: ``jwt``; ``opaque``, no JWT at all; ``malformed``, like a JWT that no library can read.
            expires_in: how the response states the lifetime: ``text``, a ``number``, or not (``absent``); by default
                as ``text`` at the forms of the endpoint below ``/sentinel/api/v2``, and not at the others.
            revoked: grant tokens that every service rejects.
        """
        life = self._token_lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        self._service.sentinel.shape = TokenShape(life, form, expires_in, revoked)

    def revoke_tokens(self) -> None:
        """Revoke all tokens issued so far; new ones are valid."""
        self._service.issuer.rotate()

    def demand_dpop_nonce(self, nonce: str | None) -> None:
        """From now on a DPoP proof must hold *nonce*; one without it is answered ``use_dpop_nonce`` and the nonce.

        None demands none.
        """
        self._service.authenticator.dpop.nonce = nonce

    def add_bearer(self, token: str) -> None:
        """Accept *token* as that of a logged-in user, for every operation, without an end."""
        self.account.bearers.add(token)

    def add_oauth1_keys(
        self, *, consumer_key: str, consumer_secret: str, token: str = "", token_secret: str = ""
    ) -> None:
        """Accept requests that are signed with these keys (OAuth 1.0), for every operation.

        Without a token they are signed with the consumer key alone, as LivePerson's first clients did.
        """
        self.account.oauth1_keys[consumer_key, token] = (consumer_secret, token_secret)
