"""Functions that fail, or take too long: what the caller sees, and what goes to the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from lpfunctions.core.errors import FaaSTimeoutError
from lpfunctions.testing import FakePlatform, FunctionInput
from tests.support.platform_requests import ACCOUNT, CODING, Frontend, by, deploy, error_of, invocation


def raising(error: BaseException) -> Callable[[FunctionInput], Any]:
    def fail(_: FunctionInput) -> Any:
        raise error

    return fail


def raising_later(error: BaseException) -> Callable[[FunctionInput], Any]:
    async def fail(_: FunctionInput) -> Any:
        await asyncio.sleep(0)
        raise error

    return fail


class OrderMissing(KeyError):  # noqa: N818 (what a customer might write)
    pass


CRASHES: list[BaseException] = [
    TypeError("t"),
    NameError("n"),
    AttributeError("a"),
    ZeroDivisionError("z"),
    IndexError("i"),
    KeyError("k"),
]
FAILURES: list[BaseException] = [
    ValueError("v"),
    Exception("e"),
    OrderMissing("o"),
    TimeoutError("the function's own"),
    asyncio.CancelledError("the function's own"),
    AssertionError("as"),
]


@pytest.mark.parametrize("fail", [raising, raising_later])
@pytest.mark.parametrize("error", CRASHES + FAILURES, ids=lambda error: type(error).__name__)
def test_an_error_of_the_function_is_a_901_that_does_not_tell_it(
    platform: FakePlatform, frontend: Frontend, error: BaseException, fail: Callable[[BaseException], Any]
) -> None:
    function = deploy(platform, fail(error), name="f")
    response = frontend(platform, invocation(platform, f"lambdas/{function.uuid}"))
    if error in CRASHES:
        code = by(
            platform, "com.liveperson.faas.handler.runtime-exception", "com.customer.faas.function.js-runtime-error"
        )
    else:
        code = by(platform, "com.liveperson.faas.handler.custom-failure", "com.customer.faas.function.threw-error")
    assert error_of(response) == (901, code, CODING)
    assert response.reason == "Function Failed"
    (entry,) = function.logs
    assert (entry.level, entry.message) == ("error", str(error))
    assert type(error).__name__ in "".join(entry.extras)


@pytest.mark.parametrize("fail", [raising, raising_later])
def test_the_traceback_starts_with_the_function(
    platform: FakePlatform, frontend: Frontend, fail: Callable[[BaseException], Any]
) -> None:
    function = deploy(platform, fail(KeyError("k")))
    frontend(platform, invocation(platform, f"lambdas/{function.uuid}"))
    assert [line.split(", ")[-1] for line in function.logs[0].extras if "File" in line] == [
        "in fail\n    raise error\n"
    ]


@pytest.mark.parametrize("error", [StopIteration("s"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_no_exception_of_a_plain_function_escapes(
    platform: FakePlatform, frontend: Frontend, error: BaseException
) -> None:
    function = deploy(platform, raising(error), name="f")
    assert frontend(platform, invocation(platform, f"lambdas/{function.uuid}")).status == 901


NO_JSON: dict[str, Any] = {
    "object": object(),
    "NaN": float("nan"),
    "int key": {1: "a"},
    "infinity": {"a": float("inf")},
    "bytes": b"bytes",
    "set": {"a"},
    "half a surrogate pair": "\ud800",
}


@pytest.mark.parametrize("result", NO_JSON.values(), ids=NO_JSON)
def test_a_result_that_is_no_json_is_a_runtime_error(
    platform: FakePlatform, frontend: Frontend, result: object
) -> None:
    function = deploy(platform, lambda _: result, name="f")
    status, code, message = error_of(frontend(platform, invocation(platform, f"lambdas/{function.uuid}")))
    assert (status, message) == (901, CODING)
    assert code.endswith(("runtime-exception", "js-runtime-error"))
    assert "result" in function.logs[0].message


def slow(_: FunctionInput) -> None:
    time.sleep(2)


async def slow_async(_: FunctionInput) -> None:
    await asyncio.sleep(5)


@pytest.mark.parametrize("code", [slow, slow_async])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_function_beyond_its_limit_is_cut_off(version: str, code: Callable[[Any], Any], frontend: Frontend) -> None:
    platform = FakePlatform(account_id=ACCOUNT, platform_version=version, execution_limit_seconds=0.03)
    function = deploy(platform, code)
    started = time.monotonic()
    response = frontend(platform, invocation(platform, f"lambdas/{function.uuid}"))
    assert time.monotonic() - started < 1.5
    code_expected = by(
        platform, "com.liveperson.faas.handler.executiontime-exceeded", "com.customer.faas.function.execution-exceeded"
    )
    assert error_of(response) == (901, code_expected, CODING)
    assert "longer than 0.03 s" in function.logs[0].message


@pytest.mark.parametrize("code", [slow, slow_async])
def test_a_caller_who_gives_up_earlier_times_out(
    platform: FakePlatform, code: Callable[[Any], Any], frontend: Frontend
) -> None:
    function = deploy(platform, code)
    with pytest.raises(FaaSTimeoutError) as caught:
        frontend(platform, invocation(platform, f"lambdas/{function.uuid}", timeout=0.03))
    assert (caught.value.phase, caught.value.delivered) == ("response", "unknown")
    assert function.invocation_count == 1
    assert platform.requests[-1].status is None


def test_what_a_call_logged_stands_beside_its_request(platform: FakePlatform, frontend: Frontend) -> None:
    first, second = (
        deploy(platform, raising(ValueError(text)), name=text, event_id=text) for text in ("first", "second")
    )
    frontend(platform, invocation(platform, f"lambdas/{first.uuid}"))
    frontend(platform, invocation(platform, "events/second"))
    frontend(platform, invocation(platform, "events/nobody"))

    logs = [[entry.message for entry in request.logs] for request in platform.requests]
    assert logs == [["first"], ["second"], []]
    assert platform.requests[1].logs == list(second.logs)
