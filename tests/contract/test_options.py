"""Each constructor option, by its effect on the wire or on behaviour, on four environments."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import (
    AsyncClient,
    BearerToken,
    Client,
    ClientConfig,
    ClientCredentials,
    CSDSFailure,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSOperationError,
    FaaSResponseFormatError,
    RetryPolicy,
)
from lpfunctions.adapters.memory import MemoryTransport
from lpfunctions.testing import FakePlatform
from lpfunctions.wiring.options import ClientOptions
from tests.support.environments import ACCOUNT, CREDENTIALS
from tests.support.functions import greeter, thrower

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions import HttpRequest, HttpResponse
    from tests.support.environments import Driver, Environment


def greet(driver: Driver, environment: Environment) -> Any:
    return driver.invoke(lambda_uuid=greeter(environment).uuid, payload={"name": "A"}).body


def test_api_version_is_the_query_v_of_v1(v1_environment: Environment) -> None:
    v1_environment.client(api_version="2").invoke(lambda_uuid="x")
    assert v1_environment.journal.invocations[0].query["v"] == ["2"]


def test_service_names_choose_what_is_looked_up(memory_environment: Environment) -> None:
    hosts = {"myGW": "my.fninvocations.liveperson.net", "myUI": "my.faasui.liveperson.net"}
    memory_environment.platform.account.domains |= hosts
    client = memory_environment.client(
        gw_csds_service_name="myGW", ui_csds_service_name="myUI", retry=RetryPolicy.none()
    )

    # The platform serves nothing there; where it was asked is the point.
    client.invoke(lambda_uuid="x")
    assert memory_environment.journal[-1].host == hosts["myGW"]
    client.call("get_lambdas")
    assert memory_environment.journal[-1].host == hosts["myUI"]


@pytest.mark.sockets
def test_services_of_the_usual_names_are_not_looked_up_when_others_are_named(http_environment: Environment) -> None:
    hosts = http_environment.platform.account.domains
    hosts["myGW"], hosts["myUI"] = hosts.pop("faasGW"), hosts.pop("faasUI")
    client = http_environment.client(gw_csds_service_name="myGW", ui_csds_service_name="myUI")

    assert greet(client, http_environment) == {"hello": "A"}
    assert client.call("get_lambdas").ok
    with pytest.raises(FaaSInvokeError, match="no entry for service 'faasGW'"):
        http_environment.client().invoke(lambda_uuid="x")


@pytest.mark.parametrize(
    ("option", "template", "call", "path"),
    [
        ("invoke_uuid_uri", "x/{account_id}/f/{lambda_uuid}", {"lambda_uuid": "a b"}, "/x/12345678/f/a%20b"),
        ("invoke_uuid_uri", "/x/%s/f/%s/", {"lambda_uuid": "u"}, "/x/12345678/f/u/"),
        ("invoke_event_uri", "e/{event_id}/{account_id}", {"event_id": "ev"}, "/e/ev/12345678"),
    ],
)
def test_uri_templates_make_the_path(
    v2_environment: Environment, option: str, template: str, call: dict[str, str], path: str
) -> None:
    v2_environment.client(**{option: template}).invoke(**call)
    assert v2_environment.journal[-1].path == path


def test_the_other_templates_make_their_paths(v2_environment: Environment) -> None:
    client = v2_environment.client(
        is_implemented_uri="i/%s/%s",
        get_lambdas_uri="l/%s",
        get_functions_uri="f/{account_id}",
        retry=RetryPolicy.none(),
    )
    for call, arguments, path in (
        ("is_implemented", {"event_id": "e"}, "/i/12345678/e"),
        ("get_lambdas", {}, "/f/12345678"),
        ("get_functions", {}, "/f/12345678"),
    ):
        try:
            client.call(call, **arguments)
        except FaaSOperationError as not_found:
            assert not_found.status == 404  # noqa: PT017 (two of the three return the 404)
        assert v2_environment.journal[-1].path == path


def test_platform_version_is_stronger_than_the_host(v1_environment: Environment) -> None:
    v1_environment.client(platform_version="v2").invoke(lambda_uuid="x")

    (request,) = v1_environment.journal.invocations
    assert request.query == {}
    assert request.headers["lp-eventsource"] == "Unknown"


def test_the_discovery_answer_is_fresh_for_its_time(environment: Environment) -> None:
    client = environment.client(csds_ttl_seconds=100)

    greet(client, environment)
    environment.clock.advance(99)
    greet(client, environment)
    assert len(environment.journal.discovery_requests) == 1

    environment.clock.advance(1)
    for _ in range(5):
        greet(client, environment)
    assert len(environment.journal.discovery_requests) == 2


def test_discovery_goes_to_the_host_of_the_option(environment: Environment) -> None:
    if environment.over_http:
        assert environment.emulator is not None
        greet(environment.client(), environment)
        assert environment.journal.discovery_requests[0].host == environment.emulator.host
    else:
        greet(environment.client(csds_domain="csds.example.com"), environment)
        assert environment.journal.discovery_requests[0].url.startswith("https://csds.example.com/api/")


@pytest.mark.sockets
def test_loopback_is_trusted_where_the_domain_api_itself_is_on_loopback(http_environment: Environment) -> None:
    assert greet(http_environment.client(trusted_domain_suffixes=[".example.com"]), http_environment) == {"hello": "A"}


def test_hosts_outside_the_trusted_domains_are_refused_by_name(memory_environment: Environment) -> None:
    environment = memory_environment
    environment.platform.account.domains["faasGW"] = "gw.evil.example"

    with pytest.raises(FaaSInvokeError, match=r"'gw\.evil\.example'.*trusted_domain_suffixes") as failed:
        environment.client().invoke(lambda_uuid="x")
    assert isinstance(failed.value.__cause__, CSDSFailure)
    assert (
        environment.client(trusted_domain_suffixes=[".liveperson.net", ".evil.example"]).invoke(lambda_uuid="x").status
        == 404
    )


def test_plain_http_is_for_loopback_unless_it_is_allowed() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"clear text to 'api\.liveperson\.net'.*allow_insecure"):
        Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS, protocol="http")

    platform = FakePlatform()
    with platform.client(protocol="http", allow_insecure=True) as client:
        client.invoke(lambda_uuid="x")
    assert {request.url.partition(":")[0] for request in platform.requests} == {"http"}


def test_a_gateway_in_clear_text_is_refused_before_the_token_is_sent() -> None:
    from lpfunctions import StaticDomainResolver

    resolver = StaticDomainResolver({"faasGW": "gw.example.com", "sentinel": "s.example.com"})
    with (
        Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS, protocol="http", domain_resolver=resolver) as client,
        pytest.raises(FaaSConfigurationError, match="clear text"),
    ):
        client.invoke(lambda_uuid="x")


def test_a_discovered_gateway_in_clear_text_is_refused_before_the_token_is_sent() -> None:
    platform = FakePlatform()
    hosts = [{"service": name, "baseURI": "va.functions.liveperson.net"} for name in ("faasGW", "sentinel")]
    platform.fail_next(kind="discovery", times=None, status=200, body={"baseURIs": hosts})
    with (
        platform.client(protocol="http", csds_domain="localhost:1") as client,
        pytest.raises(FaaSConfigurationError, match="clear text"),
    ):
        client.invoke(lambda_uuid="x")
    assert {request.kind for request in platform.requests} == {"discovery"}


def test_a_token_is_renewed_at_the_age_of_the_option(environment: Environment) -> None:
    client = environment.client(jwt_refresh_after_minutes=10)

    greet(client, environment)
    environment.clock.advance(599)
    greet(client, environment)
    assert len(environment.journal.token_requests) == 1

    environment.clock.advance(1)
    for _ in range(5):
        greet(client, environment)
    assert len(environment.journal.token_requests) == 2


@pytest.mark.sockets
def test_an_answer_larger_than_the_option_allows_is_refused(http_environment: Environment) -> None:
    client = http_environment.client(max_response_bytes=1000)
    for size in (1000, 1001):
        http_environment.platform.fail_next(status=200, body=b"x" * size, kind="invoke")

    assert len(client.invoke(lambda_uuid="x").content) == 1000
    with pytest.raises(FaaSInvokeError, match="max_response_bytes=1000") as failed:
        client.invoke(lambda_uuid="x")
    assert isinstance(failed.value.__cause__, FaaSResponseFormatError)


def test_request_ids_come_from_the_factory_and_are_shared_by_all_attempts(environment: Environment) -> None:
    numbers = iter(range(100))
    client = environment.client(request_id_factory=lambda: f"call-{next(numbers)}")
    environment.platform.fail_next(status=503, headers={"Retry-After": "1"}, kind="invoke")

    response = client.invoke(lambda_uuid="x")
    client.invoke(lambda_uuid="y", request_id="mine")

    assert [request.request_id for request in environment.journal.invocations] == ["call-0", "call-0", "mine"]
    assert response.request_id == "call-0"


def test_the_retry_policy_of_a_call_wins_over_that_of_the_client(environment: Environment) -> None:
    client = environment.client(retry=RetryPolicy.at_least_once())
    environment.platform.fail_next(status=500, kind="invoke", times=None)

    assert client.invoke(lambda_uuid="x").retry_count == 3
    assert client.invoke(lambda_uuid="x", retry=RetryPolicy.none()).retry_count == 0
    assert environment.client().invoke(lambda_uuid="x").retry_count == 0


def test_the_transport_is_replaceable() -> None:
    platform = FakePlatform()
    seen: list[HttpRequest] = []

    def handle(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return platform.handle(request)

    with platform.client(transport=MemoryTransport(handle)) as client:
        client.invoke(lambda_uuid="x")
    assert [request.method for request in seen] == ["GET", "POST", "POST"]


class PlainStrategy:
    """A strategy without a single ``async``."""

    def __init__(self) -> None:
        self.rejections = 0

    def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        return {"Authorization": "Bearer mine", "X-Method": request.method}

    def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        self.rejections += 1
        return False


def test_a_strategy_of_plain_methods_works_in_both_colours(environment: Environment) -> None:
    strategy = PlainStrategy()

    response = environment.client(auth_strategy=strategy).invoke(lambda_uuid="x")

    assert response.status == 401
    assert strategy.rejections == 1
    assert environment.journal.invocations[0].headers["x-method"] == "POST"


def test_a_resolver_of_plain_methods_works_in_both_colours(environment: Environment) -> None:
    hosts = environment.platform.account.domains if environment.emulator is None else {}

    class Resolver:
        def resolve(self, service: str, *, timeout_seconds: float) -> str:
            assert timeout_seconds > 0
            return environment.emulator.host if environment.emulator is not None else hosts[service]

    assert greet(environment.client(domain_resolver=Resolver()), environment) == {"hello": "A"}


@pytest.mark.parametrize("answer", ["http://host", "host/path", "user@host", "", None, "host:99999"])
def test_a_resolver_that_answers_no_host_is_a_discovery_failure(environment: Environment, answer: Any) -> None:
    class Resolver:
        async def resolve(self, service: str, *, timeout_seconds: float) -> str:
            value: str = answer
            return value

    with pytest.raises(FaaSInvokeError, match="must return 'host' or 'host:port'"):
        environment.client(domain_resolver=Resolver()).invoke(lambda_uuid="x")


# -- refusals at construction --


@pytest.mark.parametrize(
    ("options", "expected_message"),
    [
        ({"tiemout": 3}, "unknown option 'tiemout'; did you mean 'timeout'"),
        ({"zzz": 3}, "unknown option 'zzz'$"),
        ({"max_retries": 3}, r"unknown option 'max_retries'; here it is retry=RetryPolicy\(max_retries=3\)$"),
        ({"verify": "ca.pem"}, r"unknown option 'verify'; here it is ssl_context=ssl.create_default_context\("),
        ({"base_url": "https://x"}, "unknown option 'base_url'; here it is domain_resolver=StaticDomainResolver"),
        ({"api_key": "canary"}, "unknown option 'api_key'; here it is auth_strategy=ClientCredentials"),
        ({"headers": {}}, "unknown option 'headers'; here it is default_headers="),
        ({"account_id": ""}, "account_id must be"),
        ({"account_id": 12345678}, r"account_id must be .* \(int\)"),
        ({"account_id": "a/b"}, "account_id must be"),
        ({"timeout": 35000}, "is in seconds"),
        ({"timeout": float("nan")}, "number of seconds"),
        ({"connect_timeout": 0}, "connect_timeout must be more than 0 seconds"),
        ({"connect_timeout": 5000}, "connect_timeout is in seconds"),
        ({"transport": object(), "connect_timeout": 3}, "connect_timeout cannot be obeyed by a transport"),
        ({"protocol": "ftp"}, "protocol must be 'https' or 'http'"),
        ({"platform_version": "v3"}, "platform_version must be 'v1' or 'v2'"),
        ({"csds_domain": "https://x"}, "without a scheme"),
        ({"csds_http_headers": {"Authorization": "x"}}, "may not set 'Authorization'"),
        ({"csds_http_headers": {"X-A": "b\r\nc"}}, "printable ASCII"),
        ({"invoke_uuid_uri": "a/{b}"}, "invoke_uuid_uri may hold"),
        ({"max_connections": 0}, "whole number from 1"),
        ({"retry": 3}, "must be a RetryPolicy"),
        ({"proxy": "proxy:3128"}, "proxy must be a URL"),
        ({"trust_env": "yes"}, "must be True or False"),
        (
            {"transport": object(), "proxy": "http://p:1"},
            "proxy cannot be obeyed by a transport",
        ),
        ({"session": object(), "max_connections": 3}, "max_connections cannot be obeyed by a session"),
        ({"auth_strategy": None}, "auth_strategy must be"),
        ({"auth_strategy": "Bearer x"}, "auth_strategy must be"),
        ({"auth_strategy": PlainStrategy}, "is the class PlainStrategy; pass an object"),
    ],
)
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_an_option_that_cannot_work_is_refused_at_construction(
    client: type, options: dict[str, Any], expected_message: str
) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        client(**{"account_id": ACCOUNT, "auth_strategy": CREDENTIALS, **options})


async def fetch_header(*, url: str, method: str) -> str:
    return "Bearer x"


class AsyncCallable:
    async def __call__(self, *, url: str, method: str) -> str:
        return "Bearer x"


def test_client_refuses_a_coroutine_function_by_name() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"'auth_strategy'; got the coroutine function 'fetch_header'"):
        Client(account_id=ACCOUNT, auth_strategy=fetch_header)
    with pytest.raises(FaaSConfigurationError, match="AsyncCallable"):
        Client(account_id=ACCOUNT, auth_strategy=AsyncCallable())
    AsyncClient(account_id=ACCOUNT, auth_strategy=fetch_header)


def test_client_names_a_strategy_that_waits_for_an_event_loop() -> None:
    import asyncio

    class Waiting:
        async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
            await asyncio.sleep(0)
            return {}

        async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
            return False

    transport = MemoryTransport(FakePlatform().handle)
    with (
        Client(account_id=ACCOUNT, auth_strategy=Waiting(), transport=transport) as client,
        pytest.raises(FaaSConfigurationError, match=r"Waiting \(authorize\) waits for an event loop.*use AsyncClient"),
    ):
        client.invoke(lambda_uuid="x")


def test_none_means_the_default() -> None:
    defaults = Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS).config
    nones: Any = dict.fromkeys(ClientOptions.__annotations__)
    assert Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS, **nones).config == defaults


# -- other ways to make a client --


def test_from_config_makes_the_same_client(environment: Environment) -> None:
    made = environment.client(timeout=7).client

    again = type(made).from_config(made.config, auth_strategy=CREDENTIALS)

    assert again.config == made.config
    assert again.config.timeout == 7
    environment.drive(again)


def test_the_config_shows_no_secret_and_cannot_be_changed() -> None:
    client = Client(
        account_id=ACCOUNT,
        auth_strategy=ClientCredentials(client_id="id", client_secret="canary-secret"),
        proxy="http://user:canary-secret@proxy:3128",
        csds_http_headers={"Cookie": "canary-secret"},
    )

    assert "canary-secret" not in repr(client.config) + repr(client)
    assert "proxy:3128" in repr(client.config)
    with pytest.raises(AttributeError):
        client.config.timeout = 3  # type: ignore[misc]  # that it is frozen is the point


def test_with_options_shares_hosts_tokens_and_caches(environment: Environment) -> None:
    uuid = thrower(environment).uuid
    driver = environment.client()
    driver.call("is_implemented", event_id="e")

    copy = environment.drive(driver.client.with_options(timeout=5, fail_on_error_status_code=True))

    copy.call("is_implemented", event_id="e")
    with pytest.raises(FaaSLambdaError):
        copy.invoke(lambda_uuid=uuid)
    assert not driver.invoke(lambda_uuid=uuid).ok
    assert (copy.client.config.timeout, driver.client.config.timeout) == (5, 35.0)
    kinds = [request.kind for request in environment.journal]
    assert kinds == ["discovery", "token", "is_implemented", "invoke", "invoke"]


@pytest.mark.over_http
def test_closing_a_copy_leaves_the_original_open(environment: Environment) -> None:
    driver = environment.client()
    copy = environment.drive(driver.client.with_options(timeout=5))

    copy.close()

    assert greet(driver, environment) == {"hello": "A"}


@pytest.mark.parametrize(
    "option", ["proxy", "csds_domain", "max_connections", "transport", "jwt_refresh_after_minutes"]
)
def test_with_options_refuses_what_the_copy_shares(option: str) -> None:
    client: Any = Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS)

    with pytest.raises(FaaSConfigurationError, match=f"cannot change {option}"):
        client.with_options(**{option: "x"})
    with pytest.raises(FaaSConfigurationError, match="did you mean 'timeout'"):
        client.with_options(timeoutt=3)


def test_warm_up_leaves_nothing_to_do_for_the_first_call(environment: Environment) -> None:
    client = environment.client()

    client.call("warm_up")
    assert [request.kind for request in environment.journal] == ["discovery", "token"]
    greet(client, environment)

    assert [request.kind for request in environment.journal] == ["discovery", "token", "invoke"]


def test_a_client_pickles_by_configuration() -> None:
    client = Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS, timeout=7, csds_http_headers={"X-A": "b"})

    again = pickle.loads(pickle.dumps(client))

    assert again.config == client.config


def test_a_part_that_cannot_be_pickled_is_named() -> None:
    client = FakePlatform().client()

    with pytest.raises(FaaSConfigurationError, match="its transport, a MemoryTransport, cannot"):
        pickle.dumps(client)


@pytest.mark.sockets
def test_an_unreachable_gateway_was_never_sent_anything() -> None:
    from lpfunctions import StaticDomainResolver

    resolver = StaticDomainResolver({"faasGW": "127.0.0.1:9"})
    with (
        Client(
            account_id=ACCOUNT,
            auth_strategy=BearerToken("t"),
            domain_resolver=resolver,
            retry=RetryPolicy.none(),
        ) as client,
        pytest.raises(FaaSInvokeError, match="the function did not run") as failed,
    ):
        client.invoke(lambda_uuid="x")
    assert isinstance(failed.value.__cause__, FaaSConnectionError)
    assert failed.value.delivered == "no"


def test_a_config_is_made_without_a_client() -> None:
    assert ClientConfig(account_id=ACCOUNT).csds_domain == "api.liveperson.net"


def test_default_headers_and_user_agent_suffix_go_with_every_request(memory_environment: Environment) -> None:
    client = memory_environment.client(default_headers={"X-Team": "orders"}, user_agent_suffix="shop/1.4")

    assert greet(client, memory_environment) == {"hello": "A"}
    assert len(memory_environment.journal) == 3
    for request in memory_environment.journal:
        assert request.headers["x-team"] == "orders"
        assert request.headers["user-agent"].endswith(" shop/1.4")


def test_headers_of_the_client_win_over_default_headers(v2_environment: Environment) -> None:
    given = {"accept": "text/html", "CONTENT-TYPE": "text/plain", "user-agent": "other", "lp-eventsource": "other"}
    client = v2_environment.client(default_headers=given)

    assert greet(client, v2_environment) == {"hello": "A"}
    sent = v2_environment.journal.invocations[0].headers
    assert (sent["accept"], sent["content-type"], sent["lp-eventsource"]) == ("application/json",) * 2 + ("Unknown",)
    assert sent["user-agent"].startswith("lpfunctions/")


@pytest.mark.parametrize(
    "options",
    [
        {"default_headers": {"Authorization": "Bearer x"}},
        {"default_headers": {"X-Request-ID": "x"}},
        {"default_headers": {"X-Team": "a\r\nb: c"}},
        {"default_headers": ["X-Team"]},
        {"user_agent_suffix": "shop/1.4\r\nX: y"},
        {"user_agent_suffix": "(shop)"},
        {"user_agent_suffix": None.__class__},
    ],
)
def test_headers_that_cannot_be_sent_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(FaaSConfigurationError, match=next(iter(options))):
        Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS, **options)


def test_default_headers_are_not_shown_and_survive_pickle() -> None:
    config = ClientConfig(account_id=ACCOUNT, default_headers={"X-Key": "hidden-value"})
    assert "hidden-value" not in repr(config)
    assert pickle.loads(pickle.dumps(config)) == config


def test_a_copy_sends_other_default_headers(memory_environment: Environment) -> None:
    copy = memory_environment.drive(memory_environment.client().client.with_options(default_headers={"X-Tenant": "7"}))
    copy.invoke(lambda_uuid="x")
    assert memory_environment.journal.invocations[0].headers["x-tenant"] == "7"
