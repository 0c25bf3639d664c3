"""Deploy and undeploy what developers have saved.

A deployment takes its time on the platform; here it is done at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from lpfunctions.testing.platform.endpoints.management import one_function
from lpfunctions.testing.platform.endpoints.shapes import environment_of, v2_deployment
from lpfunctions.testing.platform.functions.outcomes import Returned, Threw
from lpfunctions.testing.platform.requests.responses import JSON, answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.authenticator import Authenticator
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction
    from lpfunctions.testing.platform.functions.outcomes import Outcome
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

    Build = Callable[[DeployedFunction, Account], Callable[[Any], Any]]
    """Makes what runs from the text of a function; raises `FaaSConfigurationError` if it cannot."""


class Deployments:
    """Deployments of one platform."""

    def __init__(self, authenticator: Authenticator, clock: WallClock, build: Build) -> None:
        self._doorman = authenticator
        self._clock = clock
        self._build = build

    async def deploy(self, incoming: Incoming, runner: FunctionRunner) -> HttpResponse:
        """Run the newest version from now on; whether it could be built, its state tells."""
        account = self._doorman.admit(incoming)
        function = one_function(account, incoming)
        if function.state == "Productive":
            return _told("the function is deployed already", function)
        built = await runner.work(lambda: self._built(function, account))
        by = self._doorman.caller(incoming, account)
        problem = str(built.error) if isinstance(built, Threw) else None
        function.authored = function.authored.deployed(self._clock.now(), by, problem)
        function.state = "Build Error" if problem else "Productive"
        return _told("deployment started")

    async def undeploy(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Run the function no longer."""
        function = one_function(self._doorman.admit(incoming), incoming)
        if function.state == "Draft":
            return _told("the function is not deployed", function)
        function.state = "Draft"
        return _told("undeployment started")

    async def list(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the deployments of all functions."""
        account = self._doorman.admit(incoming)
        shown = [
            v2_deployment(function, deployment)
            for function in account.functions
            for deployment in function.authored.deployments
        ]
        return json_answer(to_json(shown))

    async def count(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer how many functions are deployed, or how many there are, as a bare number."""
        account = self._doorman.admit(incoming)
        is_deployed = incoming.path.endswith("/deployments/count")
        counted = [function for function in account.functions if function.invocable or not is_deployed]
        return json_answer(to_json(len(counted)))

    def _built(self, function: DeployedFunction, account: Account) -> Outcome:
        if function.authored.source is None:
            return Returned(None)  # what a test deployed runs as it is
        try:
            function.use(self._build(function, account))
        except Exception as failed:  # noqa: BLE001 (the state of the function tells)
            return Threw(failed)
        function.environment = environment_of(function)
        return Returned(None)


def _told(message: str, skipped: DeployedFunction | None = None) -> HttpResponse:
    """Return the answer to a request that was accepted; with the uuid of a function that was *skipped*."""
    body = {"message": message} if skipped is None else {"message": message, "uuid": skipped.uuid}
    return answer(202, to_json(body), {"content-type": JSON})
