"""Fixtures that several suites share, and the groups that tests are in.

A group is a mark at the test (pyproject.toml explains each). Operations run in memory; a test marked ``over_http`` runs
over real HTTP too.
"""

from __future__ import annotations

import copyreg
import gc
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.support.environments import HTTP_ENVIRONMENTS, MEMORY_ENVIRONMENTS, Environment, open_environment
from tests.support.errors import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# `make check` and `make matrix`, `make test`, `make fuzz`, `make mutants`.
settings.register_profile("check", max_examples=50, deadline=None)
settings.register_profile("test", max_examples=500, deadline=None)
settings.register_profile("fuzz", max_examples=10_000, deadline=None)
settings.register_profile("mutants", max_examples=50, deadline=None)
settings.load_profile("check")

HTTP = [pytest.param(name, marks=pytest.mark.sockets) for name in HTTP_ENVIRONMENTS]
ANY = [*MEMORY_ENVIRONMENTS, *HTTP]


@pytest.fixture(autouse=True)
def _copied_as_they_say() -> None:
    """tblib, which Dask loads, registers a way of its own to copy every class of exceptions, for the whole process."""
    for cls in EVERY:
        copyreg.dispatch_table.pop(cls, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    repeated = [item for item in items if is_over_http(item) and not item.get_closest_marker("over_http")]
    config.hook.pytest_deselected(items=repeated)
    left_out = set(repeated)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later garbage collection; it lives until the end."""
    gc.collect()
    gc.freeze()


def is_over_http(item: pytest.Item) -> bool:
    """Would this case repeat over HTTP what is shown in memory?"""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and any(callspec.params.get(name) in HTTP_ENVIRONMENTS for name in ENVIRONMENT_FIXTURES)


def detects_leaks(request: pytest.FixtureRequest) -> bool:
    """Is all that clients let others see searched for secrets? Not where a test looks at the same things itself."""
    looks_itself = {"caplog", "capfd", "capsys"} & set(request.fixturenames)
    return not looks_itself and request.node.get_closest_marker("own_telemetry") is None


@pytest.fixture(params=["v1", "v2"])
def platform_version(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


def environment_fixture(environments: Sequence[Any]) -> Any:
    """A fixture: both versions of the platform in each of *environments*."""

    @pytest.fixture(params=environments)
    def fixture(request: pytest.FixtureRequest, platform_version: str) -> Iterator[Environment]:
        yield from open_environment(request.param, platform_version, detects_leaks=detects_leaks(request))

    return fixture


def environment_fixture_on(version: str) -> Any:
    """A fixture: one version of the platform."""

    @pytest.fixture(params=ANY)
    def fixture(request: pytest.FixtureRequest) -> Iterator[Environment]:
        yield from open_environment(request.param, version, detects_leaks=detects_leaks(request))

    return fixture


environment = environment_fixture(ANY)
v1_environment, v2_environment = environment_fixture_on("v1"), environment_fixture_on("v2")
sync_environment = environment_fixture([ANY[0], ANY[2]])  # with `Client`
async_environment = environment_fixture([ANY[1], ANY[3]])  # with `AsyncClient`
memory_environment = environment_fixture(MEMORY_ENVIRONMENTS)  # without a socket: discovery may name any host
http_environment = environment_fixture(
    HTTP
)  # over real HTTP alone, where discovery names the emulator for every service

# What runs over HTTP only with the mark.
ENVIRONMENT_FIXTURES = ("environment", "v1_environment", "v2_environment", "sync_environment", "async_environment")

FORBIDDEN = {"socket.bind", "socket.connect", "subprocess.Popen"}
opened: list[str] = []


def notice(event: str, arguments: tuple[Any, ...]) -> None:
    # A thread may be left over from another test.
    if event in FORBIDDEN and threading.current_thread() is threading.main_thread():
        opened.append(f"{event}{arguments[1:2]}")


# Not where coverage traces: with a hook, CPython 3.11 lets another thread run while one installs its trace function,
# and ends a thread that begins just then. `make check` and `make matrix` trace nothing, and look.
if sys.gettrace() is None:
    sys.addaudithook(notice)


@pytest.fixture(autouse=True)
def only_marked_tests_open_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """`make check` is quick because nothing in it waits for a socket or a process."""
    opened.clear()
    yield
    if not any(map(request.node.get_closest_marker, ("sockets", "external"))):
        assert opened == [], "mark this test with pytest.mark.sockets"
