"""One Node process, which runs many calls at a time.

It starts with the first call, starts again when it has died or hangs, and ends when this process does.
"""

from __future__ import annotations

import itertools
import math
import shutil
import subprocess
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.javascript.channel import Channel, Listener
from lpfunctions.testing.platform.functions.workers import run_in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lpfunctions.testing.javascript.definition import Definition

_HOST: Final = Path(__file__).parent / "node" / "host.cjs"
_OPTIONS: Final = ("--experimental-vm-modules", "--no-warnings")
_PATIENCE_SECONDS: Final = 2.0
"""How long Node may take to end once its channel is closed."""
_START_SECONDS: Final = 30.0
"""How long Node may take to start, on a busy machine."""
_MOST_SILENCES: Final = 3
"""After so many silences in a row, in each of which it was asked for a sign of life, Node hangs."""

Ending = dict[str, Any]
"""How a call ended, as host.cjs says it: ``ending``, ``logs``, and ``value`` or ``failure``."""

_DIED: Final[Ending] = {
    "ending": "failed",
    "logs": [],
    "failure": {"name": "Error", "message": "Node ended or hung during the call", "stack": "", "crashed": True},
    "wrong": {"message": "Node ended or hung", "line": None},
}


class NodeRuntime:
    """Runs functions; safe to call from many threads."""

    def __init__(self, program: str | None = None, *, silence_seconds: float = 5.0) -> None:
        """Prepare; nothing is started yet.

        Args:
            program: the Node program; by default the ``node`` on the path.
            silence_seconds: Node is asked for a sign of life when it sends nothing for so long during a call, and
                ended when it gives none three times in a row.
        """
        self._program = program
        self._silence_seconds = silence_seconds
        self._lock = threading.Lock()
        self._ids = itertools.count()
        self._folder = _HOST.parent
        self._process: _Process | None = None

    def begin(
        self,
        definition: Definition,
        given: Mapping[str, Any],
        limit_seconds: float,
        settle: Callable[[Ending], None],
    ) -> None:
        """Start a call; *settle* is told how it ended, from any thread, and must not raise.

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
            process.define(definition)
        process.ask(call, request, settle)

    def check(self, definition: Definition, settle: Callable[[Ending], None]) -> None:
        """Begin to read the code of *definition*; *settle* is told the mistake as ``wrong``, or None there.

        Raises:
            FaaSConfigurationError: Node is missing, or does not start.
        """
        check = next(self._ids)
        with self._lock:
            process = self._running()
        process.ask(check, {"check": check, **definition.code()}, settle)

    def enter(self, folder: Path) -> None:
        """Make *folder* the working directory of Node."""
        with self._lock:
            self._folder = folder
            if self._process is not None:
                self._process.send({"enter": str(folder)})

    def forget(self, keys: Iterable[int]) -> None:
        """End the instances of the functions with these *keys*; calls in them fail."""
        with self._lock:
            if self._process is not None:
                self._process.forget(keys)

    def stop(self) -> None:
        """End Node, and every call in it. The next call starts it again."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.stop()

    def leave_to_parent(self) -> object:
        """In the child of a fork: use a Node process of its own. Return the parent's, which must be kept alive."""
        self._lock = threading.Lock()
        process, self._process = self._process, None
        return process

    @property
    def process_id(self) -> int | None:
        """Of the running Node, or None."""
        return self._process.popen.pid if self._process else None

    def _running(self) -> _Process:
        if self._process is None or not self._process.is_alive:
            if self._process is not None:
                self._process.stop()
            self._process = _Process(self._program or node_program(), self._folder, self._silence_seconds)
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


class _Process:
    """One Node process."""

    def __init__(self, program: str, folder: Path, silence_seconds: float) -> None:
        self.popen, self._channel = _started(program, folder, silence_seconds)
        self._defined: dict[int, Definition] = {}
        self._calls: dict[int, Callable[[Ending], None]] = {}
        self._ended = False
        self._calls_lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, name="lpfunctions-node", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Does it still take calls?"""
        return not self._ended and self.popen.poll() is None

    def define(self, definition: Definition) -> None:
        """Make *definition* known, once."""
        if definition.key not in self._defined:
            self._defined[definition.key] = definition
            self.send({"define": definition.key, **definition.as_message()})

    def forget(self, keys: Iterable[int]) -> None:
        """Undo `define`."""
        known = [key for key in keys if self._defined.pop(key, None) is not None]
        if known:
            self.send({"forget": known})

    def ask(self, call: int, request: Mapping[str, Any], settle: Callable[[Ending], None]) -> None:
        """Send *request*; *settle* is told the response."""
        with self._calls_lock:
            self._calls[call] = settle
        if not self.send(request) or self._ended:
            self._abandon()

    def send(self, message: Mapping[str, Any]) -> bool:
        """Write one message; return False if Node has ended."""
        return self._channel.send(message)

    def stop(self) -> None:
        """Close its channel, which ends it; kill it if that does not help."""
        self._channel.hang_up()
        try:
            self.popen.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self._reader.join()

    def _read(self) -> None:
        try:
            self._read_endings()
        finally:
            self._ended = True
            self._channel.close()
            self.popen.kill()  # it may hang; does nothing to one that has ended
            self._abandon()

    def _read_endings(self) -> None:
        silences = 0
        for message in self._channel.messages():
            if message is None:
                silences = silences + 1 if self._calls else 0
                if silences >= _MOST_SILENCES or not self.send({"alive": True}):
                    return
                continue
            silences = 0
            if "asked" in message:
                self._answer(message)
                continue
            call = message.pop("call", None)
            with self._calls_lock:
                settle = self._calls.pop(call, None)
            if settle is not None:
                settle(message)

    def _answer(self, message: dict[str, Any]) -> None:
        """Let the platform answer what a function asks it; in another thread, because it may run other functions."""
        definition = self._defined.get(message["function"])
        if definition is not None:  # else its platform is closed
            run_in_thread(lambda: self._send_answer(definition, message))

    def _send_answer(self, definition: Definition, message: dict[str, Any]) -> None:
        self.send({"asked": message["asked"], "response": definition.answer(message["request"])})

    def _abandon(self) -> None:
        with self._calls_lock:
            left, self._calls = self._calls, {}
        for settle in left.values():
            settle(_DIED)


def _started(program: str, folder: Path, silence_seconds: float) -> tuple[subprocess.Popen[bytes], Channel]:
    with closing(Listener()) as listener:
        popen = _launched(program, folder)
        assert popen.stdin is not None
        try:
            with popen.stdin:
                popen.stdin.write(listener.greeting)
            connection = listener.accept(_START_SECONDS, lambda: popen.poll() is None)
        except OSError as silent:
            popen.kill()
            popen.wait()
            raise FaaSConfigurationError(
                f"{program} started, and does not connect: is it Node 18 or newer?"
            ) from silent
    return popen, Channel(connection, silence_seconds)


def _launched(program: str, folder: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 (Node, with a program of ours)
            [program, *_OPTIONS, str(_HOST)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder if folder.is_dir() else None,
        )
    except OSError as refused:
        raise FaaSConfigurationError(f"Node does not start: {refused}") from refused
