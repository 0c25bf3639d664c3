"""What a developer saves of a function: the bodies of both versions, with the documented limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lpfunctions.testing.platform.requests.responses import BAD_INPUT, INVALID_CODE, Refusal, refuse

if TYPE_CHECKING:
    from lpfunctions.core.platform.version import PlatformVersion

LONGEST_CODE: Final = 100_000

_EVAL: Final = re.compile(r"\beval\s*\(")

_Skills = Annotated[list[str], Field(max_length=500)]
_Code = Annotated[str, Field(max_length=LONGEST_CODE)]
_Environment = dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=1024)]]


class _Body(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True, strict=True)


class _Pair(_Body):
    key: str
    value: str


class _Implementation(_Body):
    code: _Code
    environment_variables: list[_Pair] = Field(default=[], alias="environmentVariables")

    @property
    def environment(self) -> dict[str, str]:
        """The variables; a pair without a key is none."""
        return {pair.key: pair.value for pair in self.environment_variables if pair.key}


class V2Manifest(_Body):
    """The code of a function of V2."""

    code: _Code | None = None
    environment: _Environment | None = Field(default=None, max_length=512)


class V2Meta(_Body):
    """What V2 keeps of a function beside its code; absent is unchanged."""

    description: str | None = Field(default=None, max_length=200)
    skills: _Skills | None = None
    event_id: str | None = Field(default=None, alias="eventId", max_length=60)
    is_comp_v1: bool | None = Field(default=None, alias="isCompV1")


class V2Function(V2Meta):
    """A new function of V2, with its code or without."""

    name: str = Field(pattern=r"^\w{1,50}$")
    manifest: V2Manifest = V2Manifest()


class V1Function(_Body):
    """A function with its code, as V1's developers save it."""

    name: str = Field(pattern=r"^\w{1,50}$")
    description: str = Field(default="", max_length=200)
    event_id: str | None = Field(default=None, alias="eventId", max_length=60)
    skills: Annotated[list[str], Field(max_length=50)] | None = None
    implementation: _Implementation

    def as_v2(self) -> V2Function:
        """Return what V2 keeps beside the code."""
        return V2Function(name=self.name, description=self.description, skills=self.skills, eventId=self.event_id)


_Read = TypeVar("_Read", bound=_Body)


def read(body: type[_Read], content: bytes, version: PlatformVersion) -> _Read:
    """Read the body of a request.

    Raises:
        Refusal: it is no such body.
    """
    try:
        return body.model_validate_json(content)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise refuse(BAD_INPUT, version, f"{where}: {first['msg']}") from None


def check_code(code: str, version: PlatformVersion) -> None:
    """Check that *code* may be a function's, as far as can be seen without running it.

    Raises:
        Refusal: it has no ``lambda``, or uses ``eval``.
    """
    problem: Refusal | None = None
    if "lambda" not in code:
        problem = refuse(INVALID_CODE, version, "the code defines no function called lambda")
    elif _EVAL.search(code):
        problem = refuse(INVALID_CODE, version, "the code uses eval")
    if problem is not None:
        raise problem
