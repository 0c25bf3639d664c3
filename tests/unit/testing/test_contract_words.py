"""A case of a contract that fails explains itself, and a library that cannot do one says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lpfunctions import FaaSConnectionError, FaaSTimeoutError
from lpfunctions.testing.contracts import ClockContract
from lpfunctions.testing.contracts.support.assertions import assert_told
from tests.support.plugin_runs import report_of, run

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = """
from lpfunctions.testing import VirtualClock
from lpfunctions.testing.contracts import ClockContract

class BackwardClock(VirtualClock):
    def monotonic(self):
        return -super().monotonic()

class TestMyClock(ClockContract):
    unsupported = {unsupported}

    def build(self):
        return BackwardClock()
"""
SLEEPS = "test_sleep_lasts_at_least_as_long_as_it_was_told"


@pytest.mark.sockets
def test_a_failed_case_says_in_words_what_the_contract_asks_for(tmp_path: Path) -> None:
    report = report_of(tmp_path, CLOCK.format(unsupported={}), "-k", f"{SLEEPS} and 0.02")
    assert "The contract asks for: sleep lasts at least as long as it was told." in report
    assert "``monotonic`` has advanced by at least the seconds that were slept." in report
    assert f'say so in its suite: unsupported = {{"{SLEEPS}[0.02]": "why"}}' in report


@pytest.mark.sockets
@pytest.mark.parametrize("declared", [[SLEEPS], [f"{SLEEPS}[0.001]", f"{SLEEPS}[0.02]"]], ids=["all", "each"])
def test_a_case_that_a_library_cannot_do_is_declared_and_listed(tmp_path: Path, declared: list[str]) -> None:
    unsupported = dict.fromkeys(declared, "its clock runs backwards")
    report = run(tmp_path, CLOCK.format(unsupported=unsupported), passes=5)
    assert "2 xfailed" in report
    assert "cases of the contract that are not supported" in report
    assert f"test_user.py::TestMyClock::{SLEEPS}[0.02]: its clock runs backwards" in report


@pytest.mark.sockets
def test_a_case_that_passes_although_it_is_declared_fails(tmp_path: Path) -> None:
    unsupported = {"test_now_is_in_seconds_since_the_epoch": "it has no calendar"}
    report = report_of(tmp_path, CLOCK.format(unsupported=unsupported), "-k", "seconds_since")
    assert "[XPASS(strict)] unsupported: it has no calendar" in report


def test_a_case_that_does_not_exist_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="names 'test_flying', and the contract has no such case"):
        type("TestMine", (ClockContract,), {"unsupported": {"test_flying": "it has no wings"}})


def test_a_declaration_gives_a_reason() -> None:
    with pytest.raises(TypeError, match="must say why 'test_monotonic_never_goes_back' cannot be done"):
        type("TestMine", (ClockContract,), {"unsupported": {"test_monotonic_never_goes_back": ""}})


def test_a_wrong_delivered_is_explained() -> None:
    error = FaaSConnectionError("the connection broke", delivered="no")
    with pytest.raises(AssertionError) as caught:
        assert_told(error, delivered="unknown", because="the server has the whole request")
    assert str(caught.value).startswith(
        "the port asks for delivered='unknown' here, because the server has the whole request; "
        "FaaSConnectionError told 'no': the connection broke"
    )


def test_a_wrong_phase_is_explained() -> None:
    error = FaaSTimeoutError("late", phase="connect", delivered="no")
    with pytest.raises(AssertionError, match="asks for phase='pool' here, because none was free; it is 'connect'"):
        assert_told(error, delivered="no", phase="pool", because="none was free")
