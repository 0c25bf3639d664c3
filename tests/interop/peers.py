"""Clients and tools as subprocesses, each in a network where the platform answers on LivePerson's hosts."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import trustme

from lpfunctions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.testing import FakePlatform, RecordedRequest

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "liveperson-functions-client"

HOSTS = (
    "adminlogin.liveperson.net",
    "api.liveperson.net",
    "va.agentvep.liveperson.net",
    "va.faasgw.liveperson.net",
    "va.faasui.liveperson.net",
    "va.fninvocations.liveperson.net",
    "va.functions.liveperson.net",
    "va.sentinel.liveperson.net",
)

_AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
_UNSHARE = ("unshare", *_AS_ROOT, "--net", "--mount")


def node() -> str | None:
    """The Node program, or None."""
    return shutil.which("node")


@cache
def may_have_a_network_of_its_own() -> bool:
    """Does this machine allow network namespaces? Some containers do not."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        [*_UNSHARE, "mount", "--bind", "/dev/null", "/etc/hosts"], capture_output=True, check=False, timeout=10
    )
    return tried.returncode == 0


@dataclass(frozen=True)
class Called:
    """One call of one client.

    Attributes:
        outcome: what its user saw.
        requests: what the platform saw.
    """

    outcome: dict[str, Any]
    requests: list[RecordedRequest]


class Peer:
    """A driver, and the platform at its ports."""

    def __init__(self, platform: FakePlatform, command: Sequence[str], *, own_network: bool) -> None:
        self._platform = platform
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        authority = trustme.CA()
        self._trusted = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self._trusted))
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        self._context.load_cert_chain(folder / "server.pem")
        self._hosts = folder / "hosts"
        self._hosts.write_text("".join(f"127.0.0.1 {host}\n" for host in ("localhost", *HOSTS)))
        self._process = self._isolated(command) if own_network else self._with_redirected_ports(command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._stack.close()

    def call(self, **call: Any) -> Called:
        """Let the client make one call, and say what became of it."""
        before = len(self._platform.requests)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the driver ended with {self._process.wait(10)}"
        return Called(json.loads(line), self._platform.requests[before:])

    def _isolated(self, command: Sequence[str]) -> subprocess.Popen[str]:
        ours, its = socket.socketpair()
        with ours, its:
            wrapped = [
                *_UNSHARE, sys.executable, str(HERE / "own_network.py"), str(its.fileno()), str(self._hosts), *command,
            ]  # fmt: skip
            process = self._start(wrapped, pass_fds=(its.fileno(),))
            its.close()
            _, descriptors, _, _ = socket.recv_fds(ours, 1, 2)
        assert len(descriptors) == 2, f"no network: {process.wait(10)}"
        self._serve(*(socket.socket(fileno=descriptor) for descriptor in descriptors))
        return process

    def _with_redirected_ports(self, command: Sequence[str]) -> subprocess.Popen[str]:
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        ports = (listener.getsockname()[1] for listener in listeners)
        self._serve(*listeners)
        return self._start(command, PORTS=json.dumps(dict(zip(("80", "443"), ports, strict=True))))

    def _serve(self, plain: socket.socket, secure: socket.socket) -> None:
        for listener, context in ((plain, None), (secure, self._context)):
            emulator = Emulator(self._platform, listener=listener, ssl_context=context, real_hosts=True)
            self._stack.enter_context(emulator)

    def _start(self, command: Sequence[str], pass_fds: Sequence[int] = (), **more: str) -> subprocess.Popen[str]:
        trust = {"NODE_EXTRA_CA_CERTS": str(self._trusted), "SSL_CERT_FILE": str(self._trusted)}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=pass_fds,
            env={**os.environ, **trust, **more}, cwd=HERE,
        )  # fmt: skip


def node_peer(platform: FakePlatform, *, own_network: bool) -> Peer:
    """The reference client."""
    preload = () if own_network else ("--require", str(HERE / "ports.cjs"))
    command = (node() or "node", *preload, str(HERE / "node_driver.cjs"))
    return Peer(platform, command, own_network=own_network)


def python_peer(platform: FakePlatform, *, own_network: bool) -> Peer:
    """Our client, with no option that would lead it here."""
    return Peer(platform, (sys.executable, str(HERE / "python_driver.py")), own_network=own_network)


def async_python_peer(platform: FakePlatform, *, own_network: bool) -> Peer:
    """Our async client."""
    return Peer(platform, (sys.executable, str(HERE / "python_driver.py"), "async"), own_network=own_network)


def command_peer(platform: FakePlatform, *, own_network: bool) -> Peer:
    """Any command, started anew for each call."""
    return Peer(platform, (sys.executable, str(HERE / "command_driver.py")), own_network=own_network)
