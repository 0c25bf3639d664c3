"""The two façades are one API in two modes, and the package offers what the documentation names."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import lpfunctions
from lpfunctions import AsyncClient, Client, ClientConfig, RetryPolicy, ports
from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions, Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTED = """
    Client AsyncClient ClientConfig ClientCredentials DpopCredentials OAuth1Credentials BearerToken AuthState
    Event EventResult Response Attempt FunctionList FunctionInfo Invocation Outcome RetryPolicy
    Outcomes AsyncOutcomes BatchSummary RateLimit
    FunctionHandle AsyncFunctionHandle StaticDomainResolver HttpRequest HttpResponse TransportLimits
    InvocationMetricData OpenTelemetryMetricCollector StructlogMetricCollector redact_secrets
    FaaSError FaaSConfigurationError FaaSOperationError FaaSInvokeError FaaSLambdaError FaaSIsImplementedError
    FaaSGetLambdasError FaaSGetFunctionsError FaaSRequestError FaaSConnectionError FaaSTimeoutError FailedResponse
    FaaSResponseFormatError FaaSAppJWTAuthenticationError CSDSFailure CSDSDomainNotFound
"""
OPERATIONS = ["get_functions", "get_lambdas", "invoke", "is_implemented", "warm_up"]
ASYNC_NAMES = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}

# Defaults that the documentation says in words, and what they mean.
IN_WORDS = {"RetryPolicy()": RetryPolicy(), "32 MiB": 32 * 2**20, "by account": "api.liveperson.net"}
# Defaults that are no literal: a list too long to print, and parts that the client makes.
NO_VALUE = {
    "trusted_domain_suffixes",
    "domain_resolver",
    "request_id_factory",
    "tracer_provider",
    "meter_provider",
    "logger",
}


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
    *taken, last = (p for p in blocking.parameters.values() if p.name != "self")
    # The last stands for what is not taken, and refused by name.
    taken += [] if last.kind is inspect.Parameter.VAR_KEYWORD and last.annotation == "Never" else [last]
    assert {p.kind for p in taken} <= {inspect.Parameter.KEYWORD_ONLY}
    assert inspect.iscoroutinefunction(getattr(AsyncClient, name))
    assert not inspect.iscoroutinefunction(getattr(Client, name))


def test_both_clients_have_the_same_methods() -> None:
    assert {ASYNC_NAMES.get(name, name) for name in public_methods(Client)} == public_methods(AsyncClient)
    assert set(OPERATIONS) <= public_methods(Client)


def test_both_clients_take_the_same_options() -> None:
    assert set(ClientOptions.__annotations__) == set(AsyncClientOptions.__annotations__)


def test_every_method_is_documented() -> None:
    for client in (Client, AsyncClient):
        assert all(inspect.getdoc(getattr(client, name)) for name in public_methods(client))


def documented_options() -> Iterator[tuple[str, str]]:
    """Each option that the documentation of `Client` lists, and the text of its default, or an empty one."""
    options = inspect.cleandoc(Client.__doc__ or "").partition("\nOptions:\n")[2].partition("\n\n")[0]
    for entry in re.split(r"\n {4}(?=\S)", f"\n{options}")[1:]:
        head = entry.partition(": ")[0]
        for names, in_code, plain in re.findall(r"(\w+(?:,\s+\w+)*)(?: \((?:``(.+?)``|(.*?))\))?(?:,\s+|$)", head):
            each = re.split(r",\s+", names)
            # One pair of parentheses may tell the defaults of a group, one each, or one for all.
            texts = (in_code or plain).split(", ") if len(each) > 1 else [in_code or plain]
            yield from zip(each, texts if len(texts) == len(each) else texts * len(each), strict=True)


def test_every_option_is_documented_and_nothing_else() -> None:
    assert sorted(name for name, _ in documented_options()) == sorted(ClientOptions.__annotations__)


@pytest.mark.parametrize(
    ("option", "text"), [(name, text) for name, text in documented_options() if text and name not in NO_VALUE]
)
def test_an_option_is_documented_with_the_default_it_has(option: str, text: str) -> None:
    values, parts = ClientConfig(account_id="1"), Parts()
    default = IN_WORDS[text] if text in IN_WORDS else ast.literal_eval(text)
    assert getattr(values if hasattr(values, option) else parts, option) == default


def test_all_documented_names_are_public() -> None:
    assert set(re.findall(r"\w+", DOCUMENTED)) == set(lpfunctions.__all__) - {"__version__"}


def test_each_public_name_has_a_home_to_be_loaded_from() -> None:
    assert set(vars(lpfunctions)["_HOME_OF"]) == set(lpfunctions.__all__) - {"__version__"}
    assert all(getattr(lpfunctions, name) is not None for name in lpfunctions.__all__)


@pytest.mark.sockets
def test_importing_the_package_loads_no_http_library_and_no_model() -> None:
    script = (
        "import sys, lpfunctions; print(sorted({'requests', 'aiohttp', 'pydantic', 'structlog'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


@pytest.mark.sockets
def test_each_client_loads_no_http_library_but_its_own() -> None:
    """`Client` needs none: requests is loaded when a session of it is given, or proxies of the environment count."""
    script = """if True:
        import sys
        from lpfunctions import {client}, BearerToken
        {client}(account_id="1", auth_strategy=BearerToken("t"))
        print(sorted({{'requests', 'urllib3', 'aiohttp'}} & set(sys.modules)))
    """
    for client, library in (("Client", []), ("AsyncClient", ["aiohttp"])):
        out = subprocess.check_output([sys.executable, "-c", script.format(client=client)], text=True)
        assert out.strip() == str(library)


@pytest.mark.parametrize("name", ["ImplementedCache", "ImplementedKey", "RetryBudget"])
def test_what_is_no_port_any_more_can_still_be_imported(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} is no port"):
        assert getattr(ports, name) is not None
    with pytest.raises(AttributeError):
        getattr(ports, f"{name}s")
