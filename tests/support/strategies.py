"""Hypothesis strategies for values that a server may send: valid, nearly valid, and anything."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from lpfunctions.core.http.messages import HttpResponse

Json = dict[str, Any] | list[Any] | str | float | None

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=10,
)


def items_of(value: Json) -> list[tuple[Any, Any]]:
    """Key and child, or index and child, of whatever holds something."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def places_in(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in *value*, from the whole of it to its leaves."""
    inner = [place for key, child in items_of(value) for place in places_in(child, (*way, key))]
    return [way, *inner]


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """*value* with *new* at *way*."""
    if not way:
        return new
    copy: Any = value.copy()
    copy[way[0]] = put(copy[way[0]], way[1:], new)
    return copy


@st.composite
def bent(draw: st.DrawFn, valid: Any) -> Any:
    """*valid* with something of another type or content in up to three places."""
    for _ in range(draw(st.integers(0, 3))):
        valid = put(valid, draw(st.sampled_from(places_in(valid))), draw(json_values))
    return valid


@st.composite
def mutated(draw: st.DrawFn, valid: bytes) -> bytes:
    """*valid* with bytes changed, left out, doubled or put in, in up to four places."""
    content = valid
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 8)))
        content = content[:start] + draw(st.binary(max_size=4) | st.just(content[start:end] * 2)) + content[end:]
    return content


def bodies(valid: Any) -> st.SearchStrategy[bytes]:
    """Bodies that are *valid*, nearly so, other JSON, or anything."""
    raw = json.dumps(valid).encode()
    return st.one_of(
        bent(valid).map(lambda value: json.dumps(value).encode()),
        mutated(raw),
        json_values.map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=200),
        st.integers(1, 5000).map(lambda depth: b"[" * depth + b"]" * depth),
        st.integers(0, 200).map(lambda size: raw.ljust(size * 1000)),
    )


statuses = st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 500, 503, 901]) | st.integers(
    100, 999
)

headers = st.dictionaries(
    st.sampled_from(["retry-after", "content-type", "x-request-id", "location", "set-cookie", "date", "x"]),
    st.text(st.characters(max_codepoint=255), max_size=30) | st.sampled_from(["0", "1", "9" * 400, "x" * 100_000]),
    max_size=4,
)


def answers(valid: Any) -> st.SearchStrategy[HttpResponse]:
    """Whole responses, whose body may be *valid*."""
    return st.builds(HttpResponse, statuses, st.text(max_size=20), headers, bodies(valid))
