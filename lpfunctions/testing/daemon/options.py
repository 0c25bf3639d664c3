"""The options of the program, for both commands that start it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from lpfunctions.core.redaction import quoted

DEFAULT_ACCOUNT: Final = "12345678"
_PORTS: Final = range(65536)


def parser_for(program: str) -> argparse.ArgumentParser:
    """Return the parser; *program* is what help and mistakes call it."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="LivePerson Functions on this machine: no account, no network. Runs until Ctrl-C.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all; default: 127.0.0.1")
    parser.add_argument(
        "--port", type=_port, default=None, help="to listen on; default: a free one, 443 with --real-hosts"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests whose Host or Origin has this name too, such as that of a container; may be repeated. "
        "Others than loopback are refused, because a web page may have sent them",
    )
    parser.add_argument(
        "--account",
        action="append",
        type=_account,
        default=[],
        metavar="ID[=VERSION]",
        help=f"an account, such as 4711 or 4711=v1; the first is that of the exports; default: {DEFAULT_ACCOUNT}",
    )
    parser.add_argument(
        "--platform-version", choices=["v1", "v2"], default="v2", help="of accounts without one; default: v2"
    )
    parser.add_argument(
        "--functions",
        type=Path,
        metavar="PATH",
        help="a Python file that defines deploy(platform), or a folder as FOLDER",
    )
    parser.add_argument(
        "--allow-outbound",
        action="append",
        default=[],
        metavar="HOST",
        help="let functions in JavaScript connect to this host, or to all below a domain as '*.example.com'; may be "
        "repeated. LivePerson's hosts lead back to the emulator, and other connections fail",
    )
    parser.add_argument("--reload", action="store_true", help="deploy anew when a file of the functions changes")
    parser.add_argument(
        "--tls",
        nargs="?",
        const="",
        metavar="PEM",
        help="speak HTTPS with the key and certificate of this file; without a file, with a certificate for this run",
    )
    parser.add_argument(
        "--real-hosts",
        action="store_true",
        help="answer under the platform's own names, such as api.liveperson.net, with a certificate of an authority of "
        "this run, for clients that cannot be pointed elsewhere; the hosts file has to lead them here",
    )
    parser.add_argument(
        "--journal-bytes",
        type=_count,
        default=128 * 1024 * 1024,
        metavar="N",
        help="how much the journal keeps of requests and answers; default: 128 MiB",
    )
    parser.add_argument("--access-log", action="store_true", help="a line for each request, on stderr")
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="functions in JavaScript, as LivePerson's CLI lays them out: functions/<name>/index.js; needs Node",
    )
    return parser


def _account(text: str) -> tuple[str, str | None]:
    account_id, _, version = text.partition("=")
    if not account_id or version not in {"", "v1", "v2"}:
        raise argparse.ArgumentTypeError(f"an account is ID, ID=v1 or ID=v2, not {quoted(text)}")
    return account_id, version or None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number from 0 is needed, not {quoted(text)}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {quoted(text)}")
    return int(text)
