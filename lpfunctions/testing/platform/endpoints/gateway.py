"""The invocation gateway: run functions by uuid or by event, and tell whether a function listens to an event.

A developer's test invocation runs here too; its answer has the log and the function's own error.
"""

from __future__ import annotations

import json
import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Never, TypeGuard, cast

from pydantic_core import from_json, to_json

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.requests.payload import to_json_bytes
from lpfunctions.testing.platform.faults.rates import RateLimits
from lpfunctions.testing.platform.functions.deployed import FunctionFailure, FunctionInput, LogEntry
from lpfunctions.testing.platform.functions.outcomes import Returned, Threw
from lpfunctions.testing.platform.functions.runner import Run
from lpfunctions.testing.platform.requests.incoming import given_up
from lpfunctions.testing.platform.requests.responses import (
    BAD_INPUT,
    CRASHED,
    CUSTOMER_CODING,
    MISSING,
    NOT_DEPLOYED,
    OUT_OF_TIME,
    THREW,
    Problem,
    json_answer,
    refuse,
)

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.authenticator import Authenticator
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction
    from lpfunctions.testing.platform.functions.outcomes import Outcome
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming
    from lpfunctions.testing.platform.requests.responses import Refusal

# Python's answer to TypeError, ReferenceError and SyntaxError of JavaScript. As there, only these very classes
# count: an error class of the customer's own is a failure that was meant.
_RUNTIME_ERRORS: Final = frozenset({
    AttributeError, ImportError, IndentationError, IndexError, KeyError, MemoryError,
    ModuleNotFoundError, NameError, OverflowError, RecursionError, SyntaxError, SystemExit,
    TypeError, UnboundLocalError, UnicodeDecodeError, UnicodeEncodeError, ZeroDivisionError,
})  # fmt: skip


class Gateway:
    """Invocations.

    Attributes:
        limit_seconds: how long one function may run.
        rates: how often functions may be invoked.
    """

    def __init__(self, authenticator: Authenticator, clock: WallClock, limit_seconds: float) -> None:
        self.rates: RateLimits = RateLimits(clock)
        self._doorman = authenticator
        self._clock = clock
        self.limit_seconds = limit_seconds

    async def invoke(self, incoming: Incoming, runner: FunctionRunner) -> HttpResponse:
        """Run one function by uuid, or all that listen to an event."""
        account = self._doorman.admit(incoming)
        self.rates.count_request(account)
        given = read_input(incoming.content, account.platform_version)
        uuid = incoming.value("uuid")
        if uuid is None:
            return await self._invoke_event(incoming, account, given, runner)
        # A skill on a call by uuid means nothing that is documented; it is not looked at.
        function = _deployed(account, uuid)
        if _is_test(incoming, account):
            return await self._run_as_test(function, given, account, incoming, runner)
        return json_answer(await self._run(function, given, account, incoming, runner))

    async def test(self, incoming: Incoming, runner: FunctionRunner) -> HttpResponse:
        """Run one function for its developer."""
        account = self._doorman.admit(incoming)
        given = read_input(incoming.content, account.platform_version)
        function = _deployed(account, incoming.value("uuid") or "")
        return await self._run_as_test(function, given, account, incoming, runner)

    async def is_implemented(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Say whether the event would run a function."""
        account = self._doorman.admit(incoming)
        return json_answer(to_json({"implemented": bool(_listeners(account, incoming))}))

    async def _invoke_event(
        self, incoming: Incoming, account: Account, given: FunctionInput, runner: FunctionRunner
    ) -> HttpResponse:
        listeners = _listeners(account, incoming)
        if not listeners and account.platform_version is PlatformVersion.V2:
            event_id = incoming.value("event_id")
            raise refuse(
                MISSING, account.platform_version, f"There is no function for {event_id} on {account.account_id}"
            )
        entries: list[bytes] = []
        for function in listeners:
            incoming.functions.append(function.uuid)
            # The first failure ends the chain, and the responses so far are lost.
            result = await self._run(function, given, account, incoming, runner)
            entries.append(_entry(function, self._clock.now(), result))
            # Each function gets an input of its own: what one does to the payload, the next does not see.
            given = read_input(incoming.content, account.platform_version)
        return json_answer(b"[" + b",".join(entries) + b"]")

    async def _run_as_test(
        self,
        function: DeployedFunction,
        given: FunctionInput,
        account: Account,
        incoming: Incoming,
        runner: FunctionRunner,
    ) -> HttpResponse:
        result = await self._run(function, given, account, incoming, runner, is_test=True)
        logs = to_json([log_item(entry) for entry in incoming.logs])
        return json_answer(b'{"result":' + result + b',"logs":' + logs + b"}")

    async def _run(
        self,
        function: DeployedFunction,
        given: FunctionInput,
        account: Account,
        incoming: Incoming,
        runner: FunctionRunner,
        *,
        is_test: bool = False,
    ) -> bytes:
        """Return the function's result as JSON."""
        self.rates.count_run(account, function)
        function.count_invocation()
        limit_seconds = min(self.limit_seconds, incoming.time_left_seconds)
        run = Run(function, given, limit_seconds, incoming.logs, self._clock.now, incoming.request_id, is_test)
        started = time.monotonic()
        outcome = await runner.run(run)
        incoming.spend(time.monotonic() - started)
        if isinstance(outcome, Returned):
            return outcome.encoded or self._encoded(run, outcome.value, account.platform_version)
        if not isinstance(outcome, Threw) and run.limit_seconds < self.limit_seconds:
            raise given_up(incoming)
        raise self._failure(run, outcome, account.platform_version)

    def _encoded(self, run: Run, result: object, version: PlatformVersion) -> bytes:
        try:
            return to_json_bytes(result, "result")
        except FaaSConfigurationError as unfit:
            raise self._failure(run, Threw(TypeError(str(unfit))), version) from None

    def _failure(self, run: Run, outcome: Outcome, version: PlatformVersion) -> Refusal:
        """Return the 901 of *outcome*; what happened goes to the log."""
        error = outcome.error if isinstance(outcome, Threw) else None
        message = str(error) if error else f"the function ran for longer than {self.limit_seconds:g} s"
        run.log([LogEntry("error", message, _trace(error), int(self._clock.now() * 1000))])
        problem = OUT_OF_TIME if error is None else _problem(error)
        if run.function.is_comp_v1:
            problem = Problem(problem.status, problem.v1, problem.v1)
        if not run.is_test:
            return refuse(problem, version, CUSTOMER_CODING)
        return refuse(problem, version, message, logs=[log_item(entry) for entry in run.logs])


def _is_test(incoming: Incoming, account: Account) -> bool:
    """Return whether V1 takes an invocation as a test.

    LivePerson's command-line tool names the user and no calling system, and reads a result with its log; clients name
    the system, and read the bare result. That this is what the platform goes by is inferred.
    """
    is_users = incoming.parameter("userId") is not None and incoming.parameter("externalSystem") is None
    return account.platform_version is PlatformVersion.V1 and is_users


def log_item(entry: LogEntry) -> dict[str, Any]:
    """Return *entry* as a developer sees it."""
    return {
        "level": entry.level.capitalize(),
        "message": entry.message,
        "extras": list(entry.extras),
        "timestamp": entry.timestamp,
    }


def _problem(error: BaseException) -> Problem:
    crashed = error.crashed if isinstance(error, FunctionFailure) else type(error) in _RUNTIME_ERRORS
    return CRASHED if crashed else THREW


def _trace(error: BaseException | None) -> tuple[str, ...]:
    if isinstance(error, FunctionFailure):
        return error.extras
    if error is None:
        return ()
    frames = error.__traceback__ and error.__traceback__.tb_next  # the first one is the platform's
    return tuple(traceback.format_exception(type(error), error, frames))


def _deployed(account: Account, uuid: str) -> DeployedFunction:
    function = account.functions.get(uuid)
    if function is not None and function.invocable:
        return function
    problem = MISSING if function is None else NOT_DEPLOYED
    raise refuse(problem, account.platform_version, f"There is no {uuid} deployed on {account.account_id}")


def _listeners(account: Account, incoming: Incoming) -> list[DeployedFunction]:
    return account.functions.listeners(incoming.value("event_id") or "", incoming.parameter("skillId"))


def _entry(function: DeployedFunction, now: float, result: bytes) -> bytes:
    """Return one entry of an event's answer. The format of its timestamp is not documented; ISO 8601 is."""
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = to_json({"uuid": function.uuid, "timestamp": moment})
    return head[:-1] + b',"result":' + result + b"}"


def read_input(content: bytes, version: PlatformVersion) -> FunctionInput:
    """Read the body of an invocation.

    Raises:
        Refusal: it is no JSON object with ``payload`` and ``timestamp``, or its headers have another shape.
    """
    try:
        body = _read_json(content)
    except (ValueError, RecursionError):
        raise refuse(BAD_INPUT, version, "the body is no JSON") from None
    if not isinstance(body, dict) or "payload" not in body:
        raise refuse(BAD_INPUT, version, "the body has no 'payload'")
    fields = cast("dict[str, Any]", body)
    headers, timestamp = fields.get("headers", []), fields.get("timestamp")
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):
        raise refuse(BAD_INPUT, version, "'timestamp' must be an integer")
    if not _are_headers(headers):
        raise refuse(BAD_INPUT, version, "'headers' must be a list of {key, value}, both strings")
    return FunctionInput(headers, fields["payload"], timestamp)


def _read_json(content: bytes) -> Any:
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError:
        # Slower, and takes lone surrogates, as Node does.
        return json.loads(content.decode(), parse_constant=_no_constant)


def _no_constant(name: str) -> Never:
    """Reject ``NaN`` and ``Infinity``, which Python accepts and JSON does not define."""
    raise ValueError(name)


def _are_headers(value: object) -> TypeGuard[list[dict[str, str]]]:
    return isinstance(value, list) and all(_is_header(item) for item in cast("list[object]", value))


def _is_header(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    pair = cast("dict[str, object]", value)
    return isinstance(pair.get("key"), str) and isinstance(pair.get("value"), str)
