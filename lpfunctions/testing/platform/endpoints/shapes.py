"""Functions as the management host shows them, in the shape of each version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from lpfunctions.testing.platform.functions.authored import AUTHOR, Deployment

if TYPE_CHECKING:
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction

RUNTIME: Final = {
    "uuid": "c521cdfe-9f0d-5c6f-8a39-6f3ad0d4a1b2",
    "name": "Node.js 20",
    "baseImageName": "functions-node:20",
}
"""The one runtime. Its keys are known from LivePerson's clients, its values are not."""

_FAILED: Final = frozenset({"Build Error", "Deploy Error"})
_GENERAL: Final = "com.liveperson.faas.fm.general"


def v1_item(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V1 lists it, with its last deployment and its code."""
    return _common(function) | {
        "version": function.authored.version,
        "samplePayload": {"headers": [], "payload": {}},
        "runtime": RUNTIME,
        "lastDeployment": _last_deployment(function),
        "implementation": {
            "code": code_of(function),
            "dependencies": [],
            "environmentVariables": [{"key": key, "value": value} for key, value in environment_of(function).items()],
        },
    }


def v2_item(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V2 lists it: no code."""
    return _common(function) | {"size": "S", "isCompV1": function.is_comp_v1}


def v2_single(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V2 shows it alone, with its newest version."""
    return v2_item(function) | {"versions": [_manifest(function)]}


def v2_saved(function: DeployedFunction) -> dict[str, Any]:
    """Return *function* as V2 shows it to a developer who has just saved it."""
    return v2_item(function) | {"manifest": _manifest(function)}


def v2_deployment(function: DeployedFunction, deployment: Deployment) -> dict[str, Any]:
    """Return *deployment* as V2 lists it."""
    return {
        "id": deployment.number,
        "uuid": _deployment_uuid(function, deployment),
        "functionUuid": function.uuid,
        "manifestVersion": deployment.version,
        "deploymentState": "successful" if deployment.problem is None else "failed",
        "functionSize": "S",
        **_moments(deployment),
    }


def code_of(function: DeployedFunction) -> str:
    """Return the newest code; empty for a callable of a test."""
    source = function.authored.source
    return function.source if source is None else source


def environment_of(function: DeployedFunction) -> dict[str, str]:
    """Return the variables of the newest code."""
    newest = function.authored.environment
    return dict(function.environment if newest is None else newest)


def _manifest(function: DeployedFunction) -> dict[str, Any]:
    moments = {name: v2_item(function)[name] for name in ("createdAt", "createdBy", "updatedAt", "updatedBy")}
    version = function.authored.version
    return {
        "id": str(uuid5(UUID(function.uuid), f"version {version}")),
        "version": version,
        "runtime": RUNTIME["name"],
        "spec": "v1.0.0",
        "code": code_of(function),
        "customDependencies": {},
        "environment": environment_of(function),
        **moments,
    }


def _last_deployment(function: DeployedFunction) -> dict[str, Any]:
    """Return what V1 tells of the deployment that *function* owes its state to; empty if there was none."""
    if function.state == "Draft":
        return {}
    made = function.authored.deployments
    deployment = made[-1] if made else Deployment(1, 1, function.created_at, AUTHOR)
    shown = {
        "uuid": _deployment_uuid(function, deployment),
        "name": function.name,
        "lambdaUUID": function.uuid,
        "lambdaVersion": deployment.version,
        "imageName": f"functions/{function.name}:{deployment.version}",
        "deploymentState": "Failed" if function.state in _FAILED else "Successful",
        **_moments(deployment),
    }
    if function.state not in _FAILED:
        return shown
    usual = "the code could not be built" if function.state == "Build Error" else "the deployment failed"
    error: dict[str, Any] = {"errorCode": _GENERAL, "errorMsg": deployment.problem or usual, "errorLogs": []}
    del shown["deployedAt"]
    return shown | {"deploymentError": error}


def _deployment_uuid(function: DeployedFunction, deployment: Deployment) -> str:
    return str(uuid5(UUID(function.uuid), f"deployment {deployment.number}"))


def _moments(deployment: Deployment) -> dict[str, str]:
    moment = moment_text(deployment.moment)
    return {
        "createdAt": moment,
        "updatedAt": moment,
        "deployedAt": moment,
        "createdBy": deployment.by,
        "updatedBy": deployment.by,
    }


def _common(function: DeployedFunction) -> dict[str, Any]:
    event = {"eventId": function.event_id} if function.event_id else {}
    return {
        "uuid": function.uuid,
        "name": function.name,
        "description": function.description,
        **event,
        "state": function.state,
        "skills": list(function.skills),
        "createdAt": moment_text(function.created_at),
        "createdBy": function.authored.created_by,
        "updatedAt": moment_text(function.authored.updated_at),
        "updatedBy": function.authored.updated_by,
    }


def moment_text(seconds: float) -> str:
    """Return a time as the platform writes it: ISO 8601 with milliseconds and ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
