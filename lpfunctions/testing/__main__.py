"""The emulator from a shell: `python -m lpfunctions.testing`.

What it prints is itself a piece of shell: the exports, and comments.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted
from lpfunctions.testing.emulator.emulator import Emulator
from lpfunctions.testing.platform import FakePlatform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PORTS: Final = range(65536)

_TURN_SECONDS: Final = 0.5
"""A signal that arrives just before a sleep begins does not shorten it: it is noticed at the end of this one."""


def main(arguments: Sequence[str] | None = None, program: str = "python -m lpfunctions.testing") -> int:
    """Serve until Ctrl-C or SIGTERM; 2 with a sentence on stderr if that cannot work."""
    parser = _parser(program)
    given = parser.parse_args(arguments)
    with FakePlatform(platform_version=given.platform_version) as platform:
        try:
            if given.folder is not None:
                platform.deploy_folder(given.folder)
            emulator = Emulator(platform, port=given.port, allow_hosts=given.allow_host).start()
        except FaaSConfigurationError as unfit:
            parser.error(str(unfit))
        except OSError as closed:
            parser.error(f"port {given.port} of 127.0.0.1 cannot be opened: {closed.strerror}")
        with emulator:
            _serve(emulator)
    return 0


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="LivePerson Functions on this machine: no account, no network. Runs until Ctrl-C.",
    )
    parser.add_argument("--port", type=_port, default=0, help="of 127.0.0.1, to listen on; default: a free one")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests whose Host or Origin has this name too, such as that of a container; may be repeated. "
        "Others than loopback are refused, because a web page may have sent them",
    )
    parser.add_argument("--platform-version", choices=["v1", "v2"], default="v2", help="default: v2")
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help="functions in JavaScript, as LivePerson's CLI lays them out: functions/<name>/index.js; needs Node",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {quoted(text)}")
    return int(text)


def _serve(emulator: Emulator) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as `kill` and containers end a program
    try:
        sys.stdout.write("".join(f"{line}\n" for line in _greeting(emulator)))
        sys.stdout.flush()
        while True:
            time.sleep(_TURN_SECONDS)
    except KeyboardInterrupt:
        pass


def _greeting(emulator: Emulator) -> Iterator[str]:
    for name, value in emulator.environment().items():
        yield f"export {name}={shlex.quote(value)}"
    for function in emulator.platform.functions:
        event = f", event {quoted(function.event_id)}" if function.event_id else ""
        yield f"# function {quoted(function.name)}{event}: {function.uuid}"
    yield f"# status page: {emulator.url}"
    yield "# Ctrl-C ends it"


if __name__ == "__main__":
    sys.exit(main())
