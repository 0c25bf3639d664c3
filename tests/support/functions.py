"""Functions to deploy to the platform of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment


def greeter(environment: Environment, **deployment: Any) -> DeployedFunction:
    @environment.platform.function(name="greet", **deployment)
    def greet(given: FunctionInput) -> dict[str, str]:
        return {"hello": given.payload["name"]}

    return greet


def echo(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="echo")
    def echo(given: FunctionInput) -> Any:
        return {"payload": given.payload, "headers": given.headers, "timestamp": given.timestamp}

    return echo


def thrower(environment: Environment, **deployment: Any) -> DeployedFunction:
    @environment.platform.function(name="throw", **deployment)
    def throw(_given: FunctionInput) -> None:
        raise RuntimeError("50% off {everything}")

    return throw
