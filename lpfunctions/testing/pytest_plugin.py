"""Fixtures for pytest: a platform, an emulator, and clients of both colours. Nothing is loaded before one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions import AsyncClient, Client
    from lpfunctions.testing import Emulator, FakePlatform

_MARKER = "lp_platform"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", f"{_MARKER}(**options): options of the FakePlatform behind the lp_ fixtures")


@pytest.fixture
def lp_platform(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    """A platform of this test's own, V2 unless ``@pytest.mark.lp_platform(platform_version="v1")`` says otherwise.

    The marker takes every option of `FakePlatform`; of several, the closest to the test wins.
    """
    from lpfunctions.testing import FakePlatform

    node: pytest.Item = request.node
    marker = node.get_closest_marker(_MARKER)
    options: Any = marker.kwargs if marker else {}
    with FakePlatform(**options) as platform:
        yield platform


@pytest.fixture
def lp_emulator(lp_platform: FakePlatform) -> Iterator[Emulator]:
    """The platform behind HTTP, on a free port of loopback."""
    from lpfunctions.testing import Emulator

    with Emulator(lp_platform) as emulator:
        yield emulator


@pytest.fixture
def lp_client(request: pytest.FixtureRequest, lp_platform: FakePlatform) -> Iterator[Client]:
    """A client of the platform: in memory, or over HTTP in a test that uses ``lp_emulator``."""
    with _door(request, lp_platform).client() as client:
        yield client


@pytest.fixture
def lp_async_client(request: pytest.FixtureRequest, lp_platform: FakePlatform) -> Iterator[AsyncClient]:
    """An async client, as ``lp_client``; whichever plugin runs async tests may run those that use it."""
    import asyncio

    client = _door(request, lp_platform).async_client()
    yield client
    loop = asyncio.new_event_loop()  # the test's own may be closed by now
    try:
        loop.run_until_complete(client.aclose())
    finally:
        loop.close()


def _door(request: pytest.FixtureRequest, platform: FakePlatform) -> FakePlatform | Emulator:
    if "lp_emulator" not in request.fixturenames:
        return platform
    emulator: Emulator = request.getfixturevalue("lp_emulator")
    return emulator
