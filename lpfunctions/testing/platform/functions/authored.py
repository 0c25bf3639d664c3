"""What developers did to a function: its newest version, and its deployments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

AUTHOR: Final = "lpfunctions"
"""Who made what a test deployed."""

_DEPLOYMENTS_KEPT: Final = 5


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a function.

    Attributes:
        number: counts the deployments of the function, from 1.
        version: of the code that was deployed.
        moment: seconds since the epoch.
        by: who asked for it.
        problem: why it failed; None if it did not.
    """

    number: int
    version: int
    moment: float
    by: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Authored:
    """The newest version of a function; it runs once it is deployed.

    Attributes:
        created_by: who made the function.
        updated_at: seconds since the epoch.
        updated_by: who changed it last.
        version: of the newest code; the first change after a deployment raises it.
        source: the newest code, if it came through the management host; None for what a test deployed.
        environment: of the newest code; None for that which it runs with.
        deployments: the last five, the newest last.
    """

    created_by: str
    updated_at: float
    updated_by: str
    version: int = 1
    source: str | None = None
    environment: Mapping[str, str] | None = None
    deployments: tuple[Deployment, ...] = ()

    def touched(self, moment: float, by: str) -> Authored:
        """Return it as changed at *moment*, its code being the same."""
        return replace(self, updated_at=moment, updated_by=by)

    def rewritten(self, source: str, environment: Mapping[str, str], moment: float, by: str) -> Authored:
        """Return it with other code."""
        is_deployed = any(deployment.version == self.version for deployment in self.deployments)
        version = self.version + 1 if is_deployed else self.version
        return replace(self.touched(moment, by), version=version, source=source, environment=dict(environment))

    def deployed(self, moment: float, by: str, problem: str | None = None) -> Authored:
        """Return it with one more deployment, which failed if there is a *problem*."""
        number = self.deployments[-1].number + 1 if self.deployments else 1
        deployment = Deployment(number, self.version, moment, by, problem)
        return replace(self, deployments=(*self.deployments, deployment)[-_DEPLOYMENTS_KEPT:])
