"""One Node process per platform, kept warm: many calls in flight, JSON lines over its standard streams.

The process starts with the first call, starts again when it has died, and ends when its platform does.
"""

from __future__ import annotations

import itertools
import math
import shutil
import subprocess
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST: Final = Path(__file__).with_name("host.cjs")
_OPTIONS: Final = ("--experimental-vm-modules", "--no-warnings")
_PATIENCE_SECONDS: Final = 2.0
"""How long Node may take to end once its input is closed."""

Ending = dict[str, Any]
"""How a call ended, as host.cjs says it: ``ending``, ``logs``, and ``value`` or ``failure``."""

_DIED: Final[Ending] = {
    "ending": "failed",
    "logs": [],
    "failure": {"name": "Error", "message": "Node ended during the call", "stack": "", "crashed": True},
}


class Definition(NamedTuple):
    """The code of one function.

    Attributes:
        key: tells it from every other that this runtime has seen.
        file: where its ``require`` starts to look; its name in stack traces.
        source: JavaScript.
        generation: ``v1`` (callback) or ``v2`` (promise).
    """

    key: int
    file: Path
    source: str
    generation: str


class NodeRuntime:
    """Runs functions; safe to call from many threads."""

    def __init__(self, program: str | None = None) -> None:
        """Prepare; nothing is started yet.

        Args:
            program: the Node program; by default the ``node`` on the path.
        """
        self._program = program
        self._lock = threading.Lock()
        self._ids = itertools.count()
        self._process: _Process | None = None

    def begin(
        self, definition: Definition, environment: Mapping[str, str], given: Mapping[str, Any], limit_seconds: float
    ) -> Future[Ending]:
        """Start a call.

        Raises:
            FaaSConfigurationError: Node is missing, or does not start.
        """
        call = next(self._ids)
        request = {
            "call": call,
            "function": definition.key,
            "input": given,
            "limitMs": None if math.isinf(limit_seconds) else max(1, round(limit_seconds * 1000)),
        }
        with self._lock:
            process = self._running()
            if definition.key not in process.defined:
                process.defined.add(definition.key)
                process.send(_defining(definition, environment))
            return process.ask(call, request)

    def stop(self) -> None:
        """End Node, and every call in it. The next call starts it again."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.stop()

    @property
    def process_id(self) -> int | None:
        """Of the running Node, or None."""
        return self._process.popen.pid if self._process else None

    def _running(self) -> _Process:
        if self._process is None or not self._process.is_alive:
            if self._process is not None:
                self._process.stop()
            self._process = _Process(self._program or node_program())
        return self._process


def node_program() -> str:
    """Return the path of Node.

    Raises:
        FaaSConfigurationError: there is none.
    """
    program = shutil.which("node")
    if program is None:
        raise FaaSConfigurationError(
            "functions in JavaScript need Node 18 or newer, and there is no 'node' on the PATH; install it, or deploy "
            "Python callables with @platform.function"
        )
    return program


def _defining(definition: Definition, environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        "define": definition.key,
        "file": str(definition.file),
        "source": definition.source,
        "generation": definition.generation,
        "env": dict(environment),
    }


class _Process:
    """One life of Node."""

    def __init__(self, program: str) -> None:
        try:
            self.popen = subprocess.Popen(  # noqa: S603 (Node, with a program of ours)
                [program, *_OPTIONS, str(_HOST)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as refused:
            raise FaaSConfigurationError(f"Node does not start: {refused}") from refused
        self.defined: set[int] = set()
        self._calls: dict[int, Future[Ending]] = {}
        self._ended = False
        self._calls_lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, name="lpfunctions-node", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Does it still take calls?"""
        return not self._ended and self.popen.poll() is None

    def ask(self, call: int, request: Mapping[str, Any]) -> Future[Ending]:
        """Send *request*; its answer will settle the future."""
        future: Future[Ending] = Future()
        with self._calls_lock:
            self._calls[call] = future
        if not self.send(request) or self._ended:
            self._abandon()
        return future

    def send(self, message: Mapping[str, Any]) -> bool:
        """Write one line; False if nobody reads it any more."""
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(to_json(message) + b"\n")
            self.popen.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def stop(self) -> None:
        """Close its input, which ends it; kill it if that does not help."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        with suppress(OSError):  # what was left to write has no reader
            self.popen.stdin.close()
        try:
            self.popen.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self._reader.join()
        self.popen.stdout.close()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            ending: Ending = from_json(line)
            with self._calls_lock:
                future = self._calls.pop(ending.pop("call"), None)
            _settle(future, ending)
        self._ended = True
        self._abandon()

    def _abandon(self) -> None:
        with self._calls_lock:
            left, self._calls = self._calls, {}
        for future in left.values():
            _settle(future, _DIED)


def _settle(future: Future[Ending] | None, ending: Ending) -> None:
    # A caller who gave up has cancelled it.
    if future is not None and future.set_running_or_notify_cancel():
        future.set_result(ending)
