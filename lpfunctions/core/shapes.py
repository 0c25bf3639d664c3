"""Validate answers with pydantic, and say where one does not fit without showing what it holds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSConfigurationError, FaaSResponseFormatError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def validate(shape: Any, body: Any, *, is_json: bool) -> Any:
    """Return *body* (JSON bytes, or a Python value) as *shape*.

    Raises:
        FaaSResponseFormatError: it does not fit; the message names the place and the rule, not the value.
        FaaSConfigurationError: pydantic does not know such a shape.
    """
    from pydantic import ValidationError

    adapter = _adapter(shape)
    try:
        return adapter.validate_json(body) if is_json else adapter.validate_python(body)
    except ValidationError as misfit:
        raise FaaSResponseFormatError(_sentence(shape, misfit), delivered="yes") from None


def _adapter(shape: Any) -> TypeAdapter[Any]:
    try:
        return _cached_adapter(shape)
    except TypeError:  # not hashable
        return _new_adapter(shape)


def _new_adapter(shape: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    try:
        return TypeAdapter(shape)
    except PydanticUserError as unknown:
        first_line = str(unknown).partition("\n")[0]
        raise FaaSConfigurationError(f"pydantic cannot validate {shape!r}: {first_line}") from None


_cached_adapter = lru_cache(maxsize=256)(_new_adapter)


def _sentence(shape: Any, misfit: Any) -> str:
    errors = misfit.errors(include_url=False, include_context=False, include_input=False)
    places = "; ".join(f"at {_place(error['loc'])}: {error['msg']}" for error in errors[:3])
    more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
    return f"the answer does not fit {getattr(shape, '__name__', shape)}: {places}{more}"


def _place(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".") or "the top"
