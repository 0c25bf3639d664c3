"""Refuse, by name, a part that cannot work: when the client is made, and not when it is first used."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from lpfunctions.wiring.options import Parts


def refuse_misfits(parts: Parts, *, session: str) -> None:
    """Refuse what is not what its option needs.

    Args:
        parts: what the user brings.
        session: what the option ``session`` takes, such as ``requests.Session``.

    Raises:
        FaaSConfigurationError: says what is needed instead.
    """
    refuse_unfit_resolver(parts.domain_resolver)
    refuse_unlike("shared_store", parts.shared_store, "get", "put", "delete", "acquire", "release")
    refuse_unlike("transport", parts.transport, "send")
    refuse_unlike("clock", parts.clock, "now", "monotonic", "sleep")
    if parts.session is not None and session not in _names_of(parts.session):
        raise FaaSConfigurationError(f"session must be of {session}, not {_shown(parts.session)}")
    if parts.ssl_context is not None and not isinstance(parts.ssl_context, ssl.SSLContext):
        raise FaaSConfigurationError(f"ssl_context must be an ssl.SSLContext, not {_shown(parts.ssl_context)}")
    if parts.request_id_factory is not None:
        refuse_no_plain_function("request_id_factory", parts.request_id_factory)


def refuse_unfit_resolver(given: object) -> None:
    """Refuse what is given and is not a `DomainResolver`."""
    if isinstance(given, Mapping):
        raise FaaSConfigurationError("domain_resolver must be a DomainResolver: pass StaticDomainResolver({…})")
    refuse_unlike("domain_resolver", given, "resolve")


def refuse_unlike(option: str, given: object, *methods: str) -> None:
    """Refuse what is given and lacks one of the *methods*, or is a class that has them."""
    if inspect.isclass(given):
        raise FaaSConfigurationError(f"{option} is the class {given.__name__}; pass an object made of it")
    missing = [method for method in methods if not callable(getattr(given, method, None))]
    if given is not None and missing:
        raise FaaSConfigurationError(f"{option} must have {' and '.join(missing)}, unlike {_shown(given)}")


def refuse_no_plain_function(option: str, given: object) -> None:
    """Refuse what cannot be called, or would only return a coroutine."""
    if not callable(given) or inspect.iscoroutinefunction(given):
        raise FaaSConfigurationError(f"{option} must be a plain function, not {_shown(given)}")


def _names_of(given: object) -> set[str]:
    """The public names of the classes that *given* is of. The library is not imported only to ask."""
    return {f"{base.__module__.partition('.')[0]}.{base.__name__}" for base in type(given).__mro__}


def _shown(given: object) -> str:
    return "a coroutine function" if inspect.iscoroutinefunction(given) else type(given).__name__
