"""A payload is JSON, or the message says where it is not and never what it holds."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import importlib
import json
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr, field_serializer

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.requests.payload import MAX_DEPTH, to_json_bytes

pd: Any = importlib.import_module("pandas")  # it has no types of its own

CANARY = "canary-7f3a"


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Plan(enum.StrEnum):
    GOLD = "gold"


class Nested(enum.Enum):
    PAIR = (1, 2)


@dataclasses.dataclass
class Item:
    price: object
    tags: list[str] = dataclasses.field(default_factory=list[str])


@dataclasses.dataclass(frozen=True, slots=True)
class Basket:
    items: tuple[Item, ...]
    at: dt.datetime | None = None


class Order(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    order_id: int = Field(alias="orderId")
    total: float | Decimal = 0.0
    basket: Any = None


class Numbers(RootModel[list[int]]):
    pass


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Pair(tuple[int, int]):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, b"null", id="None"),
        pytest.param(True, b"true", id="bool"),
        pytest.param(0, b"0", id="zero"),
        pytest.param(2**63, b"9223372036854775808", id="int-of-64-bits"),
        pytest.param(-(10**60) - 1, b"-1" + b"0" * 59 + b"1", id="int-of-60-digits"),
        pytest.param(1.5, b"1.5", id="float"),
        pytest.param("", b'""', id="empty-str"),
        pytest.param('é😀"\\\x00\n\u2028', '"é😀\\"\\\\\\u0000\\n\u2028"'.encode(), id="unicode"),
        pytest.param(Text("t"), b'"t"', id="subclass-of-str"),
        pytest.param(Whole(7), b"7", id="subclass-of-int"),
        pytest.param([], b"[]", id="empty-list"),
        pytest.param([1, [2.5, None]], b"[1,[2.5,null]]", id="list"),
        pytest.param((1, "a"), b'[1,"a"]', id="tuple"),
        pytest.param(Pair((1, 2)), b"[1,2]", id="subclass-of-tuple"),
        pytest.param({}, b"{}", id="empty-dict"),
        pytest.param({"b": 1, "a": {"": 2}}, b'{"b":1,"a":{"":2}}', id="dict-in-order"),
        pytest.param({Text("k"): 1}, b'{"k":1}', id="key-of-a-str-subclass"),
        pytest.param(MappingProxyType({"a": 1}), b'{"a":1}', id="mapping"),
        pytest.param({"m": MappingProxyType({"n": [1]})}, b'{"m":{"n":[1]}}', id="mapping-in-dict"),
        pytest.param(collections.OrderedDict[str, int](z=1, a=2), b'{"z":1,"a":2}', id="ordered-dict"),
        pytest.param(collections.ChainMap({"a": 1}), b'{"a":1}', id="chain-map"),
        pytest.param(Item(1.5, ["x"]), b'{"price":1.5,"tags":["x"]}', id="dataclass"),
        pytest.param(
            Basket((Item(Colour.RED), Item(Item(1)))),
            b'{"items":[{"price":"red","tags":[]},{"price":{"price":1,"tags":[]},"tags":[]}],"at":null}',
            id="nested-dataclasses",
        ),
        pytest.param(Order(orderId=1), b'{"orderId":1,"total":0.0,"basket":null}', id="model-by-alias"),
        pytest.param(
            {"o": [Order(orderId=1, basket=Order(orderId=2))]},
            b'{"o":[{"orderId":1,"total":0.0,"basket":{"orderId":2,"total":0.0,"basket":null}}]}',
            id="model-in-a-model",
        ),
        pytest.param(
            Order(orderId=1, basket=Item(2)),
            b'{"orderId":1,"total":0.0,"basket":{"price":2,"tags":[]}}',
            id="dataclass-in-a-model",
        ),
        pytest.param(
            Order(orderId=1, total=Decimal("1.10")),
            b'{"orderId":1,"total":"1.10","basket":null}',
            id="decimal-in-a-model",
        ),
        pytest.param(Numbers([1, 2]), b"[1,2]", id="root-model"),
        pytest.param(Colour.RED, b'"red"', id="enum"),
        pytest.param(Level.HIGH, b"3", id="int-enum"),
        pytest.param(Plan.GOLD, b'"gold"', id="str-enum"),
        pytest.param([Nested.PAIR], b"[[1,2]]", id="enum-of-a-tuple"),
        pytest.param(dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), b'"2026-01-02T03:04:05Z"', id="datetime"),
        pytest.param(dt.date(2026, 1, 2), b'"2026-01-02"', id="date"),
        pytest.param(dt.time(1, 2, 3), b'"01:02:03"', id="time"),
        pytest.param(dt.timedelta(days=1, seconds=2), b'"P1DT2S"', id="timedelta"),
        pytest.param(UUID(int=1), b'"00000000-0000-0000-0000-000000000001"', id="uuid"),
        pytest.param(Decimal("0.10000000000000000000001"), b'"0.10000000000000000000001"', id="decimal"),
    ],
)
def test_a_payload_is_sent_as_documented(value: object, expected: bytes) -> None:
    assert to_json_bytes(value) == expected


def test_ten_megabytes_of_text_are_sent() -> None:
    assert len(to_json_bytes({"text": "x" * 10_000_000})) == 10_000_011


def test_floats_keep_their_digits() -> None:
    for number in (0.1, 1e22, 5e-324, 1.7976931348623157e308, -0.0):
        assert json.loads(to_json_bytes([number])) == [number]


def model_with(*, total: float = 0.0, basket: object = None) -> Order:
    return Order.model_construct(order_id=1, total=total, basket=basket)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param(float("nan"), "payload", id="nan"),
        pytest.param({"items": [0, 1, 2, {"price": float("inf")}]}, "payload.items[3].price", id="infinity"),
        pytest.param([-float("inf")], "payload[0]", id="minus-infinity"),
        pytest.param({"d": Decimal("NaN")}, "payload.d", id="decimal-nan"),
        pytest.param((Decimal("Infinity"),), "payload[0]", id="decimal-infinity"),
        pytest.param({"b": CANARY.encode()}, "payload.b", id="bytes"),
        pytest.param({"b": bytearray(CANARY.encode())}, "payload.b", id="bytearray"),
        pytest.param({"b": memoryview(CANARY.encode())}, "payload.b", id="memoryview"),
        pytest.param({"s": SecretStr(CANARY)}, "payload.s", id="secret"),
        pytest.param({"s": {CANARY}}, "payload.s", id="set"),
        pytest.param({"s": frozenset({CANARY})}, "payload.s", id="frozenset"),
        pytest.param({"s": object()}, "payload.s", id="object"),
        pytest.param({"s": Item}, "payload.s", id="dataclass-type"),
        pytest.param({"s": Order}, "payload.s", id="model-type"),
        pytest.param({"s": (x for x in CANARY)}, "payload.s", id="generator"),
        pytest.param({"s": Exception(CANARY)}, "payload.s", id="exception"),
        pytest.param({"s": 1j}, "payload.s", id="complex"),
        pytest.param({"s": {1: CANARY}}, "payload.s", id="int-key"),
        pytest.param({"s": {None: CANARY}}, "payload.s", id="None-key"),
        pytest.param({"s": {CANARY.encode(): 1}}, "payload.s", id="bytes-key"),
        pytest.param(Basket((Item(0), Item(float("nan")))), "payload.items[1].price", id="nan-in-a-dataclass"),
        pytest.param({"o": model_with(total=float("nan"))}, "payload.o.total", id="nan-in-a-model"),
        pytest.param(model_with(basket=SecretStr(CANARY)), "payload.basket", id="secret-in-a-model"),
        pytest.param(model_with(basket=[CANARY.encode()]), "payload.basket[0]", id="bytes-in-a-model"),
        pytest.param(model_with(basket={CANARY}), "payload.basket", id="set-in-a-model"),
        pytest.param(MappingProxyType({"m": float("nan")}), "payload.m", id="nan-in-a-mapping"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_path(value: object, path: str) -> None:
    with pytest.raises(FaaSConfigurationError) as caught:
        to_json_bytes(value)
    message = str(caught.value)
    assert message.startswith(f"{path} ")
    assert CANARY not in message
    assert caught.value.__cause__ is None


def test_the_argument_is_named_as_the_caller_named_it() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^headers\[0\]\.value is bytes"):
        to_json_bytes([{"value": b""}], "headers")


@pytest.mark.parametrize("value", [CANARY + "\ud800", {"a": CANARY + "\udfff"}, {CANARY + "\ud800": 1}], ids=ascii)
def test_half_a_surrogate_pair_is_refused_without_showing_the_text(value: object) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^payload") as caught:
        to_json_bytes(value)
    str(caught.value).encode()
    if not isinstance(value, dict) or "a" in value:
        assert CANARY not in str(caught.value)


class Broken(BaseModel):
    value: str

    @field_serializer("value")
    def refuse(self, value: str) -> str:
        raise ValueError(value)


class NotANumberInJson(BaseModel):
    value: float

    @field_serializer("value", when_used="json")
    def nothing(self, value: float) -> float:
        return value * float("nan")


@pytest.mark.parametrize("value", [Broken(value=CANARY), {"b": [Broken(value=CANARY)]}], ids=["model", "inside"])
def test_a_model_that_cannot_be_dumped_is_refused_without_showing_its_values(value: object) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^payload") as caught:
        to_json_bytes(value)
    assert CANARY not in str(caught.value)


def test_no_serializer_can_smuggle_nan_into_the_body() -> None:
    try:
        body = to_json_bytes({"o": NotANumberInJson(value=1)})
    except FaaSConfigurationError:
        return
    assert b"NaN" not in body


class ObjectInJson(BaseModel):
    value: int

    @field_serializer("value", when_used="json")
    def strange(self, value: int) -> object:
        return object() if value else {"a": 1}


def test_no_serializer_can_smuggle_an_object_into_the_body() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^payload cannot be sent as JSON: "):
        to_json_bytes(ObjectInJson(value=1))


def test_a_huge_int_is_sent_whole_or_refused() -> None:
    try:
        body = to_json_bytes([10**5000])
    except FaaSConfigurationError:
        return
    assert body == b"[1" + b"0" * 5000 + b"]"


def nested(levels: int, leaf: object, *, mapping: bool = False) -> object:
    value = leaf
    for _ in range(levels):
        value = {"a": value} if mapping else [value]
    return value


@pytest.mark.parametrize("mapping", [False, True], ids=["lists", "dicts"])
@pytest.mark.parametrize("leaf", [1, 1.5], ids=["int", "float"])
def test_two_hundred_levels_are_sent_and_one_more_is_refused(leaf: object, mapping: bool) -> None:
    to_json_bytes(nested(MAX_DEPTH, leaf, mapping=mapping))
    with pytest.raises(FaaSConfigurationError, match=r"^payload.* nests deeper than 200 levels, or holds itself$"):
        to_json_bytes(nested(MAX_DEPTH + 1, leaf, mapping=mapping))


@pytest.mark.parametrize("mapping", [False, True], ids=["lists", "dicts"])
def test_a_depth_bomb_is_refused_with_a_short_message(mapping: bool) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"nests deeper than 200 levels") as caught:
        to_json_bytes(nested(50_000, None, mapping=mapping))
    assert len(str(caught.value)) < 250


def cycles() -> list[object]:
    own_list: list[object] = []
    own_list.append(own_list)
    own_dict: dict[str, object] = {}
    own_dict["a"] = [own_dict]
    own_item = Item(None)
    own_item.price = own_item
    own_model = model_with()
    own_model.basket = own_model
    return [own_list, own_dict, MappingProxyType(own_dict), own_item, own_model]


@pytest.mark.parametrize("value", cycles(), ids=["list", "dict", "mapping", "dataclass", "model"])
def test_what_holds_itself_is_refused(value: object) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^payload") as caught:
        to_json_bytes(value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("key", ["a\nb", "a\x1b[2J", "a\u2028", "\ud800"], ids=ascii)
def test_a_path_is_one_printable_line_whatever_the_keys(key: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^payload") as caught:
        to_json_bytes({key: b""})
    assert str(caught.value).isprintable()


def test_a_dataclass_whose_field_was_never_set_is_refused() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^payload"):
        to_json_bytes(object.__new__(Basket))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(plain)
def test_plain_data_comes_back_equal(value: object) -> None:
    assert json.loads(to_json_bytes(value)) == value


odd = st.recursive(
    st.floats() | st.decimals() | st.binary() | st.text(st.characters(exclude_categories=[])) | st.just(SecretStr("s")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.builds(Item, inner),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(odd)
def test_anything_else_is_sent_as_strict_json_or_refused(value: object) -> None:
    try:
        body = to_json_bytes(value)
    except FaaSConfigurationError:
        return
    json.loads(body, parse_constant=pytest.fail)


@dataclasses.dataclass
class Row:
    amount: Any


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(7), "7"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (np.int8(-3), "-3"),
        (np.bool_(True), "true"),
        (np.float64(1.5), "1.5"),
        (np.float32(0.25), "0.25"),
        (np.str_("x"), '"x"'),
        (pd.Timestamp("2024-01-01T01:02:03.5"), '"2024-01-01T01:02:03.500000"'),
        (pd.Timestamp("2024-01-01", tz="UTC"), '"2024-01-01T00:00:00Z"'),
        (pd.Timedelta("1s"), '"PT1S"'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_scalar_of_numpy_or_pandas_is_what_it_means(value: object, text: str) -> None:
    assert to_json_bytes(value).decode() == text
    assert to_json_bytes({"a": [value], "b": Row(value)}).decode() == f'{{"a":[{text}],"b":{{"amount":{text}}}}}'
    assert to_json_bytes(Order(orderId=1, basket=value)).decode() == f'{{"orderId":1,"total":0.0,"basket":{text}}}'


@pytest.mark.parametrize(
    ("value", "expected_message"),
    [
        (np.float64("nan"), "is no finite number"),
        (np.float32("inf"), "is no finite number"),
        (np.longdouble(1), r"is a longdouble, which JSON cannot hold; call \.item\(\) for plain data"),
        (np.complex128(1), r"is a complex128, which JSON cannot hold; call \.item\(\) for plain data"),
        (np.datetime64("2024-01-01"), r"is a datetime64, which JSON cannot hold; call \.item\(\) for plain data"),
        (np.bytes_(b"x"), "is bytes"),
        (np.array([1, 2]), r"is a ndarray, which JSON cannot hold; call \.tolist\(\) for plain data"),
        (pd.Series([1, 2]), r"is a Series, which JSON cannot hold; call \.tolist\(\) for plain data"),
        (pd.NaT, "is NaT, which is no time; pass None"),
        (pd.NA, "is a NAType"),
        (pd.Timestamp("2024-01-01T01:02:03.000000001"), "has nanoseconds, which would be lost"),
        (pd.Timedelta("1ns"), "has nanoseconds, which would be lost"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_of_numpy_or_pandas_has_no_one_meaning_is_refused_with_its_place(
    value: object, expected_message: str
) -> None:
    with pytest.raises(FaaSConfigurationError, match=rf"^payload\.a\[1\] {expected_message}"):
        to_json_bytes({"a": [1, value]})
