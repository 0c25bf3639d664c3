"""Sentinel for users: the authorization code (RFC 6749 section 4.1), and tokens that are refreshed.

No page of a browser is served here: whoever asks for a code gets one, as if the first user of the account had logged in
and agreed.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_plus

from pydantic_core import to_json

from lpfunctions.testing.platform.auth.users import SESSION_SECONDS
from lpfunctions.testing.platform.endpoints.sentinel import (
    TOKEN_JSON,
    UNCACHED,
    check_client,
    read_form,
    token_refusal,
)
from lpfunctions.testing.platform.requests.responses import Refusal, answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.tokens import TokenIssuer
    from lpfunctions.testing.platform.auth.users import User
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

_BASIC: Final = "basic "
_WEB_ADDRESS: Final = re.compile("https?://[!-~]+")


class UserTokens:
    """Grants tokens of users."""

    def __init__(self, accounts: Mapping[str, Account], issuer: TokenIssuer, clock: WallClock) -> None:
        self._accounts = accounts
        self._issuer = issuer
        self._clock = clock

    async def authorize(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Redirect to the app, with a code."""
        account = self._accounts.get(incoming.account_id)
        back = incoming.parameter("redirect_uri") or ""
        if incoming.parameter("v") is None:
            raise Refusal(400, "query parameter 'v' is missing")
        if account is None or incoming.parameter("client_id") != account.client_id:
            raise Refusal(401, "no app has this client id")
        if not _WEB_ADDRESS.fullmatch(back):
            raise Refusal(400, "the redirect_uri is missing, or no URL of the web")
        given = {"state": incoming.parameter("state")}
        if incoming.parameter("response_type") != "code":
            return _redirected(back, {"error": "unsupported_response_type", **given})
        user = account.users.first()
        if user is None:
            return _redirected(back, {"error": "access_denied", **given})
        return _redirected(back, {"code": account.users.new_code(user, back, self._clock.now()), **given})

    async def token(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer a token for a code, or for a refresh token."""
        if incoming.parameter("v") is None:
            raise token_refusal("invalid_request", "query parameter 'v' is missing")
        fields = read_form(incoming) | _basic_credentials(incoming)
        account = check_client(self._accounts, incoming, fields)
        return self._granted(account, self._user_of(account, fields))

    def _user_of(self, account: Account, fields: Mapping[str, str]) -> User:
        match fields.get("grant_type"):
            case "authorization_code":
                code, back = fields.get("code", ""), fields.get("redirect_uri", "")
                user = account.users.redeem_code(code, back, self._clock.now())
            case "refresh_token":
                user = account.users.redeem_refresh_token(fields.get("refresh_token", ""))
            case None:
                raise token_refusal("invalid_request", "parameter grant_type is missing")
            case _:
                raise token_refusal("unsupported_grant_type", "only authorization_code and refresh_token are granted")
        if user is None:
            raise token_refusal("invalid_grant", "the code or the refresh token is unknown, used up or too old")
        return user

    def _granted(self, account: Account, user: User) -> HttpResponse:
        now = self._clock.now()
        body: dict[str, Any] = {
            "access_token": account.users.log_in(user, now).bearer,
            "token_type": "Bearer",
            "refresh_token": account.users.new_refresh_token(user),
            "id_token": self._issuer.issue_id_token(
                client_id=account.client_id, user_id=user.user_id, now=now, lifetime_seconds=SESSION_SECONDS
            ),
            "expires_in": SESSION_SECONDS,
        }
        return json_answer(to_json(body), TOKEN_JSON, **UNCACHED)


def _redirected(back: str, parameters: Mapping[str, str | None]) -> HttpResponse:
    pairs = [f"{name}={quote(value, safe='')}" for name, value in parameters.items() if value is not None]
    joined = "&".join(pairs)
    return answer(302, b"", {"location": f"{back}{'&' if '?' in back else '?'}{joined}", **UNCACHED})


def _basic_credentials(incoming: Incoming) -> dict[str, str]:
    """Return id and secret of the app from the header, where some clients put them; nothing without one."""
    header = incoming.headers.get("authorization", "")
    if not header.lower().startswith(_BASIC):
        return {}
    try:
        client_id, _, secret = base64.b64decode(header[len(_BASIC) :], validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise token_refusal("invalid_client", "the credentials in the header cannot be read", status=401) from None
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}
