"""A client of a configuration: what is given beside it, and what belongs into it."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, BearerToken, Client, ClientConfig, FaaSConfigurationError
from lpfunctions.wiring.options import PARTS_OF_A_COPY

if TYPE_CHECKING:
    from lpfunctions import HttpRequest, HttpResponse

BEARER = BearerToken("token")


class Picklable:
    """A transport that pickles, and is never asked."""

    def send(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError


@pytest.mark.parametrize("client", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("plain", "parts", "expected_message"),
    [
        ({}, {"timeout": 5}, r"^timeout belongs into the config: .*replace\(config, timeout=…\)"),
        ({}, {"timeout": 35000, "proxy": "x"}, r"^timeout, proxy belong into the config"),
        ({}, {"account_id": "124"}, r"^account_id belongs into the config"),
        ({}, {"tiemout": 5}, r"^unknown option 'tiemout'; did you mean 'timeout'\?$"),
        ({"proxy": "http://p:1"}, {"transport": object()}, r"^proxy cannot be obeyed by a transport of yours"),
        ({"max_response_bytes": 7}, {"transport": object()}, r"^max_response_bytes cannot be obeyed by a transport"),
        ({"trust_env": True}, {"session": object()}, r"^trust_env cannot be obeyed by a session of yours"),
        ({}, {"session": object(), "ssl_context": object()}, r"^ssl_context cannot be obeyed by a session of yours"),
    ],
)
def test_what_cannot_be_obeyed_is_refused(client: Any, plain: Any, parts: Any, expected_message: str) -> None:
    config = ClientConfig(account_id="123", **plain)
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        client.from_config(config, auth_strategy=BEARER, **parts)


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_a_part_stands_beside_the_config_and_none_is_none(client: Any) -> None:
    config = ClientConfig(account_id="123", timeout=5)
    made = client.from_config(config, auth_strategy=BEARER, transport=Picklable(), timeout=None, clock=None)
    assert made.config is config


def test_a_pickled_client_keeps_its_config_and_its_parts() -> None:
    made = Client(account_id="123", auth_strategy=BEARER, transport=Picklable(), timeout=5)  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(made)).config == made.config


def test_the_parts_that_a_copy_may_change_are_parts() -> None:
    assert {"metric_collector", "request_id_factory"} == PARTS_OF_A_COPY
    assert not PARTS_OF_A_COPY & set(ClientConfig.__dataclass_fields__)
