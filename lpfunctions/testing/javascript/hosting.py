"""What runs functions in JavaScript for one platform; the rest is loaded when the first is deployed."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing.javascript.runtime import NodeRuntime
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction


class JavaScriptHosting:
    """Deploys folders of functions, and keeps the Node process that runs them."""

    def __init__(self) -> None:
        self._runtime: NodeRuntime | None = None

    def deploy_folder(self, folder: Path, account: Account) -> list[DeployedFunction]:
        """Deploy the functions of *folder* to *account*; `FakePlatform.deploy_folder` explains it."""
        from lpfunctions.testing.javascript.deployment import deploy_folder

        return deploy_folder(folder, account, self._started())

    def close(self) -> None:
        """End Node, if it runs; a further call starts it again."""
        if self._runtime is not None:
            self._runtime.stop()

    def _started(self) -> NodeRuntime:
        from lpfunctions.testing.javascript.runtime import NodeRuntime, node_program

        if self._runtime is None:
            self._runtime = NodeRuntime(node_program())
            weakref.finalize(self, self._runtime.stop)
        return self._runtime
