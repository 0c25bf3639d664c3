"""Responses of the platform: bodies of both versions, and the documented error codes as a table."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pydantic_core import to_json

from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.platform.version import PlatformVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One documented failure: its status, and its code on each version."""

    status: int
    v1: str
    v2: str

    def code(self, version: PlatformVersion) -> str:
        """Return its code on *version*."""
        return self.v1 if version is PlatformVersion.V1 else self.v2


_NOT_FOUND_V2 = "com.liveperson.faas.function.not-found"

BAD_INPUT: Final = Problem(400, "com.liveperson.faas.es.badinput", "com.liveperson.faas.evg.invalid")
MISSING: Final = Problem(404, "com.liveperson.faas.es.missinglambda", _NOT_FOUND_V2)
NOT_DEPLOYED: Final = Problem(404, "com.liveperson.faas.es.notdeployed", _NOT_FOUND_V2)
THREW: Final = Problem(901, "com.liveperson.faas.handler.custom-failure", "com.customer.faas.function.threw-error")
CRASHED: Final = Problem(
    901, "com.liveperson.faas.handler.runtime-exception", "com.customer.faas.function.js-runtime-error"
)
OUT_OF_TIME: Final = Problem(
    901,
    "com.liveperson.faas.handler.executiontime-exceeded",
    "com.customer.faas.function.execution-exceeded",
)

INVALID_CODE: Final = Problem(
    400, "com.liveperson.faas.fm.contract-error", "com.liveperson.faas.fm.validation.interface-wrong"
)
"""The code that a developer saves is none of a function. Statuses of the management host are not documented."""
UNCHANGED: Final = Problem(409, "com.liveperson.faas.fm.general", "com.liveperson.faas.function.unchanged")

CUSTOMER_CODING: Final = "Function Invocation failed due to an issue caused by customer coding"
"""The text of every 901: what the function itself said stays in its logs."""

_REASONS: Final = {901: "Function Failed"} | {int(status): status.phrase for status in HTTPStatus}


class Refusal(Exception):  # noqa: N818 (an answer on its way out, no fault of the program)
    """A response that ends the handling of a request early.

    Attributes:
        remark: why, for the journal; the platform does not say it on the wire.
    """

    def __init__(
        self, status: int, remark: str, *, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(remark)
        self.status = status
        self.remark = remark
        self.content = content
        self.headers: Mapping[str, str] = headers or {}

    def answer(self) -> HttpResponse:
        """Return the response to send."""
        return answer(self.status, self.content, self.headers)


def refuse(
    problem: Problem, version: PlatformVersion, message: str, *, logs: Sequence[Mapping[str, object]] | None = None
) -> Refusal:
    """Return the refusal with the error body of *version*; with *logs*, if it is one that shows them."""
    names = ("errorCode", "errorMsg") if version is PlatformVersion.V1 else ("code", "message")
    body: dict[str, object] = dict(zip(names, (problem.code(version), message), strict=True))
    if logs is not None:
        body["errorLogs"] = logs
    return Refusal(problem.status, message, content=to_json(body), headers={"content-type": JSON})


def json_answer(content: bytes, content_type: str = JSON, **headers: str) -> HttpResponse:
    """Return a 200 with the JSON text *content*."""
    return answer(200, content, {"content-type": content_type, **headers})


def answer(status: int, content: bytes, headers: Mapping[str, str]) -> HttpResponse:
    """Return a response as the transports would: with a reason phrase and lower-case header names."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return HttpResponse(status, _REASONS.get(status, ""), lowered, content)
