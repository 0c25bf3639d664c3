"""What a user hands over to prove who calls: plain values that show no secret.

A pickle of such a value holds the secret, because that is what it is for; its repr does not. Secrets are masked before
anything is checked, so that no frame that raises has one among its locals.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from lpfunctions.core.auth.hidden import Hidden
from lpfunctions.core.auth.tokens import is_token
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from pydantic import SecretStr

SIGNATURE_METHODS: Final = ("HMAC-SHA1", "HMAC-SHA256")


@dataclass(frozen=True, slots=True, init=False)
class ClientCredentials:
    """OAuth 2.0 client credentials of an app installation.

    Attributes:
        client_id: the id.
        client_secret: the secret, masked.
        scope: usually empty: the installation's own.

    Raises:
        FaaSConfigurationError: a part is missing, or the secret came with the newline of its file.
    """

    client_id: str
    _client_secret: Hidden = field(repr=False)
    scope: str

    def __init__(self, *, client_id: str, client_secret: str | SecretStr, scope: str = "") -> None:
        client_secret, hidden = "", _hidden(client_secret)
        _check("ClientCredentials", client_id=_hidden(client_id), client_secret=hidden)
        if scope != "":
            _check("ClientCredentials", scope=_hidden(scope))
        _set(self, client_id=client_id, _client_secret=hidden, scope=scope)

    @property
    def client_secret(self) -> SecretStr:
        """The secret, masked."""
        return _masked(self._client_secret)

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), _state(self, "client_id", "client_secret", "scope"))


@dataclass(frozen=True, slots=True, init=False)
class BearerToken:
    """A token that is known beforehand, such as that of a logged-in user. Nobody renews it.

    Attributes:
        token: the token, masked.

    Raises:
        FaaSConfigurationError: it cannot be sent as a header.
    """

    _token: Hidden = field(repr=False)

    def __init__(self, token: str | SecretStr) -> None:
        token, hidden = "", _hidden(token)
        _check("BearerToken", token=hidden)
        if not is_token(hidden.text):
            raise FaaSConfigurationError("BearerToken: token must be printable ASCII without blanks")
        _set(self, _token=hidden)

    @property
    def token(self) -> SecretStr:
        """The token, masked."""
        return _masked(self._token)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.token,)


@dataclass(frozen=True, slots=True)
class DpopCredentials:
    """OAuth 2.0 with proof of possession (RFC 9449), for LivePerson's own services. The keys stay with the caller.

    Both callables are asked for every attempt, so that no proof is sent twice; caching the token is up to the first.
    They may be ``async`` with `AsyncClient`.

    Attributes:
        get_access_token_internal: called with ``https://<domain>`` of the service; returns an access token.
        get_dpop_header_internal: called with the URL without its query, the method in upper case, and that access
            token; returns the proof. One that takes ``nonce=`` gets the nonce that the server last sent, if any, for
            the claim of that name (RFC 9449 section 8); a request that was refused for want of it is sent again, once.

    Raises:
        FaaSConfigurationError: one of them cannot be called.
    """

    get_access_token_internal: Callable[[str], str | Awaitable[str]]
    get_dpop_header_internal: Callable[..., str | Awaitable[str]]

    def __post_init__(self) -> None:
        for name in ("get_access_token_internal", "get_dpop_header_internal"):
            if not callable(getattr(self, name)):
                raise FaaSConfigurationError(f"DpopCredentials needs {name}, a callable")


@dataclass(frozen=True, slots=True, init=False)
class OAuth1Credentials:
    """OAuth 1.0 keys (RFC 5849). LivePerson ends this protocol; prefer `ClientCredentials`.

    Attributes:
        consumer_key: the app's key.
        consumer_secret: the app's secret, masked.
        token: the user's token, masked.
        token_secret: the user's secret, masked.
        signature_method: ``HMAC-SHA1`` or ``HMAC-SHA256``.

    Raises:
        FaaSConfigurationError: a part is missing, or there is no such signature method.
    """

    consumer_key: str
    _consumer_secret: Hidden = field(repr=False)
    _token: Hidden = field(repr=False)
    _token_secret: Hidden = field(repr=False)
    signature_method: str

    def __init__(
        self,
        *,
        consumer_key: str,
        consumer_secret: str | SecretStr,
        token: str | SecretStr,
        token_secret: str | SecretStr,
        signature_method: str = "HMAC-SHA1",
    ) -> None:
        secrets = {"consumer_secret": _hidden(consumer_secret), "token": _hidden(token)}
        secrets["token_secret"] = _hidden(token_secret)
        consumer_secret = token = token_secret = ""
        _check("OAuth1Credentials", consumer_key=_hidden(consumer_key), **secrets)
        if signature_method not in SIGNATURE_METHODS:
            raise FaaSConfigurationError(
                f"OAuth1Credentials: signature_method must be {' or '.join(SIGNATURE_METHODS)}, "
                f"not {quoted(signature_method)}"
            )
        _set(self, consumer_key=consumer_key, signature_method=signature_method)
        _set(self, **{f"_{name}": secret for name, secret in secrets.items()})

    @property
    def consumer_secret(self) -> SecretStr:
        """The app's secret, masked."""
        return _masked(self._consumer_secret)

    @property
    def token(self) -> SecretStr:
        """The user's token, masked."""
        return _masked(self._token)

    @property
    def token_secret(self) -> SecretStr:
        """The user's secret, masked."""
        return _masked(self._token_secret)

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("consumer_key", "consumer_secret", "token", "token_secret", "signature_method")
        return _revive, (type(self), _state(self, *names))


def text_of(credentials: ClientCredentials | BearerToken) -> str:
    """The secret, or the token, in clear."""
    if isinstance(credentials, BearerToken):
        return credentials._token.text  # pyright: ignore[reportPrivateUsage] (of this file)
    return credentials._client_secret.text  # pyright: ignore[reportPrivateUsage] (of this file)


def _hidden(value: object) -> Hidden:
    """Hide *value*; what is no text becomes empty, and `_check` refuses it."""
    text = value.get_secret_value() if _is_secret_str(value) else value
    return Hidden(text if isinstance(text, str) else "")


def _is_secret_str(value: object) -> TypeGuard[SecretStr]:
    types = sys.modules.get("pydantic.types")  # whoever has a SecretStr has loaded it
    return types is not None and isinstance(value, types.SecretStr)


def _masked(hidden: Hidden) -> SecretStr:
    from pydantic import SecretStr

    return SecretStr(hidden.text)


def _check(owner: str, **parts: Hidden) -> None:
    for name, part in parts.items():
        flaw = _flaw(part)
        if flaw is not None:
            raise FaaSConfigurationError(f"{owner}: {name} {flaw}")


def _flaw(part: Hidden) -> str | None:
    text = part.text
    if not text:
        return "must be a str that is not empty"
    if text != text.strip():
        # A common mistake: a secret read from a file, with its newline.
        return "starts or ends with white space; strip it"
    # Half a surrogate pair has no encoding, and the error that says so would carry the text.
    return "is no valid Unicode" if any("\ud800" <= character <= "\udfff" for character in text) else None


def _set(value: object, **fields: object) -> None:
    for name, content in fields.items():
        object.__setattr__(value, name, content)


def _state(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _revive(cls: Callable[..., Any], state: dict[str, Any]) -> Any:
    return cls(**state)
