"""Typed handles: one function of the platform as a Python callable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lpfunctions.core.errors import FaaSConfigurationError, FaaSResponseFormatError
from lpfunctions.core.requests.calls import uuid_of
from lpfunctions.core.responses.validation import adapter_of, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Unpack

    from lpfunctions.core.requests.calls import FunctionReference, InvokeOptions
    from lpfunctions.core.responses.response import Response

Req = TypeVar("Req")
Res = TypeVar("Res")


class _Handle(Generic[Req, Res]):
    """What both modes share.

    Args:
        invoke: ``invoke`` of the client.
        target: ``lambda_uuid`` or ``event_id``, by name.
        request: what the payload must be.
        response: what the response is read as.

    Raises:
        FaaSConfigurationError: pydantic does not know one of the two types.
    """

    def __init__(self, invoke: Callable[..., Any], target: dict[str, Any], request: Any, response: Any) -> None:
        for shape in (request, response):
            adapter_of(shape)  # a type that cannot work is refused now, and not when the function has run
        self._invoke = invoke
        self._target = target
        self._request = request
        self._response = response

    def __repr__(self) -> str:
        ((kind, name),) = self._target.items()
        return f"<{type(self).__name__} {kind}={name!r}>"

    def _payload(self, payload: object) -> object:
        try:
            return validate(self._request, payload, is_json=False)
        except FaaSResponseFormatError as mismatch:
            raise FaaSConfigurationError(
                f"{self!r}: {str(mismatch).replace('the response', 'the payload', 1)}"
            ) from None


class FunctionHandle(_Handle[Req, Res]):
    """A function of the platform, typed and blocking; `Client.function` makes one."""

    def __call__(self, payload: Req, **options: Unpack[InvokeOptions]) -> Res:
        """Run the function and return its response, typed.

        Args:
            payload: what the function gets; a mapping is validated into the handle's type.
            options: those of ``invoke``: ``headers``, ``skill_id``, ``timeout``, …

        Raises:
            FaaSConfigurationError: the payload does not fit; nothing was sent.
            FaaSLambdaError, FaaSInvokeError: whatever the status says; an error status always raises.
        """
        response: Response = self._invoke(**self._target, payload=self._payload(payload), **options)
        result: Res = response.parse(self._response)
        return result


class AsyncFunctionHandle(_Handle[Req, Res]):
    """A function of the platform, typed and awaited; `AsyncClient.function` makes one."""

    async def __call__(self, payload: Req, **options: Unpack[InvokeOptions]) -> Res:
        """Run the function and return its response, typed. See `FunctionHandle`."""
        asked: Coroutine[Any, Any, Response] = self._invoke(**self._target, payload=self._payload(payload), **options)
        result: Res = (await asked).parse(self._response)
        return result


def target_of(lambda_uuid: FunctionReference | None, event_id: str | None) -> dict[str, Any]:
    """Return the one that is given, by name.

    Raises:
        FaaSConfigurationError: both are given, or neither.
    """
    given = {"lambda_uuid": None if lambda_uuid is None else uuid_of(lambda_uuid), "event_id": event_id}
    target = {name: value for name, value in given.items() if value is not None}
    if len(target) != 1:
        raise FaaSConfigurationError("function needs exactly one of lambda_uuid and event_id")
    return target
