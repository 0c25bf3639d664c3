"""Functions as the management host shows them, in the shape of each generation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction

RUNTIME: Final = {
    "uuid": "c521cdfe-9f0d-5c6f-8a39-6f3ad0d4a1b2",
    "name": "Node.js 20",
    "baseImageName": "functions-node:20",
}
"""The one runtime. Its keys are known from LivePerson's clients, its values are not."""

_AUTHOR: Final = "lpfunctions"
_FAILED: Final = frozenset({"Build Error", "Deploy Error"})
_GENERAL: Final = "com.liveperson.faas.fm.general"


def v1_item(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V1 lists it, with its last deployment and its code."""
    return _common(function) | {
        "version": 1,
        "samplePayload": {"headers": [], "payload": {}},
        "runtime": RUNTIME,
        "lastDeployment": _last_deployment(function),
        "implementation": {
            "code": function.source,
            "dependencies": [],
            "environmentVariables": [{"key": key, "value": value} for key, value in function.environment.items()],
        },
    }


def v2_item(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V2 lists it: no code."""
    return _common(function) | {"size": "S", "isCompV1": function.is_comp_v1}


def v2_single(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V2 shows it alone, with the code of each version, the newest first."""
    moments = {name: v2_item(function)[name] for name in ("createdAt", "createdBy", "updatedAt", "updatedBy")}
    version = {
        "id": str(uuid5(UUID(function.uuid), "1")),
        "version": 1,
        "runtime": RUNTIME["name"],
        "spec": "v1.0.0",
        "code": function.source,
        "customDependencies": {},
        "environment": dict(function.environment),
        **moments,
    }
    return v2_item(function) | {"versions": [version]}


def _last_deployment(function: DeployedFunction) -> dict[str, Any]:
    """Return what V1 tells of the deployment that *function* owes its state to; empty if there was none."""
    if function.state == "Draft":
        return {}
    moment = moment_text(function.created_at)
    is_failed = function.state in _FAILED
    deployment = {
        "uuid": str(uuid5(UUID(function.uuid), "deployment 1")),
        "name": function.name,
        "lambdaUUID": function.uuid,
        "lambdaVersion": 1,
        "imageName": f"functions/{function.name}:1",
        "deploymentState": "Failed" if is_failed else "Successful",
        "createdAt": moment,
        "updatedAt": moment,
        "createdBy": _AUTHOR,
        "updatedBy": _AUTHOR,
    }
    if not is_failed:
        return deployment | {"deployedAt": moment}
    message = "the code could not be built" if function.state == "Build Error" else "the deployment failed"
    return deployment | {"deploymentError": {"errorCode": _GENERAL, "errorMsg": message, "errorLogs": []}}


def _common(function: DeployedFunction) -> dict[str, Any]:
    moment = moment_text(function.created_at)
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


def moment_text(seconds: float) -> str:
    """Return a time as the platform writes it: ISO 8601 with milliseconds and ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
