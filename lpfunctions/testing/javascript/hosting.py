"""What runs functions in JavaScript for one platform; the rest is loaded when the first is deployed."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Final

from lpfunctions.core.errors import FaaSConfigurationError, FaaSConnectionError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.testing.javascript.project import Project
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction

_HOST: Final = re.compile(r"\*|(\*\.)?[\w.:-]+")


class JavaScriptHosting:
    """Deploys folders of functions, and ends what runs of them."""

    def __init__(self, handle: Callable[[HttpRequest], HttpResponse]) -> None:
        """Let functions ask *handle*, a method of the platform, which is not kept alive by that."""
        self._handle = _weak(handle)
        self._projects: list[Project] = []

    def deploy_folder(self, folder: Path, account: Account, allow_hosts: Iterable[str]) -> list[DeployedFunction]:
        """Deploy the functions of *folder* to *account*; `FakePlatform.deploy_folder` explains it."""
        from lpfunctions.testing.javascript.deployment import Deployment
        from lpfunctions.testing.javascript.folders import read_folder

        deployment = Deployment(list(read_folder(folder)), account, self._handle, _checked(allow_hosts))
        self._projects.append(deployment.project)
        weakref.finalize(self, deployment.project.close)
        return deployment.deploy()

    def close(self) -> None:
        """End the functions that run; a further call starts them again."""
        for project in self._projects:
            project.close()


def _weak(handle: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    reference = weakref.WeakMethod(handle)

    def ask(request: HttpRequest) -> HttpResponse:
        alive = reference()
        if alive is None:
            raise FaaSConnectionError("the platform is gone", delivered="no")
        return alive(request)

    return ask


def _checked(hosts: Iterable[str]) -> tuple[str, ...]:
    if isinstance(hosts, str):
        raise FaaSConfigurationError(f"allow_hosts must be a list of hosts: write allow_hosts=[{quoted(hosts)}]")
    return tuple(map(_checked_host, hosts))


def _checked_host(host: object) -> str:
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        raise FaaSConfigurationError(
            "allow_hosts takes hosts without scheme and port, such as 'api.example.com' or '*.example.com', "
            f"not {quoted(host)}"
        )
    return host.lower()
