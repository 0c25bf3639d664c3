"""What a listing tells about a function: lenient, and the same on both versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from lpfunctions.core.responses.models import FunctionInfo


def test_a_v1_item_is_read() -> None:
    info = FunctionInfo.model_validate(
        {
            "uuid": "u",
            "version": 3,
            "name": "n",
            "state": "Marked Undeployed",
            "eventId": "e",
            "skills": ["s"],
            "runtime": {"uuid": "r"},
            "lastDeployment": {"deploymentState": "Deployed"},
            "implementation": {"code": "x"},
            "samplePayload": {"headers": []},
            "createdAt": "2026-01-02T03:04:05.000Z",
            "createdBy": "someone",
        }
    )
    assert (info.uuid, info.version, info.name, info.state, info.event_id) == ("u", 3, "n", "Marked Undeployed", "e")
    assert (info.skills, info.runtime) == (["s"], {"uuid": "r"})
    assert (info.last_deployment, info.sample_payload) == ({"deploymentState": "Deployed"}, {"headers": []})
    assert info.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_v2_item_is_read() -> None:
    info = FunctionInfo.model_validate({"uuid": "u", "size": "L", "isCompV1": True, "updatedBy": 5})
    assert (info.size, info.is_comp_v1, info.updated_by) == ("L", True, 5)


def test_nothing_is_required_and_nothing_is_lost() -> None:
    assert all(value is None for value in FunctionInfo().model_dump().values())
    item: dict[str, Any] = {"uuid": "u", "brandNew": {"a": 1}, "isCompV1": False, "eventId": None}
    info = FunctionInfo.model_validate(item)
    assert info.model_extra == {"brandNew": {"a": 1}}
    assert info.model_dump(by_alias=True, exclude_unset=True) == item


def test_a_date_in_no_known_format_stays_a_text() -> None:
    assert FunctionInfo.model_validate({"updatedAt": "yesterday"}).updated_at == "yesterday"


def test_fields_can_be_named_as_in_python() -> None:
    assert FunctionInfo.model_validate({"event_id": "e", "is_comp_v1": True}) == FunctionInfo.model_validate(
        {"eventId": "e", "isCompV1": True}
    )


def test_an_item_is_frozen() -> None:
    with pytest.raises(ValidationError, match=r"frozen"):
        setattr(FunctionInfo(uuid="u"), "uuid", "v")  # noqa: B010 (type checkers refuse the plain form)
