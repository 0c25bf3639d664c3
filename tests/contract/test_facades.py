"""The two façades are one API in two colours, and the package offers what the documentation names."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

import lpfunctions
from lpfunctions import AsyncClient, Client
from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions

DOCUMENTED = """
    Client AsyncClient ClientConfig ClientCredentials DpopCredentials OAuth1Credentials BearerToken Event EventResult
    Response FunctionList FunctionInfo Invocation Outcome RetryPolicy StaticDomainResolver HttpRequest HttpResponse
    FaaSError FaaSConfigurationError FaaSOperationError FaaSInvokeError FaaSLambdaError FaaSIsImplementedError
    FaaSGetLambdasError FaaSGetFunctionsError FaaSRequestError FaaSConnectionError FaaSTimeoutError
    FaaSResponseFormatError FaaSAppJWTAuthenticationError CSDSFailure CSDSDomainNotFound
"""
OPERATIONS = ["get_functions", "get_lambdas", "invoke", "is_implemented", "warm_up"]
COLOUR = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}


def public_methods(client: type) -> set[str]:
    return {name for name, member in vars(client).items() if inspect.isfunction(member) and not name.startswith("_")}


@pytest.mark.parametrize("name", [*OPERATIONS, "__init__", "from_config", "from_env", "with_options"])
def test_both_clients_take_the_same_parameters(name: str) -> None:
    blocking, awaiting = (inspect.signature(getattr(client, name)).parameters for client in (Client, AsyncClient))

    assert list(blocking) == list(awaiting)
    for parameter, twin in zip(blocking.values(), awaiting.values(), strict=True):
        assert parameter.kind == twin.kind
        assert parameter.default is twin.default
        if parameter.kind is not parameter.VAR_KEYWORD:
            assert parameter.annotation == twin.annotation


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_return_the_same_and_take_keywords_only(name: str) -> None:
    blocking, awaiting = (inspect.signature(getattr(client, name)) for client in (Client, AsyncClient))

    assert blocking.return_annotation == awaiting.return_annotation
    assert {p.kind for p in blocking.parameters.values() if p.name != "self"} <= {inspect.Parameter.KEYWORD_ONLY}
    assert inspect.iscoroutinefunction(getattr(AsyncClient, name))
    assert not inspect.iscoroutinefunction(getattr(Client, name))


def test_both_clients_have_the_same_methods() -> None:
    assert {COLOUR.get(name, name) for name in public_methods(Client)} == public_methods(AsyncClient)
    assert set(OPERATIONS) <= public_methods(Client)


def test_both_clients_take_the_same_options() -> None:
    assert set(ClientOptions.__annotations__) == set(AsyncClientOptions.__annotations__)


def test_every_method_is_documented() -> None:
    for client in (Client, AsyncClient):
        assert all(inspect.getdoc(getattr(client, name)) for name in public_methods(client))


def test_every_option_is_documented_with_the_default_it_has() -> None:
    documented = set(re.findall(r"\w+", DOCUMENTED))
    assert documented <= set(lpfunctions.__all__)


def test_all_documented_names_are_public() -> None:
    assert set(re.findall(r"\w+", DOCUMENTED)) <= set(lpfunctions.__all__)


def test_importing_the_package_loads_no_http_library_and_no_model() -> None:
    script = (
        "import sys, lpfunctions; print(sorted({'requests', 'aiohttp', 'pydantic', 'structlog'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_each_client_loads_its_own_http_library_alone() -> None:
    script = """if True:
        import sys
        from lpfunctions import {client}, BearerToken
        {client}(account_id="1", auth_strategy=BearerToken("t"))
        print(sorted({{'requests', 'aiohttp'}} & set(sys.modules)))
    """
    for client, library in (("Client", "requests"), ("AsyncClient", "aiohttp")):
        out = subprocess.check_output([sys.executable, "-c", script.format(client=client)], text=True)
        assert out.strip() == f"['{library}']"
