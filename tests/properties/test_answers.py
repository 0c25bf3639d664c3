"""R9: whatever discovery, the token endpoint and the platform answer, only errors of ours come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lpfunctions import BearerToken, Client, ClientCredentials, RetryPolicy, StaticDomainResolver
from lpfunctions.adapters.memory import ManualClock, MemoryTransport
from lpfunctions.core.http.messages import HttpResponse
from tests.support.operation_errors import SECRET, outcome_of
from tests.support.strategies import answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions import Response
    from lpfunctions.core.http.messages import HttpRequest

HOSTS = {"faasGW": "va.functions.liveperson.net", "faasUI": "va.ui.liveperson.net", "sentinel": "va.sentinel.lprnd.net"}
DOMAINS = {"baseURIs": [{"service": name, "account": "12345678", "baseURI": host} for name, host in HOSTS.items()]}
# A JWT whose claims are {"iat": 1700000000, "exp": 1700003600}.
JWT = "eyJhbGciOiJub25lIn0.eyJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMH0.x"
GRANT = {"access_token": JWT, "token_type": "Bearer", "expires_in": "3600"}
FUNCTION = {
    "uuid": "a1b2",
    "name": "f",
    "state": "Productive",
    "event": {"id": "e", "name": "n"},
    "skills": ["1"],
    "createdAt": "2024-01-01T00:00:00Z",
    "lastDeployment": {"deployedAt": 1700000000000},
}
RESULTS = [{"uuid": "a1b2", "timestamp": "2024-01-01T00:00:00Z", "result": {"hello": "Ada"}}]
ERROR_BODY = {"errorCode": "com.liveperson.faas.handler.x", "errorMsg": "m", "code": "function.x", "message": "m"}

OPTIONS: dict[str, Any] = {"account_id": "12345678", "retry": RetryPolicy.none(), "platform_version": "v2"}


def client(handle: Callable[[HttpRequest], HttpResponse], **options: Any) -> Client:
    options = {**OPTIONS, "transport": MemoryTransport(handle), "clock": ManualClock(), **options}
    return Client(**options)


def behind(answer: HttpResponse) -> Client:
    """A client of a gateway that always gives *answer*."""
    resolver = StaticDomainResolver(HOSTS)
    return client(lambda _: answer, domain_resolver=resolver, auth_strategy=BearerToken(SECRET))


def read_fully(response: Response) -> None:
    """Use all that a response offers."""
    for use in (response.raise_for_status, lambda: response.parse(list[dict[str, int]]), lambda: response.body):
        outcome_of(use)
    assert response.ok == (response.error is None)
    assert SECRET not in repr(response)


CALLS: dict[str, Callable[[Client], Any]] = {
    "invoke": lambda of: read_fully(of.invoke(lambda_uuid="a1b2")),
    "invoke in the V1 form": lambda of: read_fully(of.invoke(event_id="e", v1_comp_error=True)),
    "is_implemented": lambda of: of.is_implemented(event_id="e"),
    "get_lambdas": lambda of: list(of.get_lambdas()),
    "get_functions": lambda of: list(of.get_functions()),
}


@pytest.mark.parametrize("call", CALLS)
@given(
    answer=st.one_of(
        answers(RESULTS), answers({"implemented": True}), answers([FUNCTION, FUNCTION]), answers(ERROR_BODY)
    )
)
def test_whatever_the_platform_answers_only_errors_of_ours_come_out(call: str, answer: HttpResponse) -> None:
    outcome_of(lambda: CALLS[call](behind(answer)))


@given(answer=answers(DOMAINS))
def test_whatever_discovery_answers_only_trusted_hosts_are_asked(answer: HttpResponse) -> None:
    asked: list[str] = []

    def handle(request: HttpRequest) -> HttpResponse:
        asked.append(request.host)
        return answer if "baseURI" in request.url else HttpResponse(200, "OK", {}, b"{}")

    with client(handle, auth_strategy=BearerToken(SECRET)) as of:
        outcome_of(lambda: of.invoke(lambda_uuid="x"))
    trusted = ("liveperson.net", "liveperson.com", "lpcloud.io", "lprnd.net")
    assert all(host.rpartition(":")[0].lower().endswith(trusted) or host.lower().endswith(trusted) for host in asked)
    assert asked[0] == "api.liveperson.net"


@given(answer=answers(GRANT))
def test_whatever_the_token_endpoint_answers_only_a_sound_token_is_sent(answer: HttpResponse) -> None:
    authorizations: list[str] = []

    def handle(request: HttpRequest) -> HttpResponse:
        if "/token" in request.url:
            return answer
        authorizations.append(request.headers["Authorization"])
        return HttpResponse(200, "OK", {}, b"{}")

    credentials = ClientCredentials(client_id="client-id", client_secret=SECRET)
    resolver = StaticDomainResolver(HOSTS)
    with client(handle, domain_resolver=resolver, auth_strategy=credentials) as of:
        outcome_of(lambda: of.invoke(lambda_uuid="x"))
        assert SECRET not in repr(of.auth_state())
    assert all(value.isascii() and value.isprintable() and value.startswith("Bearer ") for value in authorizations)
