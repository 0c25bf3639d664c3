"""The screens in docs/cli.md are what the commands print, but for times, ports and versions.

`LPFUNCTIONS_WRITE_SCREENS=1 pytest tests/examples/test_command_screens.py` writes them.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.commands import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput

pytestmark = pytest.mark.sockets

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
SCREEN = re.compile(r"<!-- screen: ([^\n]*) -->\n```text\n(.*?)```", re.DOTALL)
PLACEHOLDER = "1fc2a3b4"  # of the function's UUID


def screens() -> list[str]:
    return [match[1] for match in SCREEN.finditer(DOCUMENT.read_text())]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[tuple[Shell, str]]:
    platform = FakePlatform()

    @platform.function(name="order-status")
    def order_status(given: FunctionInput) -> str:
        return {"A-1": "shipped", "A-2": "packed"}[given.payload["order"]]

    platform.function(name="greet", event_id="conversational_command")(lambda _given: "Hello")
    platform.function(name="draft", state="Draft")(lambda _given: None)
    with Emulator(platform) as emulator:
        here = Shell(tmp_path / "work", emulator.environment())
        here.write("orders.jsonl", "".join(f'{{"order": "A-{number}"}}\n' for number in (1, 2, 3) for _ in range(20)))
        yield here, order_status.uuid


@pytest.mark.parametrize("command", screens())
def test_a_screen_is_what_the_command_prints(command: str, shell: tuple[Shell, str]) -> None:
    here, uuid = shell
    words = shlex.split(command)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        here.variables[name] = value
    assert words[0] == "lpfunctions"
    ended = here.run(*(uuid if word == PLACEHOLDER else word for word in words[1:]))
    printed = _tidied(ended.err + ended.out)
    if os.environ.get("LPFUNCTIONS_WRITE_SCREENS"):
        _write(command, printed)
    (shown,) = (match[2] for match in SCREEN.finditer(DOCUMENT.read_text()) if match[1] == command)
    assert _masked(shown) == _masked(printed)


def _tidied(printed: str) -> str:
    """Return *printed* as it is shown: without blanks at the ends, and with a port that stays."""
    lines = (line.rstrip() for line in re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8901", printed).strip().splitlines())
    return "".join(f"{line}\n" for line in lines)


def _masked(screen: str) -> list[str]:
    """Return the lines without what differs from run to run: how long things took."""
    lines = [line for line in screen.splitlines() if not line.lstrip().startswith("up to ")]
    assert len(lines) < len(screen.splitlines()) or "records" not in screen
    masked = [re.sub(r"[\d.,]+ m?s\b|\([\d,]+ a second\)", "#", line) for line in lines]
    masked = [re.sub(r"(milliseconds|skew_seconds): .*", r"\1: #", line) for line in masked]
    return [re.sub(r'"(elapsed_seconds|latency_seconds|histogram)":.*', "…", line) for line in masked]


def _write(command: str, printed: str) -> None:
    def replaced(match: re.Match[str]) -> str:
        shown = printed if match[1] == command else match[2]
        return f"<!-- screen: {match[1]} -->\n```text\n{shown}```"

    DOCUMENT.write_text(SCREEN.sub(replaced, DOCUMENT.read_text()))
