"""Validation by pydantic: what fits, what does not, and what pydantic does not know."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from lpfunctions.core.errors import FaaSConfigurationError, FaaSResponseFormatError
from lpfunctions.core.responses.validation import validate

CANARY = "canary-7f3a"


class Order(BaseModel):
    id: int
    lines: list[int] = []


def test_json_and_python_values_are_validated() -> None:
    assert validate(Order, b'{"id": 1}', is_json=True) == Order(id=1)
    assert validate(Order, {"id": 1}, is_json=False) == Order(id=1)
    assert validate(list[int], b"[1, 2]", is_json=True) == [1, 2]
    assert validate(str, "text", is_json=False) == "text"


def test_a_shape_that_cannot_be_hashed_works_too() -> None:
    shape = Annotated[int, Field(json_schema_extra={"a": [1]}), ["not hashable"]]
    assert validate(shape, b"5", is_json=True) == 5


@pytest.mark.parametrize(
    ("shape", "body", "places"),
    [
        pytest.param(Order, b"{}", "Order: at id: Field required", id="field"),
        pytest.param(Order, b'{"id":1,"lines":[1,"x"]}', "Order: at lines[1]: Input should be a valid int", id="item"),
        pytest.param(list[Order], b'[{"id":"x"}]', "Order]: at [0].id: ", id="list"),
        pytest.param(int, b"[]", "int: at the top: ", id="top"),
        pytest.param(int, b"{", "int: at the top: Invalid JSON", id="no-json"),
        pytest.param(list[int], b'["a","b","c"]', "at [2]: ", id="three"),
        pytest.param(list[int], b'["a","b","c","d"]', " (and 1 more)", id="four"),
        pytest.param(int | list[int], b'"x"', "at int: ", id="union"),
    ],
)
def test_a_misfit_names_shape_place_and_rule(shape: Any, body: bytes, places: str) -> None:
    with pytest.raises(FaaSResponseFormatError) as caught:
        validate(shape, body, is_json=True)
    message = str(caught.value)
    assert message.startswith("the response does not fit ")
    assert places in message
    assert "errors.pydantic.dev" not in message
    assert "\n" not in message
    assert caught.value.delivered == "yes"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{}", "at id: Field required; at lines: Field required"),
        (b'{"lines": [1, "x"]}', "at id: Field required; at lines[1]: {no_int}"),
        (b'{"id": "x", "lines": ["x", "y"]}', "at id: {no_int}; at lines[0]: {no_int}; at lines[1]: {no_int}"),
        (
            b'{"id": "x", "lines": ["x", "y", "z"]}',
            "at id: {no_int}; at lines[0]: {no_int}; at lines[1]: {no_int} (and 1 more)",
        ),
    ],
    ids=["two", "two places", "three", "four"],
)
def test_a_misfit_names_three_places_and_how_many_more(body: bytes, sentence: str) -> None:
    class Basket(BaseModel):
        id: int
        lines: list[int]

    with pytest.raises(FaaSResponseFormatError) as caught:
        validate(Basket, body, is_json=True)
    rule = "Input should be a valid integer, unable to parse string as an integer"
    assert str(caught.value) == f"the response does not fit Basket: {sentence.replace('{no_int}', rule)}"


def test_what_pydantic_says_of_an_unknown_shape_is_told_in_one_line() -> None:
    with pytest.raises(
        FaaSConfigurationError, match=r"^pydantic cannot validate 5: Unable to generate .* for 5\. Set "
    ):
        validate(5, b"1", is_json=True)


def test_a_misfit_shows_no_value() -> None:
    with pytest.raises(FaaSResponseFormatError) as caught:
        validate(Order, {"id": CANARY, "lines": [CANARY]}, is_json=False)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("shape", [5, open, object()], ids=["int", "function", "object"])
def test_what_pydantic_does_not_know_is_the_callers_mistake(shape: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^pydantic cannot validate ") as caught:
        validate(shape, b"1", is_json=True)
    assert "\n" not in str(caught.value)
