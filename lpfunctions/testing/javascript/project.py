"""The functions of one folder on one platform, and Node while they are used."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.javascript.pool import pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lpfunctions.testing.javascript.definition import Definition
    from lpfunctions.testing.javascript.runtime import Ending, NodeRuntime


class Project:
    """Runs functions of one folder; safe to call from many threads."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is started yet."""
        self._folder = folder
        self._lock = threading.Lock()
        self._runtime: NodeRuntime | None = None
        self._keys: set[int] = set()

    def check(self, definitions: Sequence[Definition]) -> None:
        """Let Node read the code of *definitions*.

        Raises:
            FaaSConfigurationError: it cannot be read; the message says where, and why. Or Node is missing.
        """
        runtime = self._acquired()
        for definition, reading in [(each, _reading(each, runtime)) for each in definitions]:
            wrong = reading.result()["wrong"]
            if wrong is not None:
                line = f" (line {wrong['line']})" if wrong["line"] else ""
                raise FaaSConfigurationError(f"{definition.file} cannot be deployed: {wrong['message']}{line}")

    def begin(
        self,
        definition: Definition,
        given: Mapping[str, Any],
        limit_seconds: float,
        settle: Callable[[Ending], None],
    ) -> None:
        """Start a call; as `NodeRuntime.begin`."""
        self._acquired(definition.key).begin(definition, given, limit_seconds, settle)

    def close(self) -> None:
        """End the instances of its functions; a further call starts them again."""
        with self._lock:
            runtime, self._runtime = self._runtime, None
            keys, self._keys = self._keys, set()
        if runtime is not None:
            runtime.forget(keys)
            pool.release(runtime)

    def _acquired(self, *keys: int) -> NodeRuntime:
        with self._lock:
            if self._runtime is None:
                self._runtime = pool.acquire(self._folder)
            self._keys.update(keys)
            return self._runtime


def _reading(definition: Definition, runtime: NodeRuntime) -> Future[Ending]:
    reading: Future[Ending] = Future()
    runtime.check(definition, reading.set_result)
    return reading
