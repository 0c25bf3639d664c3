"""The response of an invocation by event, typed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class EventResult(BaseModel, Generic[T]):
    """What one function answered to an event; the platform sends a list of these.

    Attributes:
        uuid: the function that ran.
        timestamp: when; the platform does not document the format, so a text that is no date stays a text.
        result: what the function returned.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="allow", defer_build=True)

    uuid: str
    timestamp: Annotated[datetime | str | None, Field(union_mode="left_to_right")] = None
    result: T
