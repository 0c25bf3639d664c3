"""Discovery over a day and more: what serves, what is refused, and what is said about it; on four environments."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import CSDSDomainNotFound, CSDSFailure, FaaSGetFunctionsError, FaaSInvokeError

if TYPE_CHECKING:
    from tests.support.environments import Driver, Environment

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    @v2_environment.platform.function(name="greet", event_id="greeting")
    async def greet(_given: Any) -> str:
        return "hello"

    return v2_environment


def call(environment: Environment, client: Driver) -> None:
    """Invoke a function, which must succeed; then let what runs beside the call land."""
    assert client.invoke(event_id="greeting").raise_for_status().ok
    environment.wait_until_idle()


def failure_of(environment: Environment, client: Driver) -> BaseException | None:
    """Invoke a function, which must fail; return why."""
    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(event_id="greeting")
    assert failed.value.delivered == "no"
    environment.wait_until_idle()
    return failed.value.__cause__


def take_down(environment: Environment, **how: Any) -> None:
    environment.platform.fail_next(kind="discovery", times=None, **(how or {"status": 503}))


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


def platform_answer(environment: Environment, *others: Any, gateway: Any = ...) -> dict[str, Any]:
    """The discovery response for our services, with *others* around it; *gateway* replaces the gateway's host."""
    host = environment.emulator.host if environment.emulator is not None else None
    hosts = {name: host or own for name, own in environment.platform.account.domains.items()}
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
def test_an_entry_that_is_none_of_ours_does_not_matter(environment: Environment, foreign: Any) -> None:
    environment.platform.fail_next(kind="discovery", **platform_answer(environment, foreign))
    client = environment.client()
    call(environment, client)
    call(environment, client)
    assert len(environment.journal.discovery_requests) == 1


@pytest.mark.parametrize("unusable", ["", None, "evil.example", "va.functions.liveperson.net/path"])
def test_a_service_that_cannot_be_used_fails_only_those_who_need_it(environment: Environment, unusable: Any) -> None:
    answer = platform_answer(environment)
    for entry in answer["body"]["baseURIs"]:
        if entry["service"] == "faasUI":
            entry["baseURI"] = unusable
    environment.platform.fail_next(kind="discovery", times=None, **answer)
    client = environment.client()
    call(environment, client)
    with pytest.raises(FaaSGetFunctionsError, match="for service 'faasUI'") as failed:
        client.call("get_functions")
    assert isinstance(failed.value.__cause__, CSDSFailure)
    call(environment, client)
    assert len(environment.journal.discovery_requests) == 1


def test_a_service_that_cannot_be_used_is_asked_for_again_soon(environment: Environment) -> None:
    environment.platform.fail_next(kind="discovery", **platform_answer(environment, gateway="evil.example"))
    client = environment.client()
    failure_of(environment, client)
    environment.clock.advance(MINUTE)
    failure_of(environment, client)  # it starts the refresh that brings the good answer
    call(environment, client)


@pytest.mark.parametrize("unusable", ["", None, "evil.example"])
def test_a_host_that_serves_is_kept_when_an_answer_names_a_worse_one(environment: Environment, unusable: Any) -> None:
    client = environment.client()
    call(environment, client)
    environment.platform.fail_next(kind="discovery", times=None, **platform_answer(environment, gateway=unusable))
    environment.clock.advance(HOUR)
    call(environment, client)
    call(environment, client)
    assert len(environment.journal.discovery_requests) == 2
    environment.clock.advance(DAY)
    failure_of(environment, client)


def test_an_answer_of_strangers_alone_is_not_kept(environment: Environment) -> None:
    stranger = {"service": "accCdnDomain", "baseURI": "accdn.lpsnmedia.net"}
    environment.platform.fail_next(kind="discovery", status=200, body={"baseURIs": [stranger]})
    client = environment.client()
    cause = failure_of(environment, client)
    assert isinstance(cause, CSDSDomainNotFound)
    assert cause.service == "faasGW"
    environment.clock.advance(1.0)
    call(environment, client)


@pytest.mark.parametrize("how", [{"status": 503}, {"status": 404}, {"drop_connection": True}], ids=str)
def test_the_last_answer_serves_for_a_day_while_discovery_is_down(
    environment: Environment, how: dict[str, Any]
) -> None:
    client = environment.client()
    call(environment, client)
    take_down(environment, **how)
    environment.clock.advance(DAY - MINUTE)
    call(environment, client)
    environment.clock.advance(2 * MINUTE)
    assert isinstance(failure_of(environment, client), CSDSFailure)


def test_the_day_begins_anew_with_each_answer(environment: Environment) -> None:
    client = environment.client()
    call(environment, client)
    environment.clock.advance(20 * HOUR)
    call(environment, client)
    assert len(environment.journal.discovery_requests) == 2
    take_down(environment)
    environment.clock.advance(DAY - MINUTE)
    call(environment, client)


def test_discovery_that_comes_back_after_more_than_a_day_is_used(environment: Environment) -> None:
    client = environment.client()
    call(environment, client)
    take_down(environment)
    environment.clock.advance(DAY + MINUTE)
    failure_of(environment, client)
    environment.platform.clear_faults()
    environment.clock.advance(1.0)
    call(environment, client)


def test_an_answer_that_is_told_to_stay_fresh_for_longer_than_a_day_does(environment: Environment) -> None:
    client = environment.client(csds_ttl_seconds=2 * DAY)
    call(environment, client)
    take_down(environment)
    environment.clock.advance(2 * DAY - MINUTE)
    call(environment, client)
    assert len(environment.journal.discovery_requests) == 1


def test_an_outage_is_warned_of_once_when_half_a_day_is_gone(
    environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    client = environment.client()
    call(environment, client)
    take_down(environment)
    for _ in range(12):
        environment.clock.advance(HOUR)
        call(environment, client)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    for _ in range(10):
        environment.clock.advance(HOUR)
        call(environment, client)
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "discovery" in warning.getMessage()

    environment.platform.clear_faults()
    environment.clock.advance(HOUR)
    call(environment, client)
    take_down(environment)
    for _ in range(23):
        environment.clock.advance(HOUR)
        call(environment, client)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 2, "the next outage"


def test_calls_in_an_outage_do_not_ask_more_often_than_the_back_off_allows(environment: Environment) -> None:
    client = environment.client()
    call(environment, client)
    take_down(environment, status=404)
    environment.clock.advance(HOUR)
    for _ in range(600):
        call(environment, client)
        environment.clock.advance(1.0)
    # After 1, 2, 4, 8, 16 and then every 30 seconds.
    assert 20 <= len(environment.journal.discovery_requests) <= 30


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_answer_is_not_kept(environment: Environment, malformed: dict[str, Any]) -> None:
    environment.platform.fail_next(kind="discovery", **malformed)
    client = environment.client()
    assert isinstance(failure_of(environment, client), CSDSFailure | CSDSDomainNotFound)
    environment.clock.advance(1.0)
    call(environment, client)
    assert len(environment.journal.discovery_requests) == 2


@pytest.mark.parametrize("malformed", [*MALFORMED, pytest.param(answers("evil.example"), id="stranger")])
def test_a_malformed_answer_does_not_replace_a_good_one(environment: Environment, malformed: dict[str, Any]) -> None:
    client = environment.client()
    call(environment, client)
    take_down(environment, **malformed)
    environment.clock.advance(HOUR)
    call(environment, client)
    call(environment, client)
    environment.clock.advance(DAY - HOUR - MINUTE)
    call(environment, client)
    assert {request.host for request in environment.journal.invocations} == {environment.journal.invocations[0].host}


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
def test_a_stranger_is_given_no_token(environment: Environment, host: str) -> None:
    take_down(environment, **answers(host))
    cause = failure_of(environment, environment.client())
    assert isinstance(cause, CSDSFailure)
    assert "trusted_domain_suffixes" in str(cause) or "names no host" in str(cause)
    assert {request.kind for request in environment.journal} == {"discovery"}


def test_loopback_is_trusted_only_by_a_discovery_on_loopback(environment: Environment) -> None:
    if environment.over_http:
        call(environment, environment.client())
        return
    take_down(environment, **answers("127.0.0.1:9"))
    assert isinstance(failure_of(environment, environment.client()), CSDSFailure)
