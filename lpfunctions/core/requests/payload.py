"""Turn a payload into JSON, or say which part of it is invalid, before anything is sent.

Accepted                                    sent as
--------                                    -------
None, bool, int (exact), finite float, str  themselves
list, tuple                                 array
dict and other mappings with str keys       object
dataclass, pydantic model                   object (models by alias)
Enum                                        its value
datetime, date, time, timedelta             ISO 8601 text
UUID                                        text
Decimal                                     text, so that no digit is lost
scalars of numpy: bool, int, finite float   themselves
``Timestamp``, ``Timedelta`` of pandas      ISO 8601 text

Refused: NaN, NaT and infinities, nanoseconds, bytes, SecretStr, keys that are not str, sets, arrays, other objects,
more than 200 levels. numpy and pandas are not imported: their values are known by what they can do.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from pydantic_core import PydanticSerializationError, to_json

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_DEPTH: Final = 200

_PLAIN: Final = frozenset({str, int, bool, type(None)})
_NUMPY_KINDS: Final = ("b", "i", "u", "f")
_AS_TEXT: Final = (date, time, timedelta, UUID)


def to_json_bytes(value: object, name: str = "payload") -> bytes:
    """Encode *value*, the argument called *name*, as UTF-8 JSON.

    Raises:
        FaaSConfigurationError: it cannot be JSON; the message gives the path, such as ``payload.items[3].price``.
    """
    try:
        if not _is_plain(value, MAX_DEPTH):
            _check(value, name, 0)
        return to_json(value, by_alias=True, fallback=_plain)
    except FaaSConfigurationError:
        raise
    except (PydanticSerializationError, ValueError, RecursionError, AttributeError) as unfit:
        raise FaaSConfigurationError(f"{name} cannot be sent as JSON: {_reason(unfit)}") from None


def _is_plain(value: Any, levels: int) -> bool:
    """Is *value* made of nothing but JSON's own types, at most *levels* deep?

    The usual payload is, and this look costs a third of `_check`: 0.8 µs instead of 2.1 for eight values in three
    levels. That is also why it is spelled out, without generators.
    """
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]  # of Any; a cast would cost a call
    if kind is dict and levels:
        for key, item in value.items():
            if type(key) is not str or (type(item) not in _PLAIN and not _is_plain(item, levels - 1)):
                return False
        return True
    if kind is list and levels:
        for item in value:  # noqa: SIM110 (see above)
            if type(item) not in _PLAIN and not _is_plain(item, levels - 1):
                return False
        return True
    return kind in _PLAIN or (kind is float and math.isfinite(value))


def _check(value: object, path: str, depth: int) -> None:
    kind = type(value)
    if kind in _PLAIN:
        return
    if _is_sound_leaf(value):
        return
    if depth >= MAX_DEPTH:
        raise FaaSConfigurationError(f"{one_line(path)} nests deeper than {MAX_DEPTH} levels, or holds itself")
    if isinstance(value, (dict, Mapping)):
        _check_mapping(cast("Mapping[object, object]", value), path, depth)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(cast("Sequence[object]", value)):
            _check(item, f"{path}[{index}]", depth + 1)
    else:
        _check_object(value, path, depth)


def _check_mapping(value: Mapping[object, object], path: str, depth: int) -> None:
    for key, item in value.items():
        if not isinstance(key, str):
            raise FaaSConfigurationError(f"{one_line(path)} has a key of type {type(key).__name__}; JSON keys are str")
        if type(item) not in _PLAIN:
            _check(item, f"{path}.{key}", depth + 1)


def _is_sound_leaf(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Decimal):
        return value.is_finite()
    if isinstance(value, (datetime, timedelta)):
        return value == value and not _nanoseconds(value)  # noqa: PLR0124 (NaT, which is a datetime)
    return isinstance(value, (str, int, *_AS_TEXT)) and not isinstance(value, Enum)


def _check_object(value: object, path: str, depth: int) -> None:
    if isinstance(value, Enum):
        _check(value.value, path, depth + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields: Iterable[dataclasses.Field[Any]] = dataclasses.fields(value)
        _check_mapping({field.name: getattr(value, field.name) for field in fields}, path, depth)
    elif _is_pydantic_model(value):
        _check(value.model_dump(by_alias=True), path, depth + 1)  # type: ignore[attr-defined]  # it is a model
    elif (scalar := _numpy_scalar(value)) is None or not math.isfinite(scalar):
        raise FaaSConfigurationError(f"{one_line(path)} {_problem(scalar if scalar is not None else value)}")


def _numpy_scalar(value: object) -> bool | int | float | None:
    """*value* as Python has it, if it is a number or truth value of numpy's; else None."""
    kind: object = getattr(getattr(value, "dtype", None), "kind", None)
    if kind not in _NUMPY_KINDS or getattr(value, "shape", None) != ():
        return None
    scalar: object = value.item()  # type: ignore[attr-defined]  # it is one of numpy's
    return scalar if isinstance(scalar, (bool, int, float)) else None


def _nanoseconds(value: datetime | timedelta) -> object:
    """Nanoseconds that pandas' Timestamp and Timedelta have beyond Python's microseconds, and JSON would lose."""
    return getattr(value, "nanosecond" if isinstance(value, datetime) else "nanoseconds", 0)


def _is_pydantic_model(value: object) -> bool:
    return hasattr(type(value), "__pydantic_serializer__") and hasattr(value, "model_dump")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    scalar = _numpy_scalar(value)
    if scalar is not None:
        return scalar
    raise TypeError(f"a {type(value).__name__} is no JSON")


def _problem(value: object) -> str:
    if isinstance(value, (float, Decimal)):
        return "is no finite number; JSON has none other"
    if isinstance(value, (datetime, timedelta)):
        return _time_problem(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "is bytes; decode it to str, or encode it as base64"
    if hasattr(type(value), "get_secret_value"):  # a Mock has every attribute, its class has not
        return "is a secret; call get_secret_value() if the function is to see it"
    return f"is a {type(value).__name__}, which JSON cannot hold; {_instead(value)}"


def _time_problem(value: datetime | timedelta) -> str:
    if value != value:  # noqa: PLR0124 (NaT)
        return "is NaT, which is no time; pass None for null"
    return "has nanoseconds, which would be lost; round it to microseconds, or pass value.isoformat()"


def _instead(value: object) -> str:
    if not hasattr(value, "dtype"):
        return "pass plain data, a dataclass or a pydantic model"
    return f"call .{'item' if getattr(value, 'shape', None) == () else 'tolist'}() for plain data"


def _reason(error: BaseException) -> str:
    """Why JSON could not be made, in words that hold nothing of the payload: a serializer's message may quote it."""
    if "surrogates not allowed" in str(error):
        return "it holds half of a surrogate pair"
    return (
        "it nests too deeply" if isinstance(error, RecursionError) else f"a serializer failed ({type(error).__name__})"
    )
