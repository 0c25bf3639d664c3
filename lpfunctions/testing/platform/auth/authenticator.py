"""Authenticate a request: by bearer token, DPoP token and proof, or OAuth 1.0 signature; and find its account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import jwt

from lpfunctions.core.platform.hosts import UI_SERVICE
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.testing.platform.auth.dpop import WRONG_NONCE, DpopVerifier
from lpfunctions.testing.platform.auth.oauth1 import Signatures
from lpfunctions.testing.platform.auth.users import permitting
from lpfunctions.testing.platform.functions.authored import AUTHOR
from lpfunctions.testing.platform.requests.responses import BAD_INPUT, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.tokens import TokenIssuer
    from lpfunctions.testing.platform.auth.users import Session
    from lpfunctions.testing.platform.functions.runner import WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

_Flaw = Literal["missing", "unreadable", "forged", "expired", "foreign", "unproven", "unsigned", "unpermitted"]

# Which of the two statuses an expired or a foreign token gets is not documented (spec, open question 15).
_FLAWS: Final[Mapping[_Flaw, tuple[int, str]]] = {
    "missing": (401, "no bearer token in Authorization"),
    "unproven": (401, "the token is bound to a key, and its DPoP proof is missing or invalid"),
    "unsigned": (401, "the OAuth 1.0 signature is invalid"),
    "unreadable": (401, "the bearer is neither a token nor known as a user's"),
    "forged": (401, "the token is revoked, or was issued elsewhere"),
    "expired": (401, "the token has expired"),
    "foreign": (403, "the token is for another account"),
    "unpermitted": (403, "the user lacks the permission"),
}


class Authenticator:
    """Authenticates requests to gateway and management.

    Attributes:
        dpop: verifies DPoP proofs.
    """

    def __init__(self, accounts: Mapping[str, Account], issuer: TokenIssuer, clock: WallClock) -> None:
        self._accounts = accounts
        self._issuer = issuer
        self._clock = clock
        self.dpop: DpopVerifier = DpopVerifier(clock)
        self._signatures = Signatures(clock)

    def admit(self, incoming: Incoming) -> Account:
        """Return the account that the request is for.

        Raises:
            Refusal: the token is invalid, there is no such account, or V1's version parameter is missing.
        """
        account = self._accounts.get(incoming.account_id)
        flaw, remark = self._flaw(incoming, account)
        if remark == WRONG_NONCE:
            challenge = {"www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": self.dpop.nonce or ""}
            raise Refusal(401, WRONG_NONCE, headers=challenge)
        if flaw is not None:
            raise _refusal(flaw, remark, incoming, account)
        if account is None:
            raise Refusal(404, "there is no such account")
        if account.platform_version is PlatformVersion.V1 and incoming.parameter("v") is None:
            raise refuse(BAD_INPUT, account.platform_version, "query parameter 'v' is missing")
        return account

    def caller(self, incoming: Incoming, account: Account) -> str:
        """Return who sent an admitted request: the login name of a user, or of no particular one."""
        session = account.users.session(incoming.headers.get("authorization", "").partition(" ")[2])
        return session.user.login_name if session else AUTHOR

    def _flaw(self, incoming: Incoming, account: Account | None) -> tuple[_Flaw | None, str | None]:
        """Return what is wrong, and a remark if there is more to say."""
        scheme, _, credential = incoming.headers.get("authorization", "").partition(" ")
        match scheme.lower() if credential else "":
            case "bearer":
                return self._token_flaw(incoming, account, credential, is_proven=False), None
            case "dpop":
                return self._dpop_flaw(incoming, account, credential)
            case "oauth":
                keys = {} if account is None else account.oauth1_keys
                remark = self._signatures.flaw(incoming, credential, keys)
                return (None if remark is None else "unsigned"), remark
            case _:
                return "missing", None

    def _token_flaw(self, incoming: Incoming, account: Account | None, token: str, *, is_proven: bool) -> _Flaw | None:
        if account is not None and token in account.bearers:
            return None
        session = account and account.users.session(token)
        if session:
            return self._session_flaw(session, incoming)
        return self._issued_flaw(incoming, token, is_proven=is_proven)

    def _issued_flaw(self, incoming: Incoming, token: str, *, is_proven: bool) -> _Flaw | None:
        try:
            claims = self._issuer.read(token)
        except jwt.InvalidSignatureError:
            return "forged"
        except jwt.InvalidTokenError:
            return "unreadable"
        if claims.account_id != incoming.account_id:
            return "foreign"
        if claims.bound_to is not None and not is_proven:
            return "unproven"
        return "expired" if claims.expires_at <= self._clock.now() else None

    def _session_flaw(self, session: Session, incoming: Incoming) -> _Flaw | None:
        if session.expires_at <= self._clock.now():
            return "expired"
        return None if session.user.permissions & permitting(incoming.kind) else "unpermitted"

    def _dpop_flaw(self, incoming: Incoming, account: Account | None, token: str) -> tuple[_Flaw | None, str | None]:
        flaw = self._token_flaw(incoming, account, token, is_proven=True)
        if flaw is not None:
            return flaw, None
        is_users = account is not None and (token in account.bearers or account.users.session(token) is not None)
        remark = self.dpop.flaw(incoming, token, None if is_users else self._issuer.read(token).bound_to)
        return (None if remark is None else "unproven"), remark


def _refusal(flaw: _Flaw, remark: str | None, incoming: Incoming, account: Account | None) -> Refusal:
    status, usual_remark = _FLAWS[flaw]
    if flaw == "unreadable" and account and account.platform_version is PlatformVersion.V2 and _is_listing(incoming):
        # LivePerson's own integration test sees a wrong bearer forbidden here.
        status = 403
    return Refusal(status, remark or usual_remark)


def _is_listing(incoming: Incoming) -> bool:
    return incoming.match is not None and incoming.match.endpoint.service == UI_SERVICE
