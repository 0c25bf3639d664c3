"""The part of `FakePlatform` that runs functions in JavaScript; the rest is loaded when the first is deployed."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import os

    from lpfunctions.testing.javascript.runtime import NodeRuntime
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction


class RunsJavaScript:
    """A part of `FakePlatform`.

    Attributes:
        account: the account that is meant when none is named.
    """

    account: Account
    _node_runtime: NodeRuntime | None = None

    def deploy_folder(self, folder: str | os.PathLike[str], account: Account | None = None) -> list[DeployedFunction]:
        """Deploy functions in JavaScript, from a folder laid out as LivePerson's CLI lays it out.

        Each ``functions/<name>/index.js`` is one function: on V1 ``lambda(input, callback)``, on V2 ``async function
        lambda(input)``. ``config.json`` beside it may name it (``name``, ``event``, ``description``, ``skills``,
        ``environmentVariables``). Node runs them, in a process of its own that `close` ends. Code that requires
        LivePerson's toolbelt finds the one that the CLI put into ``bin`` beside ``functions``, or one in a
        ``node_modules``.

        Args:
            folder: the one that holds ``functions``, or that folder itself.
            account: to deploy to; default the first.

        Raises:
            FaaSConfigurationError: no function is there, a configuration cannot be read, or Node is missing.
        """
        from lpfunctions.testing.javascript.deployment import deploy_folder

        return deploy_folder(Path(folder), account or self.account, self._node())

    def _node(self) -> NodeRuntime:
        from lpfunctions.testing.javascript.runtime import NodeRuntime, node_program

        if self._node_runtime is None:
            self._node_runtime = NodeRuntime(node_program())
            weakref.finalize(self, self._node_runtime.stop)
        return self._node_runtime

    def close(self) -> None:
        """End the Node process, if functions in JavaScript run; a further call starts it again."""
        if self._node_runtime is not None:
            self._node_runtime.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
