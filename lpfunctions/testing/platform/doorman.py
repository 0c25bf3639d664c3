"""Who may in: the bearer token of a request, and the account it is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import jwt

from lpfunctions.core.domains import UI_SERVICE
from lpfunctions.core.generations import Generation
from lpfunctions.testing.platform.answers import BAD_INPUT, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.incoming import Incoming
    from lpfunctions.testing.platform.runner import Wall
    from lpfunctions.testing.platform.tokens import TokenIssuer

_Flaw = Literal["missing", "unreadable", "forged", "expired", "foreign"]

# Which of the two statuses an expired or a foreign token gets is not documented (spec, open question 15).
_FLAWS: Final[Mapping[_Flaw, tuple[int, str]]] = {
    "missing": (401, "no bearer token in Authorization"),
    "unreadable": (401, "the bearer is neither a token nor known as a user's"),
    "forged": (401, "the token is revoked, or was issued elsewhere"),
    "expired": (401, "the token has expired"),
    "foreign": (403, "the token is good for another account"),
}


class Doorman:
    """Check requests to gateway and management."""

    def __init__(self, accounts: Mapping[str, Account], issuer: TokenIssuer, clock: Wall) -> None:
        self._accounts = accounts
        self._issuer = issuer
        self._clock = clock

    def admit(self, incoming: Incoming) -> Account:
        """Return the account that the request is for.

        Raises:
            Refusal: the token is no good, there is no such account, or V1's version parameter is missing.
        """
        account = self._accounts.get(incoming.account_id)
        flaw = self._flaw(incoming, account)
        if flaw is not None:
            raise _refusal(flaw, incoming, account)
        if account is None:
            raise Refusal(404, "there is no such account")
        if account.generation is Generation.V1 and incoming.parameter("v") is None:
            raise refuse(BAD_INPUT, account.generation, "query parameter 'v' is missing")
        return account

    def _flaw(self, incoming: Incoming, account: Account | None) -> _Flaw | None:
        scheme, _, token = incoming.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "missing"
        if account is not None and token in account.bearers:
            return None
        try:
            claims = self._issuer.read(token)
        except jwt.InvalidSignatureError:
            return "forged"
        except jwt.InvalidTokenError:
            return "unreadable"
        if claims.account_id != incoming.account_id:
            return "foreign"
        return "expired" if claims.expires_at <= self._clock.now() else None


def _refusal(flaw: _Flaw, incoming: Incoming, account: Account | None) -> Refusal:
    status, remark = _FLAWS[flaw]
    if flaw == "unreadable" and account and account.generation is Generation.V2 and _is_listing(incoming):
        # LivePerson's own integration test sees a wrong bearer forbidden here.
        status = 403
    return Refusal(status, remark)


def _is_listing(incoming: Incoming) -> bool:
    return incoming.route is not None and incoming.route.endpoint.service == UI_SERVICE
