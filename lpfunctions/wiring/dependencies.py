"""Refuse, by name, a part that cannot work: when the client is made, and not when it is first used."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from lpfunctions.wiring.options import Parts


def check_dependencies(parts: Parts, *, session: str) -> None:
    """Refuse what is not what its option needs.

    Args:
        parts: what the user brings.
        session: what the option ``session`` takes, such as ``requests.Session``.

    Raises:
        FaaSConfigurationError: says what is needed instead.
    """
    check_resolver(parts.domain_resolver)
    check_has_methods("shared_store", parts.shared_store, "get", "put", "delete", "acquire", "release")
    check_has_methods("transport", parts.transport, "send")
    check_has_methods("clock", parts.clock, "now", "monotonic", "sleep")
    if parts.session is not None and session not in _names_of(parts.session):
        raise FaaSConfigurationError(f"session must be of {session}, not {_shown(parts.session)}")
    if parts.ssl_context is not None and not isinstance(parts.ssl_context, ssl.SSLContext):
        raise FaaSConfigurationError(f"ssl_context must be an ssl.SSLContext, not {_shown(parts.ssl_context)}")
    if parts.request_id_factory is not None:
        check_plain_function("request_id_factory", parts.request_id_factory)
        check_signature("request_id_factory", parts.request_id_factory)
    if parts.transport is not None:
        check_signature("transport.send", parts.transport.send, "request")


def check_resolver(given: object) -> None:
    """Refuse what is given and is not a `DomainResolver`."""
    if isinstance(given, Mapping):
        raise FaaSConfigurationError("domain_resolver must be a DomainResolver: pass StaticDomainResolver({…})")
    check_has_methods("domain_resolver", given, "resolve")
    if given is not None:
        resolve: Any = getattr(given, "resolve")  # noqa: B009 (it has it: that was just checked)
        check_signature("domain_resolver.resolve", resolve, "service", timeout_seconds=0.0)


def check_has_methods(option: str, given: object, *methods: str) -> None:
    """Refuse what is given and lacks one of the *methods*, or is a class that has them."""
    if inspect.isclass(given):
        raise FaaSConfigurationError(f"{option} is the class {given.__name__}; pass an object made of it")
    missing = [method for method in methods if not callable(getattr(given, method, None))]
    if given is not None and missing:
        raise FaaSConfigurationError(f"{option} must have {' and '.join(missing)}, unlike {_shown(given)}")


def check_plain_function(option: str, given: object) -> None:
    """Refuse what cannot be called, or would only return a coroutine."""
    if not callable(given) or inspect.iscoroutinefunction(given):
        raise FaaSConfigurationError(f"{option} must be a plain function, not {_shown(given)}")


def check_signature(option: str, given: Callable[..., object], *arguments: object, **named: object) -> None:
    """Refuse a callable that cannot be called as it will be. One that does not tell its signature is accepted."""
    try:
        signature = inspect.signature(given)
    except (ValueError, TypeError):  # a builtin, or one of C
        return
    try:
        signature.bind(*arguments, **named)
    except TypeError as mismatch:
        shown = ", ".join([*(f"{argument}" for argument in arguments), *(f"{name}=…" for name in named)])
        raise FaaSConfigurationError(
            f"{option} is called as {option}({shown}); its signature does not fit: {mismatch}"
        ) from None


def _names_of(given: object) -> set[str]:
    """The public names of the classes that *given* is of. The library is not imported only to ask."""
    return {f"{base.__module__.partition('.')[0]}.{base.__name__}" for base in type(given).__mro__}


def _shown(given: object) -> str:
    return "a coroutine function" if inspect.iscoroutinefunction(given) else type(given).__name__
