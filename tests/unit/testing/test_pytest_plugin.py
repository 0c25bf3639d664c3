"""The plugin, as a user's own pytest run sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.plugin_runs import report_of, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sockets

_ASYNC = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")


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


def test_a_marker_that_would_do_nothing_is_refused(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        """
import pytest

@pytest.mark.lp_platform("v1")
def test_v1(lp_platform):
    pass
""",
    )
    assert "the marker lp_platform takes options of FakePlatform, by name: lp_platform(platform_version='v1')" in report


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


_HEADING = "LivePerson Functions log"
_ORDERS = """
import pytest

@pytest.fixture
def orders(lp_platform):
    return lp_platform.function("orders")(lambda input: input.payload["id"])
"""


def test_a_test_that_fails_shows_what_was_called_and_what_the_functions_logged(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        _ORDERS
        + """
def test_order(lp_client, orders):
    assert lp_client.invoke(lambda_uuid=orders.uuid, payload={"no": 7}, request_id="call 1").body == 7
""",
    )
    assert report.count(_HEADING) == 1
    told = report.partition(_HEADING)[2]
    assert "invoke of 'orders': 901 after" in told
    assert "request id call 1\n    error: 'id'\n        Traceback" in told


def test_what_a_function_printed_and_logged_is_in_the_report_and_in_pytests_own_sections(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        """
import logging

def test_order(lp_platform, lp_client):
    @lp_platform.function()
    def orders(input):
        print("looking for", input.payload)
        logging.getLogger("shop").warning("no such order")

    assert lp_client.invoke(lambda_uuid=orders.uuid, payload=7).body == 7
""",
    )
    assert "    info: looking for 7\n    warn: no such order\n" in report.partition(_HEADING)[2]
    assert report.count("\nlooking for 7\n") == 1  # in pytest's section of standard output
    assert "WARNING" in report.partition("Captured log call")[2]


def test_nothing_is_shown_for_a_test_that_passes_is_skipped_or_fails_as_expected(tmp_path: Path) -> None:
    source = (
        _ORDERS
        + """
def test_passes(lp_client, orders):
    lp_client.invoke(lambda_uuid=orders.uuid)

def test_skips(lp_client):
    pytest.skip("for a reason")

@pytest.mark.xfail(strict=True)
def test_fails_as_expected(lp_client, orders):
    lp_client.invoke(lambda_uuid=orders.uuid).raise_for_status()
"""
    )
    assert _HEADING not in run(tmp_path, source, "-rA")


def test_nothing_is_shown_for_a_test_that_fails_without_a_platform(tmp_path: Path) -> None:
    assert _HEADING not in report_of(tmp_path, "def test_fails(): assert False")


def test_a_failure_over_http_in_a_fixture_or_afterwards_is_shown_too(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        _ORDERS
        + """
@pytest.fixture
def order(lp_client, orders):
    return lp_client.invoke(lambda_uuid=orders.uuid, request_id="in a fixture").raise_for_status()

@pytest.fixture
def tidy(lp_client, orders):
    yield
    lp_client.invoke(lambda_uuid=orders.uuid, request_id="afterwards").raise_for_status()

def test_http(lp_emulator, lp_client, orders):
    lp_client.invoke(lambda_uuid=orders.uuid, request_id="over http").raise_for_status()

def test_fixture(order):
    pass

def test_afterwards(tidy):
    pass
""",
    )
    assert report.count(_HEADING) == 3
    for request_id in ("in a fixture", "afterwards", "over http"):
        assert f"request id {request_id}\n    error: 'id'" in report


def test_a_test_that_fails_twice_shows_the_log_once(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        _ORDERS
        + """
@pytest.fixture
def tidy(lp_client):
    yield
    raise ValueError("again")

def test_order(tidy):
    raise ValueError("once")
""",
    )
    assert report.count(_HEADING) == 1


def test_the_log_is_that_of_the_test_that_failed(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        _ORDERS
        + """
def test_passes(lp_client, orders):
    lp_client.invoke(lambda_uuid=orders.uuid, request_id="of another test")

def test_fails(lp_client):
    assert False
""",
    )
    assert "no request came" in report
    assert "of another test" not in report


def test_the_report_shows_no_credential_and_no_payload(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        """
import pytest

@pytest.mark.lp_platform(client_secret="s3cret")
def test_fails(lp_platform, lp_client):
    echo = lp_platform.function("echo")(lambda input: input.payload)
    lp_client.invoke(lambda_uuid=echo.uuid, payload={"card": "4111"})
    raise ValueError("after the call")
""",
        "--tb=short",
    )
    assert "invoke of 'echo': 200" in report
    for secret in ("s3cret", "eyJ", "4111"):
        assert secret not in report


def test_a_failed_assertion_points_at_the_line_of_the_test(tmp_path: Path) -> None:
    shown = report_of(
        tmp_path,
        """
def test_invoked(lp_platform):
    lp_platform.requests.assert_invoked(payload=1)

def test_not_invoked(lp_platform, lp_client):
    lp_client.invoke(event_id="e", payload=1)
    lp_platform.requests.assert_not_invoked(payload=1)

def test_count(lp_platform):
    lp_platform.requests.assert_count("token", 1)
""",
    )
    assert "3 failed" in shown
    assert shown.count(">   ") == 3
    assert "expectations.py" not in shown


_FAULTS = """
def test_unmet(lp_platform, lp_client):
    lp_platform.fail_next(status=503, kind="invoke"{required})
    lp_client.is_implemented(event_id="e")
"""


def test_a_test_that_passes_without_meeting_its_fault_fails(tmp_path: Path) -> None:
    report = report_of(tmp_path, _FAULTS.format(required=""))
    assert "1 passed, 1 error" in report
    assert (
        "no request met what was scripted: fail_next(status=503, kind='invoke'); required=False lets that pass; "
        "there were 3 request(s):"
    ) in report
    assert "  is_implemented: <GET " in report


def test_a_fault_that_need_not_be_met_does_not_fail_the_test(tmp_path: Path) -> None:
    run(tmp_path, _FAULTS.format(required=", required=False"))


def test_faults_that_were_met_cleared_or_part_of_an_outage_are_no_failure(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
def test_met(lp_platform, lp_client):
    lp_platform.fail_next(status=404, kind="is_implemented", times=None)
    lp_platform.fail_next(status=404, kind="token", times=2, latency_seconds=0)
    lp_platform.fail_next(status=404, kind="list")
    with lp_platform.outage("invoke"):
        try:
            lp_client.is_implemented(event_id="e")
        except Exception:
            pass
    lp_platform.clear_faults()
""",
    )


def test_a_test_that_fails_is_not_reported_once_more_for_its_fault(tmp_path: Path) -> None:
    report = report_of(tmp_path, _FAULTS.format(required="") + "    assert False\n")
    assert "1 failed" in report
    assert "error" not in report.splitlines()[-1]
