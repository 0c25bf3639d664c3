"""Fixtures for pytest: a platform, an emulator, and blocking and async clients. Nothing is loaded before one is used.

The report of a failed test shows the requests of its platform, and what the functions logged.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lpfunctions import AsyncClient, Client
    from lpfunctions.testing import Emulator, FakePlatform

_MARKER = "lp_platform"
_HEADING = "LivePerson Functions log"
_CONTRACT = "Contract"
_UNSUPPORTED = "unsupported: "  # as contracts.support.contract says it, which is not loaded for this
_PLATFORM = pytest.StashKey["FakePlatform"]()
"""Where a test keeps its platform until it has been reported."""
_PASSED = pytest.StashKey[bool]()
"""Is the test itself over, and did it pass?"""


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", f"{_MARKER}(**options): options of the FakePlatform behind the lp_ fixtures")


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: sees the outcome after expected failures are handled
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the request log of the platform to the report of a test's first failure."""
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed
    if report.failed and call.when == "call":
        _explain_contract(item, report)
    platform = item.stash.get(_PLATFORM, None)
    if platform is not None and report.failed:
        report.sections.append((_HEADING, platform.request_log()))
    if platform is not None and (report.failed or call.when == "teardown"):
        del item.stash[_PLATFORM]
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the cases of contracts that adapters have declared as unsupported."""
    lines = [
        f"{report.nodeid}: {reason.removeprefix(_UNSUPPORTED)}"
        for report in terminalreporter.stats.get("xfailed", ())
        if (reason := str(getattr(report, "wasxfail", ""))).startswith(_UNSUPPORTED)
    ]
    if lines:
        terminalreporter.section("cases of the contract that are not supported")
        for line in sorted(lines):
            terminalreporter.line(line)


def _explain_contract(item: pytest.Item, report: pytest.TestReport) -> None:
    """Say in words what a case of a contract asks for, if *item* is one; nothing is loaded otherwise."""
    contracts: Any = sys.modules.get("lpfunctions.testing.contracts.support.contract")
    suite = getattr(item, "cls", None)
    if contracts is not None and suite is not None and issubclass(suite, contracts.Contract):
        case: Any = item  # a method, so it has a function
        report.sections.append((_CONTRACT, contracts.explained(suite, case.function, item.name)))


@pytest.fixture
def lp_platform(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    """A platform of this test's own, V2 unless ``@pytest.mark.lp_platform(platform_version="v1")`` says otherwise.

    The marker takes every option of `FakePlatform`; of several, the closest to the test wins. A test that passes
    although no request met a fault that it scripted fails, unless ``fail_next`` was told ``required=False``.
    """
    from lpfunctions.testing import FakePlatform

    node: pytest.Item = request.node
    with FakePlatform(**_options(node)) as platform:
        node.stash[_PLATFORM] = platform
        yield platform
        if node.stash.get(_PASSED, False):
            platform.assert_faults_met()


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


def _options(node: pytest.Item) -> dict[str, Any]:
    marker = node.get_closest_marker(_MARKER)
    if marker is not None and marker.args:
        raise pytest.UsageError(
            f"the marker {_MARKER} takes options of FakePlatform, by name: {_MARKER}(platform_version='v1')"
        )
    return dict(marker.kwargs) if marker else {}


def _door(request: pytest.FixtureRequest, platform: FakePlatform) -> FakePlatform | Emulator:
    if "lp_emulator" not in request.fixturenames:
        return platform
    emulator: Emulator = request.getfixturevalue("lp_emulator")
    return emulator
