"""What a listing tells about a function, V1 and V2 in one shape."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

_Date = Annotated[datetime | str | None, Field(union_mode="left_to_right")]


class FunctionInfo(BaseModel):
    """One function of the account.

    Lenient: a field that the platform did not send is None, a field that is not known here is kept
    (``info.model_extra``), a date in no known format stays a text. Fields are named in snake_case;
    ``model_dump(by_alias=True)`` gives the platform's own names back.

    Attributes:
        uuid: what `invoke` takes as ``lambda_uuid``.
        name: unique in the account.
        state: ``Draft``, ``Productive``, ``Modified``, ``Marked Undeployed``, …
        event_id: the event it listens to, or None.
        skills: skills it is bound to.
        size: V2 only.
        is_comp_v1: V2 only: an imported V1 function in compatibility mode.
        version, runtime, last_deployment, implementation, sample_payload: V1 only, as the platform sends them.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="allow", frozen=True,
        defer_build=True,
    )  # fmt: skip

    uuid: str | None = None
    name: str | None = None
    description: str | None = None
    state: str | None = None
    event_id: str | None = None
    skills: list[str] | None = None
    size: str | None = None
    is_comp_v1: bool | None = Field(default=None, alias="isCompV1")
    created_at: _Date = None
    created_by: str | int | None = None
    updated_at: _Date = None
    updated_by: str | int | None = None
    version: int | str | None = None
    runtime: dict[str, Any] | None = None
    last_deployment: dict[str, Any] | None = None
    implementation: dict[str, Any] | None = None
    sample_payload: dict[str, Any] | None = None
