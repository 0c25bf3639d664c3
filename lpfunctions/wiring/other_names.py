"""Names that other libraries have for what is called otherwise here, and how to say it here."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_RETRY: Final = "retry=RetryPolicy(max_retries=3)"
_TLS: Final = "ssl_context=ssl.create_default_context(cafile='ca.pem')"
_HOSTS: Final = (
    "domain_resolver=StaticDomainResolver({'faasGW': 'gateway.example'}), or csds_domain= for discovery's host"
)
_CREDENTIALS: Final = "auth_strategy=ClientCredentials(client_id='…', client_secret='…')"
_BEARER: Final = "auth_strategy=BearerToken('…')"

_OF_A_CLIENT: Final = {
    "max_retries": _RETRY,
    "retries": _RETRY,
    "verify": _TLS,
    "cert": _TLS,
    "base_url": _HOSTS,
    "api_key": f"{_CREDENTIALS}, or {_BEARER}",
    "client_id": _CREDENTIALS,
    "client_secret": _CREDENTIALS,
    "access_token": _BEARER,
    "token": _BEARER,
    "auth": f"{_CREDENTIALS}, or {_BEARER}",
    "headers": "default_headers={'name': 'value'}",
    "proxies": "proxy='http://proxy.example:3128'",
    "http_client": "session=",
}
_OF_A_CALL: Final = {
    "max_retries": _RETRY,
    "retries": _RETRY,
    "json": "payload=",
    "data": "payload=",
    "body": "payload=",
    "uuid": "lambda_uuid=",
}


def unknown_option(name: str, known: Iterable[str]) -> str:
    """Say that a client has no option called *name*, and what was probably meant."""
    said = f"unknown option {quoted(name)}"
    return f"{said}; here it is {_OF_A_CLIENT[name]}" if name in _OF_A_CLIENT else said + _closest(name, known)


def unknown_argument(operation: Callable[..., object], unknown: Mapping[str, object]) -> FaaSConfigurationError:
    """Return the error that says that *operation* takes no *unknown* argument, and what was probably meant."""
    name, known = next(iter(unknown)), [*inspect.signature(operation).parameters][:-1]
    said = f"unknown argument {quoted(name)} of {operation.__name__}"
    if _OF_A_CALL.get(name, "").partition("=")[0] in known:
        return FaaSConfigurationError(f"{said}; here it is {_OF_A_CALL[name]}")
    if name in _OF_A_CLIENT and name not in _OF_A_CALL:
        return FaaSConfigurationError(f"{said}; the client is told, by {_OF_A_CLIENT[name]}")
    return FaaSConfigurationError(said + _closest(name, known))


def _closest(name: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
