"""The management host, as far as it is read: functions with the filters of each version, events, runtimes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import to_json

from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.testing.platform.endpoints.shapes import RUNTIME, v1_item, v2_item, v2_single
from lpfunctions.testing.platform.functions.deployed import STATES
from lpfunctions.testing.platform.functions.event_catalogue import EVENTS
from lpfunctions.testing.platform.requests.responses import BAD_INPUT, MISSING, json_answer, refuse

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.authenticator import Authenticator
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction
    from lpfunctions.testing.platform.functions.runner import FunctionRunner
    from lpfunctions.testing.platform.requests.incoming import Incoming

# Clients of V2 disagree about the name's parameter (spec, open question 10); both are read.
_NAME_PARAMETERS = {PlatformVersion.V1: ("name",), PlatformVersion.V2: ("functionName", "name")}


class Management:
    """What the management host shows.

    A token from client credentials is accepted like a user's; whether the platform does so is not documented
    (spec, open question 9).
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._doorman = authenticator

    async def functions(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the functions that pass all filters of the query."""
        account = self._doorman.admit(incoming)
        _check_states(incoming, account.platform_version)
        item = v1_item if account.platform_version is PlatformVersion.V1 else v2_item
        found = (function for function in account.functions if _passes(function, incoming, account))
        return json_answer(to_json([item(function) for function in found]))

    async def function(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer one function with its code, in whatever state: on V1 in a list of one."""
        account = self._doorman.admit(incoming)
        function = one_function(account, incoming)
        shown = [v1_item(function)] if account.platform_version is PlatformVersion.V1 else v2_single(function)
        return json_answer(to_json(shown))

    async def events(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the events that functions may listen to."""
        self._doorman.admit(incoming)
        shown = [
            {
                "eventId": event.event_id,
                "eventName": event.name,
                "description": f"The event {event.name}",
                "lambdaLimit": event.function_limit,
            }
            for event in EVENTS
        ]
        return json_answer(to_json(shown))

    async def runtimes(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the one runtime that there is."""
        self._doorman.admit(incoming)
        return json_answer(to_json([RUNTIME]))


def one_function(account: Account, incoming: Incoming) -> DeployedFunction:
    """Return the function of the uuid in the path, or in V1's query for a log.

    Raises:
        Refusal: there is none.
    """
    uuid = incoming.value("uuid") or incoming.parameter("lambdaUUID") or ""
    function = account.functions.get(uuid)
    if function is None:
        raise refuse(MISSING, account.platform_version, f"There is no {uuid} on {account.account_id}")
    return function


def _check_states(incoming: Incoming, version: PlatformVersion) -> None:
    unknown = [state for state in incoming.parameters("state") if state not in STATES]
    if unknown:
        raise refuse(BAD_INPUT, version, f"there is no state {unknown[0]}")


def _passes(function: DeployedFunction, incoming: Incoming, account: Account) -> bool:
    states = incoming.parameters("state")
    event = incoming.parameter("eventId") or ""
    names = (incoming.parameter(name) or "" for name in _NAME_PARAMETERS[account.platform_version])
    return (
        (not states or function.state in states)
        and event in (function.event_id or "")
        and all(name in function.name for name in names)
    )
