"""Discovery over a day and more: what serves, what is refused, and what is said about it; on four rigs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import CSDSDomainNotFound, CSDSFailure, FaaSInvokeError

if TYPE_CHECKING:
    from tests.support.environments import Driver, Rig

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.fixture
def rig(v2_rig: Rig) -> Rig:
    @v2_rig.platform.function(name="greet", event_id="greeting")
    async def greet(_given: Any) -> str:
        return "hello"

    return v2_rig


def call(rig: Rig, client: Driver) -> None:
    """Invoke a function, which must succeed; then let what runs beside the call land."""
    assert client.invoke(event_id="greeting").raise_for_status().ok
    rig.land()


def failure_of(rig: Rig, client: Driver) -> BaseException | None:
    """Invoke a function, which must fail; return why."""
    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(event_id="greeting")
    assert failed.value.delivered == "no"
    rig.land()
    return failed.value.__cause__


def take_down(rig: Rig, **how: Any) -> None:
    rig.platform.fail_next(kind="discovery", times=None, **(how or {"status": 503}))


def answers(host: str) -> dict[str, Any]:
    services = ("faasGW", "faasUI", "sentinel")
    return {"status": 200, "body": {"baseURIs": [{"service": name, "baseURI": host} for name in services]}}


MALFORMED = [
    pytest.param({"status": 200, "body": b""}, id="empty"),
    pytest.param({"status": 200, "body": b"<html>"}, id="html"),
    pytest.param({"status": 200, "body": {"baseURIs": 5}}, id="no list"),
    pytest.param({"status": 200, "body": {"baseURIs": []}}, id="no service"),
    pytest.param(answers("va.example.com/path"), id="path"),
    pytest.param(answers("https://va.functions.liveperson.net"), id="scheme"),
    pytest.param(answers("user@va.functions.liveperson.net"), id="user"),
    pytest.param({"status": 302, "headers": {"Location": "https://evil.example/"}}, id="redirect"),
    pytest.param({"status": 204}, id="nothing"),
    pytest.param(answers("va.functions.liveperson.net") | {"status": 302}, id="redirect with an answer"),
    pytest.param(answers("va.functions.liveperson.net") | {"status": 206}, id="a part"),
]


@pytest.mark.parametrize("how", [{"status": 503}, {"status": 404}, {"drop_connection": True}], ids=str)
def test_the_last_answer_serves_for_a_day_while_discovery_is_down(rig: Rig, how: dict[str, Any]) -> None:
    client = rig.client()
    call(rig, client)
    take_down(rig, **how)
    rig.clock.advance(DAY - MINUTE)
    call(rig, client)
    rig.clock.advance(2 * MINUTE)
    assert isinstance(failure_of(rig, client), CSDSFailure)


def test_the_day_begins_anew_with_each_answer(rig: Rig) -> None:
    client = rig.client()
    call(rig, client)
    rig.clock.advance(20 * HOUR)
    call(rig, client)
    assert len(rig.journal.discovery_requests) == 2
    take_down(rig)
    rig.clock.advance(DAY - MINUTE)
    call(rig, client)


def test_discovery_that_comes_back_after_more_than_a_day_is_used(rig: Rig) -> None:
    client = rig.client()
    call(rig, client)
    take_down(rig)
    rig.clock.advance(DAY + MINUTE)
    failure_of(rig, client)
    rig.platform.clear_faults()
    rig.clock.advance(1.0)
    call(rig, client)


def test_an_answer_that_is_told_to_stay_fresh_for_longer_than_a_day_does(rig: Rig) -> None:
    client = rig.client(csds_ttl_seconds=2 * DAY)
    call(rig, client)
    take_down(rig)
    rig.clock.advance(2 * DAY - MINUTE)
    call(rig, client)
    assert len(rig.journal.discovery_requests) == 1


def test_an_outage_is_warned_of_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    client = rig.client()
    call(rig, client)
    take_down(rig)
    for _ in range(12):
        rig.clock.advance(HOUR)
        call(rig, client)
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "discovery" in warning.getMessage()

    rig.platform.clear_faults()
    rig.clock.advance(HOUR)
    call(rig, client)
    take_down(rig)
    rig.clock.advance(HOUR)
    call(rig, client)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 2, "the next outage"


def test_calls_in_an_outage_do_not_ask_more_often_than_the_back_off_allows(rig: Rig) -> None:
    client = rig.client()
    call(rig, client)
    take_down(rig, status=404)
    rig.clock.advance(HOUR)
    for _ in range(600):
        call(rig, client)
        rig.clock.advance(1.0)
    # After 1, 2, 4, 8, 16 and then every 30 seconds.
    assert 20 <= len(rig.journal.discovery_requests) <= 30


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_answer_is_not_kept(rig: Rig, malformed: dict[str, Any]) -> None:
    rig.platform.fail_next(kind="discovery", **malformed)
    client = rig.client()
    assert isinstance(failure_of(rig, client), CSDSFailure | CSDSDomainNotFound)
    rig.clock.advance(1.0)
    call(rig, client)
    assert len(rig.journal.discovery_requests) == 2


@pytest.mark.parametrize("malformed", [*MALFORMED, pytest.param(answers("evil.example"), id="stranger")])
def test_a_malformed_answer_does_not_replace_a_good_one(rig: Rig, malformed: dict[str, Any]) -> None:
    client = rig.client()
    call(rig, client)
    take_down(rig, **malformed)
    rig.clock.advance(HOUR)
    call(rig, client)
    call(rig, client)
    rig.clock.advance(DAY - HOUR - MINUTE)
    call(rig, client)
    assert {request.host for request in rig.journal.invocations} == {rig.journal.invocations[0].host}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "liveperson.net.evil.example",
        "evilliveperson.net",
        "liveperson.net.",
        "169.254.169.254",
        "[fd00::1]",
        "localhost.evil.example",
    ],
)
def test_a_stranger_is_given_no_token(rig: Rig, host: str) -> None:
    take_down(rig, **answers(host))
    cause = failure_of(rig, rig.client())
    assert isinstance(cause, CSDSFailure)
    assert "trusted_domain_suffixes" in str(cause) or "names no host" in str(cause)
    assert {request.kind for request in rig.journal} == {"discovery"}


def test_loopback_is_trusted_only_by_a_discovery_on_loopback(rig: Rig) -> None:
    if rig.over_http:
        call(rig, rig.client())
        return
    take_down(rig, **answers("127.0.0.1:9"))
    assert isinstance(failure_of(rig, rig.client()), CSDSFailure)
