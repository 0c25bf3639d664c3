"""A callable that cannot be called as it will be is refused when the client is made."""

from __future__ import annotations

import functools
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from lpfunctions import AsyncClient, BearerToken, Client, DpopCredentials, FaaSConfigurationError

TOKEN = BearerToken("mine")


def positional(_url: str, _method: str) -> str:
    return ""


def nothing() -> str:
    return ""


def of_one(_first: str) -> str:
    return ""


def anything(**_asked: str) -> str:
    return ""


def prefixed(prefix: str, *, url: str, method: str) -> str:
    return prefix + url + method


def wrong(function: Any) -> Any:
    """*function*, without its type."""
    return function


class Strategy:
    def authorize(self) -> dict[str, str]:
        return {}

    def rejected(self, _request: object, _response: object) -> bool:
        return False


class Resolver:
    def resolve(self, _service: str) -> str:
        return ""


class Transport:
    def send(self) -> None: ...


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("auth_strategy", {"auth_strategy": lambda: "x"}),
    ("auth_strategy", {"auth_strategy": positional}),
    ("auth_strategy.authorize", {"auth_strategy": Strategy()}),
    ("get_access_token_internal", {"auth_strategy": DpopCredentials(wrong(nothing), wrong(of_one))}),
    ("get_dpop_header_internal", {"auth_strategy": DpopCredentials(of_one, wrong(of_one))}),
    ("request_id_factory", {"request_id_factory": of_one}),
    ("domain_resolver.resolve", {"domain_resolver": Resolver()}),
    ("transport.send", {"transport": Transport()}),
]


@pytest.mark.parametrize("mode", [Client, AsyncClient])
@pytest.mark.parametrize(("option", "given"), WRONG)
def test_a_callable_with_another_signature_is_refused_by_name(mode: Any, option: str, given: dict[str, Any]) -> None:
    with pytest.raises(FaaSConfigurationError, match=rf"^{option} is called as {option}\(.*its signature does not fit"):
        mode(**{"account_id": "123", "auth_strategy": TOKEN} | given)


FITTING: list[dict[str, Any]] = [
    {"auth_strategy": Mock(return_value="x", spec_set=[])},
    {"auth_strategy": anything},
    {"auth_strategy": functools.partial(prefixed, "a")},
    {"request_id_factory": Mock(return_value="x")},
    {"request_id_factory": "x".upper},
    {"domain_resolver": Mock(spec_set=["resolve"])},
]


@pytest.mark.parametrize("given", FITTING)
def test_one_that_fits_or_does_not_tell_is_accepted(given: dict[str, Any]) -> None:
    options: dict[str, Any] = {"account_id": "123", "auth_strategy": TOKEN} | given
    with Client(**options):
        pass


def test_an_async_mock_is_accepted_by_the_async_client() -> None:
    AsyncClient(account_id="123", auth_strategy=AsyncMock(return_value="x", spec_set=[]))
