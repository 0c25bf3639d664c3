"""Options: each default, each refusal, and no secret in sight."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.core.config import ClientConfig
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.requests.endpoints import Paths
from lpfunctions.core.retries.policy import RetryPolicy
from lpfunctions.core.validation import check_retry, check_timeout

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-7f3a"


def config(**options: Any) -> ClientConfig:
    given: dict[str, Any] = {"account_id": "123", **options}
    return ClientConfig(**given)


def test_the_documented_defaults() -> None:
    documented: dict[str, Any] = {
        "account_id": "123",
        "gw_csds_service_name": "faasGW",
        "ui_csds_service_name": "faasUI",
        "api_version": "1",
        "timeout": 35.0,
        "protocol": "https",
        "allow_insecure": False,
        "get_lambdas_uri": "api/account/{account_id}/lambdas/",
        "get_functions_uri": "api/account/{account_id}/functions",
        "invoke_uuid_uri": "api/account/{account_id}/lambdas/{lambda_uuid}/invoke",
        "invoke_event_uri": "api/account/{account_id}/events/{event_id}/invoke",
        "is_implemented_uri": "api/account/{account_id}/events/{event_id}/isImplemented",
        "fail_on_error_status_code": False,
        "csds_http_headers": {},
        "csds_ttl_seconds": 600.0,
        "csds_domain": "api.liveperson.net",
        "jwt_refresh_after_minutes": 30.0,
        "is_implemented_cache_duration_in_seconds": 60.0,
        "platform_version": None,
        "trusted_domain_suffixes": (".liveperson.net", ".liveperson.com", ".lpcloud.io", ".lprnd.net"),
        "retry": RetryPolicy(),
        "max_response_bytes": 33554432,
        "max_connections": 100,
        "keepalive_seconds": 10.0,
        "connect_timeout": 5.0,
        "proxy": None,
        "trust_env": False,
    }
    made = config()
    assert {option: getattr(made, option) for option in documented} == documented


GOOD: dict[str, list[Any]] = {
    "account_id": ["1", "a_b-C9", "x" * 64],
    "gw_csds_service_name": ["gw", "a b"],
    "api_version": ["2", "1.1"],
    "timeout": [0.001, 1, 3600, math.inf],
    "protocol": ["https", "http"],
    "allow_insecure": [True],
    "fail_on_error_status_code": [True],
    "csds_http_headers": [{"X-A": "b"}, {"Cookie": "c"}],
    "csds_ttl_seconds": [0, 0.5, 10**6],
    "csds_domain": ["localhost:8080", "127.0.0.1:1", "[::1]:80", "csds.example"],
    "jwt_refresh_after_minutes": [0, 1.5],
    "is_implemented_cache_duration_in_seconds": [0, 60],
    "platform_version": ["v1", "v2"],
    "trusted_domain_suffixes": [(), (".example.com",), ("example.com", ".x")],
    "retry": [RetryPolicy.none()],
    "max_response_bytes": [1, 2**40],
    "max_connections": [1],
    "keepalive_seconds": [0, 0.5],
    "connect_timeout": [0.1, 5, math.inf],
    "proxy": ["http://proxy.example:3128", "https://u:p@proxy.example/", "http://[::1]:1"],
    "trust_env": [True],
}
BAD: dict[str, list[Any]] = {
    "account_id": ["", "a b", "a/b", "é", "x" * 65, "1\n", 123, None, "..", "%s"],
    "gw_csds_service_name": ["", "..", "a\n", 5, None],
    "ui_csds_service_name": ["", 5],
    "api_version": ["", 1, None, "a\x00"],
    "timeout": [0, -1, 0.0, math.nan, -math.inf, 3600.1, 35000, "35", None, True, 10**400],
    "protocol": ["", "HTTPS", "ftp", None, 5, ["https"]],
    "allow_insecure": [1, "true", None],
    "fail_on_error_status_code": [0, "no", None],
    "csds_http_headers": [
        None,
        [("a", "b")],
        "a: b",
        {"a": 1},
        {1: "a"},
        {"a": "b\r\nc"},
        {"a": "é"},
        {"a:": "b"},
        {"": "b"},
        {"a b": "c"},
        {"a\n": "c"},
        {"a": ""},
        {"a": " b"},
        *({name: "x"} for name in ("Authorization", "HOST", "Transfer-Encoding", "X-Request-Id", "DPoP")),
    ],
    "csds_ttl_seconds": [-1, math.inf, math.nan, "600", None, True],
    "csds_domain": ["http://x", "x/y", "a@b", "a b", "x:", "x:99999", None, 5, "a\n"],
    "jwt_refresh_after_minutes": [-1, math.inf, math.nan, "30"],
    "is_implemented_cache_duration_in_seconds": [-0.1, math.inf, "60"],
    "platform_version": ["v3", "V1", "", 1, []],
    "trusted_domain_suffixes": [
        "example.com",
        None,
        5,
        ("",),
        (".",),
        ("a b",),
        ("*.example.com",),
        (5,),
        ("http://a",),
    ],
    "retry": [None, 3, {"max_retries": 3}, RetryPolicy],
    "max_response_bytes": [0, -1, 1.5, "1", True, None],
    "max_connections": [0, math.inf, None, False],
    "keepalive_seconds": [-1, math.inf, None, "10"],
    "connect_timeout": [0, -1, math.nan, 5000, "5", None, True],
    "proxy": ["", "proxy:3128", "socks5://p:1", "http://", "http://a b", "http://p/path", 5, "http://p\n"],
    "trust_env": [1, "no", None],
    "get_lambdas_uri": ["a/{foreign}", "a b", 5, None],
    "invoke_uuid_uri": ["no/segment", "{+lambda_uuid}"],
}


def rows(table: dict[str, list[Any]]) -> list[Any]:
    return [pytest.param(option, value, id=f"{option}-{value!r:.24}") for option in table for value in table[option]]


@pytest.mark.parametrize(("option", "value"), rows(GOOD))
def test_a_value_that_can_work_is_kept(option: str, value: Any) -> None:
    made = config(**{option: value})
    assert getattr(made, option) == value
    Paths(made)


@pytest.mark.parametrize(("option", "value"), rows(BAD))
def test_a_value_that_cannot_work_is_refused_by_name(option: str, value: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match=rf"\b{option}\b") as caught:
        Paths(config(**{option: value}))
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("account_id", "a b", "must be a str of 1 to 64 letters, digits, '_' or '-', not 'a b'"),
        ("csds_domain", "http://x", "must be 'host' or 'host:port' without a scheme, not 'http://x'"),
        ("get_lambdas_uri", "a b", "must be a plain path: 'a b'"),
        ("get_lambdas_uri", "a/{b}", "may hold {account_id}, each as a plain segment: 'a/{b}'"),
        ("invoke_uuid_uri", "%s", "needs 2 times '%s' and no braces: '%s'"),
        (
            "invoke_uuid_uri",
            "{+lambda_uuid}",
            "may hold {account_id} and {lambda_uuid}, each as a plain segment: '{+lambda_uuid}'",
        ),
        ("platform_version", "v3", "must be 'v1' or 'v2', not 'v3'"),
        ("protocol", "ftp", "must be 'https' or 'http', not 'ftp'"),
        ("rate_limit", 3, "must be RateLimit(per_second=…), not '3'"),
        ("trusted_domain_suffixes", "x.example", "must be a list of suffixes such as '.example.com', not 'x.example'"),
        ("trusted_domain_suffixes", ("a b",), "holds 'a b', which is no domain suffix"),
        ("user_agent_suffix", "shop/", "must be a product such as 'shop/1.4', not 'shop/'"),
    ],
)
def test_a_refusal_says_what_would_do_and_what_was_given(option: str, value: Any, sentence: str) -> None:
    with pytest.raises(FaaSConfigurationError) as caught:
        Paths(config(**{option: value}))
    assert str(caught.value) == f"{option} {sentence}"


def test_a_user_agent_suffix_has_200_characters_at_most() -> None:
    longest = f"{'x' * 64}/{'1' * 64} {'y' * 64}/12345"
    assert len(longest) == 200
    assert config(user_agent_suffix=longest).headers({})["User-Agent"].endswith(f" {longest}")
    with pytest.raises(FaaSConfigurationError, match=r"^user_agent_suffix must be a product such as 'shop/1\.4', not "):
        config(user_agent_suffix=f"{longest}6")


def test_headers_of_a_request_win_over_default_headers_in_whatever_case() -> None:
    made = config(default_headers={"X-TEAM": "a", "x-kept": "k"})
    assert made.headers({"X-Team": "b"}) == {"x-kept": "k", "X-Team": "b", "User-Agent": made.headers({})["User-Agent"]}


def test_milliseconds_are_recognised() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"timeout is in seconds, and 35000 is more than an hour"):
        config(timeout=35000)


def test_per_call_options_are_checked_in_the_same_words() -> None:
    check_timeout("timeout", math.inf)
    check_retry("retry", RetryPolicy.none())
    with pytest.raises(FaaSConfigurationError, match=r"^retry must be a RetryPolicy, not int$"):
        check_retry("retry", 3)


@pytest.mark.parametrize(
    ("account_id", "given", "used"),
    [
        ("le1", "", "csds-app.qa.int.gw.lpcloud.io"),
        ("fr1", "", "adminlogin-z0-intg.liveperson.net"),
        ("1", "x:1", "x:1"),
    ],
)
def test_the_domain_api_is_by_account_unless_given(account_id: str, given: str, used: str) -> None:
    assert config(account_id=account_id, csds_domain=given).csds_domain == used


@pytest.mark.parametrize("version", [None, "v1", "v2"])
def test_generation_is_the_former_name_of_the_platform_version(version: str | None) -> None:
    with pytest.deprecated_call(match="now platform_version"):
        assert config(platform_version=version).generation == version


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80"])
def test_clear_text_goes_to_this_machine(host: str) -> None:
    config(protocol="http").refuse_clear_text(host)


def test_clear_text_goes_nowhere_else_unless_allowed() -> None:
    for host in ("gw.example", "localhost.example", "10.0.0.1"):
        with pytest.raises(FaaSConfigurationError) as caught:
            config(protocol="http").refuse_clear_text(host)
        assert str(caught.value) == (
            f"protocol='http' would send credentials in clear text to {host!r}; "
            "use 'https', or set allow_insecure=True if that network is safe"
        )
        config(protocol="http", allow_insecure=True).refuse_clear_text(host)
        config().refuse_clear_text(host)


def secretive() -> ClientConfig:
    return config(
        csds_http_headers={"Cookie": CANARY, "X-Plain": "seen"},
        proxy=f"http://user:{CANARY}@proxy.example:3128",
        trusted_domain_suffixes=[".example.com"],
        retry=RetryPolicy.at_least_once(),
    )


def test_a_repr_shows_every_option_and_no_secret() -> None:
    shown = repr(secretive())
    assert CANARY not in shown
    for option in dataclasses.fields(ClientConfig):
        assert f"{option.name}=" in shown
    assert "'X-Plain': '[redacted]'" in shown  # any header of the user's may hold a key
    assert "proxy='http://[redacted]@proxy.example:3128'" in shown
    assert "proxy=None" in repr(config())


def test_no_refusal_shows_the_value_of_a_header_or_a_proxy() -> None:
    for options in ({"csds_http_headers": {"X-A": f"{CANARY}\n"}}, {"proxy": f"socks5://user:{CANARY}@proxy"}):
        with pytest.raises(FaaSConfigurationError) as caught:
            config(**options)
        assert CANARY not in str(caught.value)


def pickled(made: ClientConfig) -> ClientConfig:
    copied: ClientConfig = pickle.loads(pickle.dumps(made))
    return copied


@pytest.mark.parametrize("way", [pickled, copy.deepcopy, dataclasses.replace], ids=lambda way: way.__name__)
def test_a_configuration_can_be_copied(way: Callable[[ClientConfig], ClientConfig]) -> None:
    made = secretive()
    copied = way(made)
    assert copied == made
    assert hash(copied) == hash(made)
    assert copied.csds_http_headers == {"Cookie": CANARY, "X-Plain": "seen"}
    assert dataclasses.replace(made, timeout=1.0) != made


def test_a_configuration_is_frozen_through_and_through() -> None:
    headers = {"X-A": "1"}
    made = config(csds_http_headers=headers)
    headers["X-A"] = "2"
    assert made.csds_http_headers == {"X-A": "1"}
    with pytest.raises(TypeError):
        made.csds_http_headers["X-A"] = "3"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, "timeout", 1.0)  # noqa: B010 (type checkers refuse the plain form)


def test_suffixes_that_can_be_read_only_once_are_kept() -> None:
    made = config(trusted_domain_suffixes=(suffix for suffix in [".a.example", ".b.example"]))
    assert made.trusted_domain_suffixes == (".a.example", ".b.example")


def test_another_account_has_the_same_options_and_its_own_domain_api() -> None:
    made = config(account_id="123", timeout=7.0)
    other = made.for_account("456")
    assert other == config(account_id="456", timeout=7.0)
    assert other.csds_domain == config(account_id="456").csds_domain


def test_another_account_keeps_a_domain_api_that_was_set() -> None:
    other = config(csds_domain="csds.example").for_account("456")
    assert (other.account_id, other.csds_domain) == ("456", "csds.example")


def test_the_paths_of_an_account_are_expanded_once() -> None:
    paths = Paths(config(get_lambdas_uri="api/account/%s/lambdas/"))
    assert paths.path("invoke_uuid_uri", "u") == "/api/account/123/lambdas/u/invoke"
    assert paths.path("invoke_event_uri", "e") == "/api/account/123/events/e/invoke"
    assert paths.path("is_implemented_uri", "e") == "/api/account/123/events/e/isImplemented"
    assert paths.path("get_lambdas_uri") == "/api/account/123/lambdas/"
    assert paths.path("get_functions_uri") == "/api/account/123/functions"


@pytest.mark.parametrize("option", [option.name for option in dataclasses.fields(ClientConfig)])
def test_every_option_is_checked(option: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=rf"^{option} must "):
        config(**{option: object()})
