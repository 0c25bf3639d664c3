"""Serve until Ctrl-C or SIGTERM. The output is shell code: exports and comments."""

from __future__ import annotations

import shlex
import signal
import socket
import sys
import time
from contextlib import ExitStack
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted
from lpfunctions.testing.daemon.functions import DeployedPath
from lpfunctions.testing.daemon.options import DEFAULT_ACCOUNT, parser_for
from lpfunctions.testing.daemon.real_hosts import HTTPS_PORT, platform_names, told
from lpfunctions.testing.daemon.tls import context_for_this_run, context_of
from lpfunctions.testing.emulator.emulator import Emulator
from lpfunctions.testing.emulator.serving import BACKLOG
from lpfunctions.testing.platform import FakePlatform

if TYPE_CHECKING:
    import argparse
    import ssl
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_TURN_SECONDS: Final = 0.5
"""A signal that arrives just before a sleep begins does not shorten it: it is noticed at the end of this one."""


def main(arguments: Sequence[str] | None = None, program: str = "python -m lpfunctions.testing") -> int:
    """Serve; return 2 with a sentence on stderr if that cannot work."""
    parser = parser_for(program)
    given = parser.parse_args(arguments)
    if given.functions is not None and given.folder is not None:
        parser.error("either --functions or FOLDER")
    with ExitStack() as opened:
        try:
            daemon = _Daemon(given, opened)
        except FaaSConfigurationError as unfit:
            parser.error(str(unfit))
        except OSError as closed:
            parser.error(f"port {_port_of(given)} of {given.host} cannot be opened: {closed.strerror or closed}")
        daemon.serve()
    return 0


class _Daemon:
    def __init__(self, given: argparse.Namespace, opened: ExitStack) -> None:
        self._platform = opened.enter_context(_platform_of(given))
        self._as_new = self._platform.snapshot()
        path: Path | None = given.functions or given.folder
        self._deployed = None if path is None else DeployedPath(self._platform, path, given.allow_outbound)
        self._reloads = given.reload
        self._authority: Path | None = None
        # What a client on this machine calls it.
        self._name = _shown_host(given.host)
        self._real_names = platform_names(self._platform) if given.real_hosts else []
        context = self._tls(given, opened)
        listener = _listener(given.host, _port_of(given))
        self._emulator = opened.enter_context(
            Emulator(
                self._platform,
                listener=listener,
                ssl_context=context,
                real_hosts=given.real_hosts,
                allow_hosts=given.allow_host,
                access_log=_say if given.access_log else None,
                reset=self._reset,
            )
        )
        self._url = f"{'https' if context else 'http'}://{self._name}:{listener.getsockname()[1]}"

    def serve(self) -> None:
        """Serve until a signal comes."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as `kill` and containers end a program
        try:
            sys.stdout.write("".join(f"{line}\n" for line in self._greeting()))
            sys.stdout.flush()
            while True:
                time.sleep(_TURN_SECONDS)
                if self._reloads and self._deployed is not None:
                    self._deployed.reload_if_changed(_say)
        except KeyboardInterrupt:
            pass

    def _reset(self) -> None:
        self._platform.restore(self._as_new)
        if self._deployed is not None:
            self._deployed.deploy()

    def _tls(self, given: argparse.Namespace, opened: ExitStack) -> ssl.SSLContext | None:
        if given.tls is None and not given.real_hosts:
            return None
        if given.tls:
            return context_of(given.tls)
        names = ["localhost", "127.0.0.1", "::1", self._name.strip("[]"), *given.allow_host, *self._real_names]
        context, self._authority = context_for_this_run(dict.fromkeys(names))
        opened.callback(self._authority.unlink, missing_ok=True)
        return context

    def _greeting(self) -> Iterator[str]:
        variables = self._emulator.environment() | self._variables()
        if self._real_names:
            del variables["LPFUNCTIONS_EMULATOR"]  # clients find the platform by its own names
        for name, value in variables.items():
            yield f"export {name}={shlex.quote(value)}"
        first, *others = self._platform.accounts.values()
        for account in others:
            yield f"# account {quoted(account.account_id)}, {account.platform_version.value}"
        for account in (first, *others):
            of = "" if account is first else f" of account {quoted(account.account_id)}"
            for function in account.functions:
                event = f", event {quoted(function.event_id)}" if function.event_id else ""
                yield f"# function {quoted(function.name)}{of}{event}: {function.uuid}"
        if self._real_names:
            yield from told(self._real_names, self._name.strip("[]"))
        yield f"# status page: {self._url}"
        yield "# Ctrl-C ends it"

    def _variables(self) -> dict[str, str]:
        variables = {"LPFUNCTIONS_EMULATOR": self._url}
        if not _is_loopback(self._name):
            variables["LPFUNCTIONS_ALLOW_INSECURE"] = "true"
        if self._authority is not None:
            variables["SSL_CERT_FILE"] = variables["NODE_EXTRA_CA_CERTS"] = str(self._authority)
        return variables


def _platform_of(given: argparse.Namespace) -> FakePlatform:
    (first, version), *others = given.account or [(DEFAULT_ACCOUNT, None)]
    usual: str = given.platform_version
    platform = FakePlatform(
        account_id=first, platform_version=version or usual, journal_limit_bytes=given.journal_bytes
    )
    for account_id, its_version in others:
        platform.add_account(account_id=account_id, platform_version=its_version or usual)
    return platform


def _port_of(given: argparse.Namespace) -> int:
    if given.port is not None:
        return int(given.port)
    return HTTPS_PORT if given.real_hosts else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "", "::"}:  # noqa: S104 (compared, not listened on)
        return "127.0.0.1" if host != "::" else "[::1]"
    return f"[{host}]" if ":" in host else host


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
