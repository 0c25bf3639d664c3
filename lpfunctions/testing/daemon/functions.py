"""Functions of a Python file or of a folder of JavaScript, deployed anew when a file changes."""

from __future__ import annotations

import runpy
import threading
import traceback
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lpfunctions.testing.platform import DeployedFunction, FakePlatform

_UNWATCHED: Final = frozenset({"node_modules", "__pycache__", ".git"})

_EXAMPLE: Final = "def deploy(platform): platform.function(name='greet')(lambda given: f'Hello {given.payload}')"


class DeployedPath:
    """The functions in *path*, deployed to *platform*."""

    def __init__(self, platform: FakePlatform, path: Path, allow_hosts: Sequence[str] = ()) -> None:
        """Deploy; functions in JavaScript may connect to *allow_hosts*.

        Raises:
            FaaSConfigurationError: there is nothing to deploy, or it cannot be.
        """
        self._platform = platform
        self._path = path
        self._allow_hosts = allow_hosts
        self._seen = self._state()
        self._deployed: list[DeployedFunction] = []
        self._lock = threading.Lock()
        self.deploy()

    def reload_if_changed(self, tell: Callable[[str], None]) -> None:
        """Deploy again if a file has changed, and report it. What was deployed stays if that fails."""
        seen = self._state()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._platform.close()  # Node reads a file once
            self.deploy()
        except FaaSConfigurationError as unfit:
            tell(f"not reloaded: {unfit}")
        else:
            tell(f"reloaded {self._path}")

    def deploy(self) -> None:
        """Deploy, and undeploy what the last deployment had and this one does not.

        Raises:
            FaaSConfigurationError: it cannot be; the functions are then those of before.
        """
        with self._lock:  # a reset and a reload come from two threads
            self._deploy()

    def _deploy(self) -> None:
        before = self._functions()
        restores = [account.functions.saved() for account in self._platform.accounts.values()]
        try:
            self._deploy_path()
        except FaaSConfigurationError:
            for restore in restores:
                restore()
            raise
        deployed = [function for function in self._functions() if function not in before]
        for account in self._platform.accounts.values():
            for function in self._deployed:
                account.functions.remove(function)  # unless it was replaced
        self._deployed = deployed

    def _functions(self) -> list[DeployedFunction]:
        return [function for account in self._platform.accounts.values() for function in account.functions]

    def _deploy_path(self) -> None:
        if self._path.suffix == ".py":
            _deploy_file(self._path, self._platform)
        else:
            self._platform.deploy_folder(self._path, allow_hosts=self._allow_hosts)

    def _state(self) -> dict[str, tuple[int, int]]:
        """Return when each file was written, and how long it is."""
        return {str(path): (stat.st_mtime_ns, stat.st_size) for path in self._files() if (stat := path.stat())}

    def _files(self) -> list[Path]:
        if not self._path.is_dir():
            return [self._path] if self._path.exists() else []
        return [
            path
            for path in self._path.rglob("*")
            if path.is_file() and not _UNWATCHED.intersection(path.relative_to(self._path).parts)
        ]


def _deploy_file(path: Path, platform: FakePlatform) -> None:
    if not path.is_file():
        raise FaaSConfigurationError(f"there is no file {quoted(path)}")
    try:
        deploy: Any = runpy.run_path(str(path)).get("deploy")
        _check_deploy(deploy, path)
        deploy(platform)
    except FaaSConfigurationError:
        raise
    except Exception as failed:
        place = traceback.extract_tb(failed.__traceback__)[-1]
        raise FaaSConfigurationError(
            f"{quoted(path)} cannot be deployed: {type(failed).__name__}: {failed} (line {place.lineno})"
        ) from failed


def _check_deploy(deploy: object, path: Path) -> None:
    if not callable(deploy):
        raise FaaSConfigurationError(f"{quoted(path)} must define deploy, such as: {_EXAMPLE}")
