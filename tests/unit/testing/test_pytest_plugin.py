"""The plugin, as a user's own pytest run sees it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ASYNC = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")


def run(folder: Path, source: str, *options: str, passes: int = 1) -> str:
    """Run *source* with our plugin, and no other that happens to be installed, warnings as errors."""
    (folder / "test_user.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "lpfunctions", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{passes} passed" in ended.stdout
    return ended.stdout


def test_a_new_users_test_of_ten_lines_passes(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
def greet_customer(client, name):
    return client.invoke(event_id="conversational_command", payload={"name": name}).body[0]["result"]

def test_greeting(lp_platform, lp_client):
    @lp_platform.function(event_id="conversational_command")
    def greet(input):
        return {"hello": input.payload["name"]}

    assert greet_customer(lp_client, "Ada") == {"hello": "Ada"}
    lp_platform.requests.assert_invoked(greet, payload={"name": "Ada"})
""",
    )


def test_the_marker_sets_the_platform_up(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
import pytest
pytestmark = pytest.mark.lp_platform(platform_version="v1", account_id="first")

def test_module(lp_platform):
    assert (lp_platform.platform_version, lp_platform.account_id) == ("v1", "first")

@pytest.mark.lp_platform(account_id="second")
def test_closest(lp_platform):
    assert (lp_platform.platform_version, lp_platform.account_id) == ("v2", "second")
""",
        passes=2,
    )


def test_clients_go_over_http_when_the_emulator_is_used(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
import pytest

def test_memory(lp_platform, lp_client):
    lp_client.warm_up()
    assert lp_platform.requests[0].host == "api.liveperson.net"

def test_http(lp_emulator, lp_client):
    lp_client.warm_up()
    assert lp_emulator.platform.requests[0].host == lp_emulator.host

@pytest.mark.asyncio
async def test_http_async(lp_client, lp_async_client, lp_emulator):
    await lp_async_client.warm_up()
    assert lp_emulator.platform.requests[0].host == lp_emulator.host

@pytest.mark.asyncio
async def test_memory_async(lp_async_client, lp_platform):
    await lp_async_client.warm_up()
    assert lp_platform.requests[0].host == "api.liveperson.net"
""",
        *_ASYNC,
        passes=4,
    )


def test_nothing_is_loaded_until_a_fixture_is_used(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
import sys

def test_without_fixtures():
    assert not {"aiohttp", "requests", "urllib3", "pydantic", "lpfunctions.client"} & set(sys.modules)
""",
    )
