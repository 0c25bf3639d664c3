"""Sentinel: access tokens for client credentials (OAuth 2.0, RFC 6749 section 4.4), and the key to verify them."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_json

from lpfunctions.testing.platform.auth.dpop import thumbprint
from lpfunctions.testing.platform.auth.tokens import SCOPE, TokenShape
from lpfunctions.testing.platform.requests.responses import Refusal, json_answer
from lpfunctions.testing.platform.requests.routing import read_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.tokens import TokenIssuer
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

TOKEN_JSON = "application/json;charset=utf-8"  # noqa: S105 (a media type)
_FORM = "application/x-www-form-urlencoded"
UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}  # RFC 6749 section 5.1
_FIELDS = ("grant_type", "client_id", "client_secret", "scope")

_Error = Literal[
    "invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type", "invalid_scope"
]  # fmt: skip


class Sentinel:
    """The token endpoint, in all four forms that clients use.

    Attributes:
        shape: the form of the tokens that are granted.
    """

    def __init__(
        self, accounts: Mapping[str, Account], issuer: TokenIssuer, clock: WallClock, lifetime_seconds: float
    ) -> None:
        self._accounts = accounts
        self._issuer = issuer
        self._clock = clock
        self._lifetime_seconds = lifetime_seconds
        self.shape: TokenShape = TokenShape()

    async def token(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer a token request."""
        fields = _read_fields(incoming)
        is_v2 = "v2" in incoming.path.split("/")
        if not is_v2 and incoming.parameter("v") is None:
            raise token_refusal("invalid_request", "query parameter 'v' is missing")
        if fields.get("grant_type") != "client_credentials":
            _refuse_grant(fields.get("grant_type"))
        check_client(self._accounts, incoming, fields)
        if fields.get("scope", SCOPE) != SCOPE:
            raise token_refusal("invalid_scope", f"the app has only the scope {SCOPE}")
        return self._grant(incoming.account_id, fields["client_id"], "text" if is_v2 else "absent")

    def issue(
        self, *, account_id: str, client_id: str, lifetime_seconds: float | None, dpop_key: Mapping[str, Any] | None
    ) -> str:
        """Return a token without a request for one; bound to *dpop_key*, a public key as JWK, if that is given."""
        return self._issuer.issue(
            account_id=account_id,
            client_id=client_id,
            now=self._clock.now(),
            lifetime_seconds=self._lifetime_seconds if lifetime_seconds is None else lifetime_seconds,
            bound_to=None if dpop_key is None else thumbprint(dpop_key),
        )

    def saved(self) -> Callable[[], None]:
        """Return what restores the form of the tokens that is granted now."""
        shape = self.shape

        def restore() -> None:
            self.shape = shape

        return restore

    def _grant(self, account_id: str, client_id: str, usual: Literal["text", "absent"]) -> HttpResponse:
        shape = self.shape
        life = self._lifetime_seconds if shape.lifetime_seconds is None else shape.lifetime_seconds
        token = self._issuer.issue(
            account_id=account_id,
            client_id=client_id,
            now=self._clock.now(),
            lifetime_seconds=life,
            form=shape.form,
            revoked=shape.revoked,
        )
        body: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        # No sample of the older forms has it, and the client for Java refuses a response with it. The newer ones must
        # send it as text: LivePerson's own V2 library insists on that.
        expires_in = shape.expires_in or usual
        if expires_in != "absent":
            seconds = max(int(life) - 1, 0)
            body["expires_in"] = str(seconds) if expires_in == "text" else seconds
        return json_answer(to_json(body), TOKEN_JSON, **UNCACHED)

    async def keys(self, _incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the key set (JWKS) that tokens can be verified with."""
        return json_answer(to_json({"keys": self._issuer.public_keys()}))


def check_client(accounts: Mapping[str, Account], incoming: Incoming, fields: Mapping[str, str]) -> Account:
    """Return the account whose app has the client id and the secret of *fields*.

    Raises:
        Refusal: it has others.
    """
    account = accounts.get(incoming.account_id)
    # Both are always compared, so that the time taken does not tell which of them is wrong.
    right_id = _same(fields.get("client_id", ""), account.client_id if account else "")
    right_secret = _same(fields.get("client_secret", ""), account.client_secret if account else "")
    if account is None or not (right_id & right_secret):
        raise token_refusal("invalid_client", "client id or secret is wrong", status=401)
    return account


def _read_fields(incoming: Incoming) -> dict[str, str]:
    """Read each field from the body or, failing that, from the query, where some clients put it."""
    in_body = read_form(incoming) if incoming.content else {}
    in_query = {name: incoming.parameter(name) for name in _FIELDS}
    return {name: value for name, value in in_query.items() if value is not None} | in_body


def read_form(incoming: Incoming) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        Refusal: the body is none, or has a field twice.
    """
    media_type = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise token_refusal("invalid_request", f"the body must be {_FORM}")
    fields: dict[str, str] = {}
    try:
        for name, value in read_pairs(incoming.content.decode()):
            if name in fields:
                raise token_refusal("invalid_request", f"parameter {name} is repeated")
            fields[name] = value
    except ValueError:
        raise token_refusal("invalid_request", "the body cannot be decoded") from None
    return fields


def _refuse_grant(grant_type: str | None) -> None:
    if grant_type is None:
        raise token_refusal("invalid_request", "parameter grant_type is missing")
    raise token_refusal("unsupported_grant_type", "only client_credentials is granted here")


def token_refusal(error: _Error, description: str, status: int = 400) -> Refusal:
    """Return a refusal as RFC 6749 section 5.2 has it."""
    body = to_json({"error": error, "error_description": description})
    return Refusal(status, description, content=body, headers={"content-type": TOKEN_JSON, **UNCACHED})


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
