"""`python -m lpfunctions.testing`: the emulator without a program around it."""

from __future__ import annotations

import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lpfunctions import Client
from tests.support.javascript import needs_node, write

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

pytestmark = pytest.mark.sockets


COMMAND = (sys.executable, "-m", "lpfunctions.testing")
# A shell lets its background jobs ignore Ctrl-C, and whatever they start with them, such as these tests.
IN_THE_FOREGROUND = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('lpfunctions.testing', run_name='__main__')"
)


@contextmanager
def running(
    *arguments: str, command: tuple[str, ...] = COMMAND, end: signal.Signals = signal.SIGTERM
) -> Generator[list[str]]:
    """Start the emulator, give the lines that it prints until it is ready, and end it."""
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith("# Ctrl-C"):
                    break
            yield lines
        finally:
            process.send_signal(end)
            assert (process.wait(10), process.stdout.read(), process.stderr.read()) == (0, "", "")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_it_ends_without_a_word(end: signal.Signals) -> None:
    with running(command=(sys.executable, "-c", IN_THE_FOREGROUND), end=end) as lines:
        assert lines[-1] == "# Ctrl-C ends it"


def exported(lines: list[str]) -> dict[str, str]:
    pairs = (shlex.split(line)[1].partition("=") for line in lines if line.startswith("export "))
    return {name: value for name, _, value in pairs}


def lead_here(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    for name, value in exported(lines).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_client_of_the_printed_environment_is_answered(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running("--platform-version", version) as lines:
        lead_here(monkeypatch, lines)
        assert exported(lines)["LPFUNCTIONS_PLATFORM_VERSION"] == version
        with Client.from_env() as client:
            assert not client.is_implemented(event_id="conversational_command")


def test_the_status_page_is_where_it_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with running("--port", str(port)) as lines:
        assert f"# status page: http://127.0.0.1:{port}" in lines
        with urllib.request.urlopen(f"http://127.0.0.1:{port}") as page:
            assert page.status == 200


def test_it_answers_under_the_names_that_are_allowed() -> None:
    with running("--allow-host", "emulator", "--allow-host", "bots.test") as lines:
        url = exported(lines)["LPFUNCTIONS_EMULATOR"]
        for host in ("emulator:8080", "bots.test"):
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host})) as page:
                assert page.status == 200


class TestFolder:
    pytestmark = needs_node

    def test_functions_of_a_folder_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, "greet", "async function lambda(input) { return `Hello ${input.payload}`; }", event="e")
        with running(str(tmp_path)) as lines:
            lead_here(monkeypatch, lines)
            (line,) = [line for line in lines if line.startswith("# function")]
            assert line.startswith("# function 'greet', event 'e': ")
            with Client.from_env() as client:
                assert client.invoke(lambda_uuid=line.rpartition(" ")[2], payload="Ada").body == "Hello Ada"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--platform-version", "v3"], "invalid choice: 'v3'"),
        (["--port", "66000"], "--port: a port is a number from 0 to 65535, not '66000'"),
        (
            ["--allow-host", "http://bots.test"],
            "error: an allowed host is a name or an address without scheme and port",
        ),
        (["no-such-folder"], "error: there is no <name>/index.js under no-such-folder"),
    ],
    ids=["version", "port", "allowed host", "folder"],
)
def test_what_cannot_work_is_said_in_a_sentence(arguments: list[str], sentence: str) -> None:
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"error: port {port} of 127.0.0.1 cannot be opened: " in ended.stderr
