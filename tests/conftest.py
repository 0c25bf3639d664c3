"""Fixtures that several suites share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.support.environments import RIGS, Rig, rigs

if TYPE_CHECKING:
    from collections.abc import Iterator

# `make test`, `make fuzz` and `make mutants`; a test that says how many examples it needs is left alone.
settings.register_profile("ci", max_examples=500, deadline=None)
settings.register_profile("fuzz", max_examples=10_000, deadline=None)
settings.register_profile("mutants", max_examples=50, deadline=None)
settings.load_profile("ci")


def is_watched(request: pytest.FixtureRequest) -> bool:
    """Is all that clients let others see searched for secrets? Not where a test looks at the same things itself."""
    looks_itself = {"caplog", "capfd", "capsys"} & set(request.fixturenames)
    return not looks_itself and not re.search(r"telemetry|metrics", request.node.nodeid)


@pytest.fixture(params=["v1", "v2"])
def platform_version(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


def rigs_of(*names: str) -> Any:
    """A fixture: both generations on the rigs of these *names*."""

    @pytest.fixture(params=names)
    def fixture(request: pytest.FixtureRequest, platform_version: str) -> Iterator[Rig]:
        yield from rigs(request.param, platform_version, is_watched=is_watched(request))

    return fixture


rig = rigs_of(*RIGS)
memory_rig = rigs_of("memory-sync", "memory-async")  # without a socket: discovery may name any host
http_rig = rigs_of("requests", "aiohttp")  # over real HTTP, where discovery names the emulator for every service
sync_rig = rigs_of("memory-sync", "requests")  # with `Client`
async_rig = rigs_of("memory-async", "aiohttp")  # with `AsyncClient`


@pytest.fixture(params=RIGS)
def v1_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from rigs(request.param, "v1", is_watched=is_watched(request))


@pytest.fixture(params=RIGS)
def v2_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from rigs(request.param, "v2", is_watched=is_watched(request))


# Tests that hold real sockets to real milliseconds; they are run one after the other, when nothing else runs.
BY_THE_CLOCK = re.compile(
    r"deadline|outlast|_slow_|_idle|stall|silent|_in_time|test_fault_proxy|test_life|test_examples"
)
# Thousands of exchanges over the sockets of a machine that others use too: one that fails is looked at once more, and
# the summary counts it as rerun. A test that fails twice has failed.
OVER_SOCKETS = re.compile(
    r"test_transport_(requests|aiohttp)|test_fork|test_outage|test_scenarios|test_duplicates|interop"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        name = item.nodeid.partition("[")[0]
        by_the_clock = "tests/unit/core/" not in name and BY_THE_CLOCK.search(name)
        if by_the_clock:
            item.add_marker("timing")
        if by_the_clock or OVER_SOCKETS.search(name):
            item.add_marker(pytest.mark.flaky(reruns=1))
