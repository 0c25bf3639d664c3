"""Validate responses with pydantic, and say where one does not fit without showing what it holds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, get_args

from lpfunctions.core.errors import FaaSConfigurationError, FaaSResponseFormatError
from lpfunctions.core.http.body import read_body
from lpfunctions.core.redaction import one_line

if TYPE_CHECKING:
    from pydantic import TypeAdapter


_RULES_THAT_QUOTE: Final = frozenset(
    {"value_error", "assertion_error", "union_tag_invalid", "iteration_error", "get_attribute_error", "mapping_type"}
)


def validate(shape: Any, body: Any, *, is_json: bool) -> Any:
    """Return *body* (JSON bytes, or a Python value) as *shape*.

    Raises:
        FaaSResponseFormatError: it does not fit; the message names the place and the rule, not the value.
        FaaSConfigurationError: pydantic does not know such a shape.
    """
    from pydantic import ValidationError

    adapter = adapter_of(shape)
    try:
        return adapter.validate_json(body) if is_json else adapter.validate_python(body)
    except ValidationError as mismatch:
        if is_json and mismatch.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            value, is_readable = read_body(body)
            if is_readable:  # as JSON, which pydantic's own reader does not take
                return validate(shape, value, is_json=False)
        raise FaaSResponseFormatError(_sentence(shape, mismatch), delivered="yes") from None


def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """What validates *shape*.

    Raises:
        FaaSConfigurationError: pydantic does not know such a shape.
    """
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

    try:
        adapter = _adapter(shape)
        if not adapter.pydantic_complete:  # of a name that means nothing, or not yet
            adapter.rebuild()
    except (PydanticUserError, PydanticUndefinedAnnotation) as unknown:
        first_line = one_line(str(unknown).partition("\n")[0])
        raise FaaSConfigurationError(f"pydantic cannot validate {shape!r}: {first_line}") from None
    return adapter


def _adapter(shape: Any) -> TypeAdapter[Any]:
    try:
        return _cached_adapter(shape)
    except TypeError:  # not hashable
        return _new_adapter(shape)


def _new_adapter(shape: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


_cached_adapter = lru_cache(maxsize=256)(_new_adapter)


def _sentence(shape: Any, mismatch: Any) -> str:
    errors = mismatch.errors(include_url=False, include_context=False, include_input=False)
    places = "; ".join(f"at {_place(error['loc'])}: {_rule(error)}" for error in errors[:3])
    more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
    name = shape.__name__ if isinstance(shape, type) else one_line(str(shape))
    return f"the response does not fit {name}: {places}{more}"


def _rule(error: dict[str, Any]) -> str:
    """What was broken. A message that may quote the value, as validators of the user's do, gives way to its type."""
    kind: str = error["type"]
    return str(error["msg"]) if kind in _plain_rules() else f"rule {one_line(kind)!r} is broken"


@lru_cache(maxsize=1)
def _plain_rules() -> frozenset[str]:
    from pydantic_core.core_schema import ErrorType

    return frozenset(get_args(ErrorType)) - _RULES_THAT_QUOTE


def _place(location: tuple[int | str, ...]) -> str:
    steps = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return one_line(steps.lstrip(".")) or "the top"
