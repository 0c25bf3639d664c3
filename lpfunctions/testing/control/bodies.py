"""The bodies of the control API, as control.yaml describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing.recording.exchange import request_record, response_record

if TYPE_CHECKING:
    from lpfunctions.testing.platform import Account, DeployedFunction, RecordedRequest
    from lpfunctions.testing.platform.faults.scripted import Fault
    from lpfunctions.testing.recording.scrubbing import Scrubber


class Body(BaseModel):
    """What a request says; a field that does not exist is refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


class NewAccount(Body):
    """An account to add."""

    account_id: str = Field(min_length=1)
    platform_version: Literal["v1", "v2"] = "v2"
    client_id: str = "client-id"
    client_secret: str = "client-secret"  # noqa: S105 (opens nothing but this fake)


class NewFunction(Body):
    """A function to deploy: one that answers the same each time, one that throws, or JavaScript."""

    account_id: str | None = None
    name: str = Field(min_length=1)
    event_id: str | None = None
    skills: list[str] = []
    description: str = ""
    uuid: UUID | None = Field(default=None, strict=False)
    environment: dict[str, str] = {}
    returns: Any = None
    throws: str | None = None
    code: str | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> NewFunction:
        if len(self.model_fields_set & {"returns", "throws", "code"}) != 1:
            raise ValueError("a function has one of returns (JSON), throws (text) and code (JavaScript)")
        return self


class NewFault(Body):
    """A fault to script, as `FakePlatform.fail_next` takes it."""

    status: int | None = None
    headers: dict[str, str] = {}
    body: Any = ""
    latency_seconds: float = Field(default=0.0, strict=False)
    drop_connection: bool = False
    lose_answer: bool = False
    times: int | None = 1
    kind: str | None = None
    path_contains: str = ""


class NewToken(Body):
    """A token to issue."""

    account_id: str | None = None
    lifetime_seconds: float | None = Field(default=None, strict=False)


def account_body(account: Account) -> dict[str, Any]:
    """Return what is told of an account; its secret is that of a fake."""
    return {
        "account_id": account.account_id,
        "platform_version": account.platform_version.value,
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "hosts": account.domains,
    }


def function_body(function: DeployedFunction) -> dict[str, Any]:
    """Return what is told of a function."""
    return {
        "uuid": function.uuid,
        "name": function.name,
        "event_id": function.event_id,
        "skills": list(function.skills),
        "state": function.state,
        "invocation_count": function.invocation_count,
        "logs": [{"level": entry.level, "message": entry.message} for entry in list(function.logs)],
    }


def fault_body(fault: Fault) -> dict[str, Any]:
    """Return what is told of a fault that waits."""
    return {
        "status": fault.status,
        "latency_seconds": fault.latency_seconds,
        "drop_connection": fault.drop_connection,
        "lose_answer": fault.lose_answer,
        "times": fault.times,
        "kind": fault.kind,
        "path_contains": fault.path_contains,
        "met": fault.met,
    }


def record_body(record: RecordedRequest, scrubber: Scrubber) -> dict[str, Any]:
    """Return what is told of a request and its response: as a cassette has them, without secrets."""
    request = HttpRequest(record.method, record.url, record.headers, record.body or None)
    response = HttpResponse(record.status or 0, "", {}, record.answer)
    scrubber.see(request)
    scrubber.see(response)
    told = response_record(response, scrubber)
    return {
        "kind": record.kind,
        "account_id": record.account_id,
        "event_id": record.event_id,
        "functions": list(record.functions),
        "request_id": record.request_id,
        "request": request_record(request, scrubber),
        "response": None if record.status is None else {name: told[name] for name in told if name != "reason"},
        "remark": record.remark,
        "duration_seconds": record.duration_seconds,
        "logs": [{"level": entry.level, "message": scrubber.text(entry.message)} for entry in list(record.logs)],
    }
