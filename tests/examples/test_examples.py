"""The examples do what they say, as a user would run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sockets


EXAMPLES = Path(__file__).parents[2] / "examples"


# Deadlines are judged to a tenth of a second, which a machine that runs two suites at a time does not always keep. The
# example leaves the sending to RequestsTransport, and tests/contract holds that to them.
_SELECTED = "not deadline"


def run_tests_of(example: str, *arguments: str, selected: str = "") -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "lpfunctions",
            "-p",
            "no:cacheprovider",
            "-k",
            selected,
            *arguments,
        ],
        cwd=EXAMPLES / example,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout


def test_adapters_of_a_users_own_are_held_to_the_contracts() -> None:
    run_tests_of("own_adapters", selected=_SELECTED)


def test_they_are_beside_the_plugin_that_the_documentation_names_for_async_tests() -> None:
    run_tests_of("own_adapters", "-p", "pytest_asyncio", selected="not TestCountingTransport")


@pytest.mark.parametrize("example", ["web_service", "worker", "notebook"])
def test_a_program_that_uses_the_client_passes_its_own_tests(example: str) -> None:
    """FastAPI with 200 accounts, a Celery worker whose failures are JSON, a notebook with ``await`` in its cells."""
    run_tests_of(example)


@pytest.mark.skipif(shutil.which("node") is None, reason="runs tests of a Node program")
def test_a_node_program_is_tested_against_an_emulator_that_its_tests_start() -> None:
    ended = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "emulator.test.mjs"],
        cwd=EXAMPLES / "emulator",
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "# pass 3" in ended.stdout
