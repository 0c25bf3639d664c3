"""The OpenAPI description and the emulator agree: schemathesis makes up requests and judges the answers."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi import checks

import lpfunctions.testing
from lpfunctions.testing import Emulator, FakePlatform
from lpfunctions.testing.platform.requests.routing import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lpfunctions.testing import Account

pytestmark = pytest.mark.sockets


DESCRIPTION = Path(lpfunctions.testing.__file__).with_name("openapi.yaml")
ACCOUNTS = {"v1": "11111111", "v2": "22222222"}

_schemas: Any = schemathesis.openapi
OPERATIONS: list[Any] = [found.ok() for found in _schemas.from_path(DESCRIPTION).get_all_operations()]


def name_of(operation: Any) -> str:
    name: str = operation.definition.raw["operationId"]
    return name


OURS = frozenset({
    "invokeByUuid", "invokeByEvent", "isImplemented", "listFunctions", "listLambdas", "token", "tokenV2", "keys",
    "domains", "domain",
})  # fmt: skip
OF_ONE_GENERATION = {
    "listFunctions": "v2", "getFunction": "v2", "createFunction": "v2", "updateFunction": "v2", "updateManifest": "v2",
    "test": "v2", "exportFunctionLogs": "v2", "countFunctions": "v2", "countDeployments": "v2", "listDeployments": "v2",
    "redeploy": "v2",
    "listLambdas": "v1", "getLambda": "v1", "listRuntimes": "v1", "createLambda": "v1", "updateLambda": "v1",
    "exportLambdaLogs": "v1",
}  # fmt: skip
# What these answer depends on what was saved before. Each with its function: code that is saved is not deployed here.
CHANGING = {
    "createFunction": None, "updateFunction": "edited", "updateManifest": "edited",
    "createLambda": None, "updateLambda": "edited",
    "deploy": "deployed", "redeploy": "deployed", "undeploy": "deployed",
}  # fmt: skip

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)


def hold(operation: Any, mode: schemathesis.GenerationMode, check: Callable[[Any], None]) -> None:
    """Let *check* judge the answers to many requests that keep to the description, or break it."""

    # The more, the more important: clients of ours send the first.
    examples = 12 if name_of(operation) in OURS else 2

    @settings(max_examples=examples, deadline=None, suppress_health_check=list[Any](HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        check(case)

    each()


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    platform = FakePlatform(account_id=ACCOUNTS["v1"], platform_version="v1")
    for account in (platform.account, platform.add_account(account_id=ACCOUNTS["v2"])):
        account.function("echo", event_id="conversational_command")(lambda given: given.payload)
        account.function("edited")(lambda given: given.payload)
        account.function("deployed")(lambda given: given.payload)
    with Emulator(platform) as emulator:
        yield emulator


@each_operation
@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_whatever_is_sent_the_answer_is_a_described_one(
    operation: Any, mode: schemathesis.GenerationMode, emulator: Emulator
) -> None:
    try:
        hold(operation, mode, lambda case: case.call_and_validate(base_url=emulator.url))
    except Unsatisfiable:
        assert name_of(operation) == "keys"  # it takes nothing that could be wrong


@each_operation
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_who_is_let_in_gets_the_described_answer(operation: Any, version: str, emulator: Emulator) -> None:
    account = emulator.platform.accounts[ACCOUNTS[version]]
    known = {
        "accountId": account.account_id,
        "uuid": account.functions.uuid_of(CHANGING.get(name_of(operation)) or "echo"),
        "eventId": "conversational_command",
    }
    headers = {"Authorization": f"Bearer {emulator.platform.issue_token(account_id=account.account_id)}"}
    usual = 302 if name_of(operation) == "authorize" else 200
    expected = usual if OF_ONE_GENERATION.get(name_of(operation), version) == version else 404

    def check(case: Any) -> None:
        case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
        tell_who_asks(case, name_of(operation), account)
        if version == "v1" and "sentinel" not in case.path and name_of(operation) != "login":
            case.query["v"] = "1"
        response = case.call(base_url=emulator.url, headers=headers, allow_redirects=False)
        # Code that keeps to the schema may still define no function to be called: that is refused too.
        openapi: Any = checks
        beyond = [openapi.positive_data_acceptance] if name_of(operation) in CHANGING else []
        case.validate_response(response, excluded_checks=beyond)
        assert name_of(operation) in CHANGING or response.status_code == expected

    hold(operation, schemathesis.GenerationMode.POSITIVE, check)


def tell_who_asks(case: Any, name: str, account: Account) -> None:
    """Put into *case* what only somebody who is known can send."""
    app = {"client_id": account.client_id, "client_secret": account.client_secret}
    user = account.users.add("user", "password")
    match name:
        case "token" | "tokenV2":
            case.body |= app
        case "login":
            case.body |= {"username": "user", "password": "password"}
        case "refresh":
            session = account.users.log_in(user, time.time())
            case.cookies, case.body = {"session_id": session.session_id}, {"csrf": session.csrf}
        case "authorize":
            case.query |= {"client_id": account.client_id, "redirect_uri": "https://app.example/back"}
        case "userToken":
            refresh_token = account.users.new_refresh_token(user)
            case.body |= {**app, "grant_type": "refresh_token", "refresh_token": refresh_token}
        case "exportLambdaLogs":
            case.query["lambdaUUID"] = account.functions.uuid_of("echo")
        case _:
            pass


def test_every_endpoint_is_described() -> None:
    described = {(operation.method.upper(), nameless(operation.path)) for operation in OPERATIONS}

    assert described == {(endpoint.method, nameless(endpoint.pattern).rstrip("/")) for endpoint in ENDPOINTS}


def nameless(path: str) -> str:
    return re.sub(r"{.*?}", "{}", path)
