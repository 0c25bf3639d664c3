"""Discovery over a day and more: what serves, what is refused, and what is said about it; on four rigs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import CSDSDomainNotFound, CSDSFailure, FaaSGetFunctionsError, FaaSInvokeError

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


def platform_answer(rig: Rig, *others: Any, gateway: Any = ...) -> dict[str, Any]:
    """What the rig's discovery answers for our services, with *others* around it; *gateway* is another host for one."""
    host = rig.emulator.host if rig.emulator is not None else None
    hosts = {name: host or own for name, own in rig.platform.account.domains.items()}
    hosts |= {} if gateway is ... else {"faasGW": gateway}
    ours = [{"service": name, "baseURI": named} for name, named in hosts.items()]
    return {"status": 200, "body": {"baseURIs": [*others, *ours, *others]}}


FOREIGN = [
    pytest.param({"service": "accCdnDomain", "account": "12345678", "baseURI": "accdn.lpsnmedia.net"}, id="stranger"),
    pytest.param({"service": "other", "baseURI": ""}, id="empty host"),
    pytest.param({"service": "other", "baseURI": None}, id="no host"),
    pytest.param({"service": "other", "baseURI": "va.other.liveperson.net/path"}, id="with a path"),
    pytest.param({"service": "other", "baseURI": "https://va.other.liveperson.net"}, id="with a scheme"),
    pytest.param({"service": "other"}, id="no host at all"),
    pytest.param({"baseURI": "va.other.liveperson.net"}, id="no service"),
    pytest.param({"service": ["faasGW"], "baseURI": "va.other.liveperson.net"}, id="service is a list"),
    pytest.param({}, id="nothing in it"),
    pytest.param(None, id="null"),
    pytest.param("text", id="text"),
    pytest.param(["faasGW"], id="list"),
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_an_entry_that_is_none_of_ours_does_not_matter(rig: Rig, foreign: Any) -> None:
    rig.platform.fail_next(kind="discovery", **platform_answer(rig, foreign))
    client = rig.client()
    call(rig, client)
    call(rig, client)
    assert len(rig.journal.discovery_requests) == 1


@pytest.mark.parametrize("unusable", ["", None, "evil.example", "va.functions.liveperson.net/path"])
def test_a_service_that_cannot_be_used_fails_only_those_who_need_it(rig: Rig, unusable: Any) -> None:
    answer = platform_answer(rig)
    for entry in answer["body"]["baseURIs"]:
        if entry["service"] == "faasUI":
            entry["baseURI"] = unusable
    rig.platform.fail_next(kind="discovery", times=None, **answer)
    client = rig.client()
    call(rig, client)
    with pytest.raises(FaaSGetFunctionsError, match="for service 'faasUI'") as failed:
        client.call("get_functions")
    assert isinstance(failed.value.__cause__, CSDSFailure)
    call(rig, client)
    assert len(rig.journal.discovery_requests) == 1


def test_a_service_that_cannot_be_used_is_asked_for_again_soon(rig: Rig) -> None:
    rig.platform.fail_next(kind="discovery", **platform_answer(rig, gateway="evil.example"))
    client = rig.client()
    failure_of(rig, client)
    rig.clock.advance(MINUTE)
    failure_of(rig, client)  # it starts the refresh that brings the good answer
    call(rig, client)


@pytest.mark.parametrize("unusable", ["", None, "evil.example"])
def test_a_host_that_serves_is_kept_when_an_answer_names_a_worse_one(rig: Rig, unusable: Any) -> None:
    client = rig.client()
    call(rig, client)
    rig.platform.fail_next(kind="discovery", times=None, **platform_answer(rig, gateway=unusable))
    rig.clock.advance(HOUR)
    call(rig, client)
    call(rig, client)
    assert len(rig.journal.discovery_requests) == 2
    rig.clock.advance(DAY)
    failure_of(rig, client)


def test_an_answer_of_strangers_alone_is_not_kept(rig: Rig) -> None:
    stranger = {"service": "accCdnDomain", "baseURI": "accdn.lpsnmedia.net"}
    rig.platform.fail_next(kind="discovery", status=200, body={"baseURIs": [stranger]})
    client = rig.client()
    cause = failure_of(rig, client)
    assert isinstance(cause, CSDSDomainNotFound)
    assert cause.service == "faasGW"
    rig.clock.advance(1.0)
    call(rig, client)


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


def test_an_outage_is_warned_of_once_when_half_a_day_is_gone(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    client = rig.client()
    call(rig, client)
    take_down(rig)
    for _ in range(12):
        rig.clock.advance(HOUR)
        call(rig, client)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    for _ in range(10):
        rig.clock.advance(HOUR)
        call(rig, client)
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "discovery" in warning.getMessage()

    rig.platform.clear_faults()
    rig.clock.advance(HOUR)
    call(rig, client)
    take_down(rig)
    for _ in range(23):
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
