"""The management host: list functions, with the filters and the item shapes of each generation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from lpfunctions.core.platform.version import Generation
from lpfunctions.testing.platform.functions.deployed import STATES
from lpfunctions.testing.platform.requests.responses import BAD_INPUT, json_answer, refuse

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.authenticator import Authenticator
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction
    from lpfunctions.testing.platform.functions.runner import FunctionRunner
    from lpfunctions.testing.platform.requests.incoming import Incoming

# Clients of V2 disagree about the name's parameter (spec, open question 10); both are read.
_NAME_PARAMETERS = {Generation.V1: ("name",), Generation.V2: ("functionName", "name")}

_AUTHOR = "lpfunctions"


class Management:
    """Listings.

    A token from client credentials is accepted like a user's; whether the platform does so is not documented
    (spec, open question 9).
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._doorman = authenticator

    async def functions(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the functions that pass all filters of the query."""
        account = self._doorman.admit(incoming)
        _check_states(incoming, account.generation)
        item = _v1_item if account.generation is Generation.V1 else _v2_item
        found = (function for function in account.functions if _passes(function, incoming, account))
        return json_answer(to_json([item(function) for function in found]))


def _check_states(incoming: Incoming, generation: Generation) -> None:
    unknown = [state for state in incoming.parameters("state") if state not in STATES]
    if unknown:
        raise refuse(BAD_INPUT, generation, f"there is no state {unknown[0]}")


def _passes(function: DeployedFunction, incoming: Incoming, account: Account) -> bool:
    states = incoming.parameters("state")
    event = incoming.parameter("eventId") or ""
    names = (incoming.parameter(name) or "" for name in _NAME_PARAMETERS[account.generation])
    return (
        (not states or function.state in states)
        and event in (function.event_id or "")
        and all(name in function.name for name in names)
    )


def _common(function: DeployedFunction) -> dict[str, Any]:
    created = datetime.fromtimestamp(function.created_at, UTC).isoformat(timespec="milliseconds")
    moment = created.replace("+00:00", "Z")
    event = {"eventId": function.event_id} if function.event_id else {}
    return {
        "uuid": function.uuid,
        "name": function.name,
        "description": function.description,
        **event,
        "state": function.state,
        "skills": list(function.skills),
        "createdAt": moment,
        "createdBy": _AUTHOR,
        "updatedAt": moment,
        "updatedBy": _AUTHOR,
    }


def _v1_item(function: DeployedFunction) -> dict[str, Any]:
    return _common(function) | {
        "version": 1,
        "samplePayload": {"headers": [], "payload": {}},
        "lastDeployment": {},
        "implementation": {
            "code": "",
            "dependencies": [],
            "environmentVariables": [{"key": key, "value": value} for key, value in function.environment.items()],
        },
    }


def _v2_item(function: DeployedFunction) -> dict[str, Any]:
    return _common(function) | {"size": "S", "isCompV1": function.is_comp_v1}
