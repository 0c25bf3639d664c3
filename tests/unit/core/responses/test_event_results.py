"""The answer of one function to an event, typed."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from lpfunctions.core.responses.event_results import EventResult


class Order(BaseModel):
    id: int


def test_a_result_is_typed() -> None:
    adapter = TypeAdapter(list[EventResult[Order]])
    results = adapter.validate_json('[{"uuid": "u", "timestamp": "2026-01-02T03:04:05Z", "result": {"id": 1}}]')
    assert results == [
        EventResult[Order](uuid="u", timestamp=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), result=Order(id=1))
    ]


@pytest.mark.parametrize("result", [None, "text", 5, [1], {"a": 1}], ids=repr)
def test_a_result_may_be_anything(result: object) -> None:
    assert EventResult[Any].model_validate({"uuid": "u", "result": result}).result == result


def test_a_timestamp_in_no_known_format_stays_a_text() -> None:
    assert EventResult[Any].model_validate({"uuid": "u", "timestamp": "today", "result": 1}).timestamp == "today"


def test_a_timestamp_may_be_missing_and_more_fields_are_kept() -> None:
    read = EventResult[Any].model_validate({"uuid": "u", "result": 1, "new": 2})
    assert read.timestamp is None
    assert read.model_extra == {"new": 2}


@pytest.mark.parametrize(
    "body", [{}, {"uuid": "u"}, {"result": 1}, {"uuid": 5, "result": 1}, {"uuid": "u", "result": "x"}]
)
def test_a_result_without_its_parts_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EventResult[int].model_validate(body)


def test_a_result_is_frozen_and_can_be_pickled() -> None:
    result = EventResult[Any](uuid="u", result=1)
    with pytest.raises(ValidationError, match=r"frozen"):
        setattr(result, "uuid", "v")  # noqa: B010 (type checkers refuse the plain form)
    assert pickle.loads(pickle.dumps(EventResult(uuid="u", result=1))).uuid == "u"
