"""What a user hands over to prove who calls: plain values that show no secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from lpfunctions.core.errors import FaaSConfigurationError


def _secret(owner: str, name: str, value: object) -> SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not text:
        raise FaaSConfigurationError(f"{owner} needs {name}, a str or SecretStr that is not empty")
    if text != text.strip():
        # The classic: a secret read from a file, with its newline.
        raise FaaSConfigurationError(f"{owner}: {name} starts or ends with white space; strip it")
    return SecretStr(text)


@dataclass(frozen=True, slots=True, init=False)
class ClientCredentials:
    """OAuth 2.0 client credentials of an app installation.

    A pickle of this value holds the secret; its repr does not.

    Attributes:
        client_id: the id.
        client_secret: the secret, masked.
        scope: usually empty: the installation's own.
    """

    client_id: str
    client_secret: SecretStr = field(repr=False)
    scope: str

    def __init__(self, *, client_id: str, client_secret: str | SecretStr, scope: str = "") -> None:
        if not isinstance(client_id, str) or not client_id:
            raise FaaSConfigurationError("ClientCredentials needs client_id, a str that is not empty")
        object.__setattr__(self, "client_id", client_id)
        object.__setattr__(self, "client_secret", _secret("ClientCredentials", "client_secret", client_secret))
        object.__setattr__(self, "scope", scope)

    def __reduce__(self) -> tuple[Any, ...]:
        return _credentials, (self.client_id, self.client_secret.get_secret_value(), self.scope)


def _credentials(client_id: str, client_secret: str, scope: str) -> ClientCredentials:
    return ClientCredentials(client_id=client_id, client_secret=client_secret, scope=scope)
