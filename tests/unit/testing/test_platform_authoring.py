"""Create, change, deploy and undeploy functions through the management host, as developers' tools do."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing import FakePlatform
from tests.support.javascript import needs_node
from tests.support.platform_requests import ACCOUNT, Hands, by, deploy, error_of, invocation, manage, platform_of_a_user

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse

CODE = {
    "v1": "function lambda(input, callback) { callback(null, [input.payload, process.env.GREETING]); }",
    "v2": "export async function lambda(input) { return [input.payload, process.env.GREETING]; }",
}
V2 = CODE["v2"].removeprefix("export ")


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return platform_of_a_user(request.param)


def path_of(platform: FakePlatform) -> str:
    return by(platform, "lambdas", "functions")


def new_function(platform: FakePlatform, code: str | None = None, **fields: Any) -> dict[str, Any]:
    """The body that creates a function, in the shape of the version."""
    source = by(platform, CODE["v1"], V2) if code is None else code
    meta = {"name": "greet", "description": "says hello", "eventId": "e", **fields}
    if platform.platform_version == "v2":
        return meta | {"manifest": {"code": source, "environment": {"GREETING": "hi"}}}
    environment = [{"key": "GREETING", "value": "hi"}, {"key": "", "value": ""}]
    implementation = {"code": source, "dependencies": [], "environmentVariables": environment}
    return meta | {"uuid": "", "version": -1, "state": "Draft", "timestamp": 0, "implementation": implementation}


def created(platform: FakePlatform, code: str | None = None, **fields: Any) -> dict[str, Any]:
    response = manage(platform, "POST", path_of(platform), new_function(platform, code, **fields))
    assert response.status == 201
    shown: dict[str, Any] = json.loads(response.content)
    return shown


def listed(platform: FakePlatform) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(manage(platform, "GET", path_of(platform)).content)
    return items


def alone(platform: FakePlatform, uuid: str) -> dict[str, Any]:
    shown: Any = json.loads(manage(platform, "GET", f"{path_of(platform)}/{uuid}").content)
    single: dict[str, Any] = shown[0] if platform.platform_version == "v1" else shown
    return single


def code_in(shown: dict[str, Any]) -> tuple[str, Any]:
    if "implementation" in shown:
        return shown["implementation"]["code"], shown["implementation"]["environmentVariables"]
    return shown["versions"][0]["code"], shown["versions"][0]["environment"]


def save(platform: FakePlatform, uuid: str, code: str, environment: dict[str, str] | None = None) -> HttpResponse:
    if platform.platform_version == "v2":
        body = {"code": code} if environment is None else {"code": code, "environment": environment}
        return manage(platform, "PUT", f"functions/{uuid}/manifest", {"version": -1, **body})
    function = alone(platform, uuid)
    if environment is not None:
        function["implementation"]["environmentVariables"] = [{"key": k, "value": v} for k, v in environment.items()]
    function["implementation"]["code"] = code
    return manage(platform, "PUT", f"lambdas/{uuid}", function)


def test_a_new_function_is_a_draft_with_its_code(platform: FakePlatform) -> None:
    shown = created(platform)
    assert shown["uuid"] == platform.account.functions.uuid_of("greet")
    assert {name: shown[name] for name in ("name", "description", "eventId", "state")} == {
        "name": "greet",
        "description": "says hello",
        "eventId": "e",
        "state": "Draft",
    }
    variables: Any = by(platform, "[{'key': 'GREETING', 'value': 'hi'}]", "{'GREETING': 'hi'}")
    code, environment = code_in(alone(platform, shown["uuid"]))
    assert (code, str(environment)) == (by(platform, CODE["v1"], V2), variables)
    assert platform.handle(invocation(platform, f"lambdas/{shown['uuid']}")).status == 404


def test_who_made_a_function_is_named(platform: FakePlatform) -> None:
    session = platform.account.users.log_in(platform.add_user("ada", "x"), platform.clock.now())
    manage(platform, "POST", path_of(platform), new_function(platform), bearer=session.bearer)
    deploy(platform, name="other")
    assert [(item["createdBy"], item["updatedBy"]) for item in listed(platform)] == [
        ("ada", "ada"),
        ("lpfunctions", "lpfunctions"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "two words"},
        {"name": "x" * 51},
        {"name": 7},
        {"description": "x" * 201},
        {"eventId": "x" * 61},
        {"skills": ["1"] * 501},
    ],
)
def test_a_function_that_exceeds_a_limit_is_bad_input(platform: FakePlatform, fields: dict[str, Any]) -> None:
    status, code, _ = error_of(manage(platform, "POST", path_of(platform), new_function(platform, **fields)))
    assert (status, code) == (400, by(platform, "com.liveperson.faas.es.badinput", "com.liveperson.faas.evg.invalid"))
    assert platform.functions == []


@pytest.mark.parametrize(("version", "most"), [("v1", 50), ("v2", 500)])
def test_a_function_has_so_many_skills(version: str, most: int) -> None:
    platform = FakePlatform(platform_version=version)
    platform.add_bearer("user")
    too_many = new_function(platform, skills=["1"] * (most + 1))
    assert error_of(manage(platform, "POST", path_of(platform), too_many))[0] == 400
    assert len(created(platform, skills=["1"] * most)["skills"]) == most


def test_code_of_more_than_100_000_characters_is_bad_input(platform: FakePlatform) -> None:
    longest = by(platform, CODE["v1"], V2) + "//"
    longest += "x" * (100_000 - len(longest))
    body = new_function(platform, longest + "x")
    assert error_of(manage(platform, "POST", path_of(platform), body))[0] == 400
    created(platform, longest)


@pytest.mark.parametrize("environment", [{"k" * 201: "v"}, {"k": "v" * 1025}, {f"k{n}": "v" for n in range(513)}])
def test_v2_limits_the_environment(environment: dict[str, str]) -> None:
    platform = FakePlatform()
    platform.add_bearer("user")
    assert error_of(save(platform, created(platform)["uuid"], V2, environment))[0] == 400


@pytest.mark.parametrize(
    "code", ["function other() {}", "function lambda(input, callback) { eval(input); callback(); }"]
)
def test_code_that_is_no_function_of_the_platform_is_refused(platform: FakePlatform, code: str) -> None:
    refused = error_of(manage(platform, "POST", path_of(platform), new_function(platform, code)))
    expected = by(
        platform, "com.liveperson.faas.fm.contract-error", "com.liveperson.faas.fm.validation.interface-wrong"
    )
    assert refused[:2] == (400, expected)


def test_a_name_is_taken_once_and_an_account_has_fifty_functions(platform: FakePlatform) -> None:
    created(platform)
    assert error_of(manage(platform, "POST", path_of(platform), new_function(platform)))[0] == 400
    for number in range(49):
        created(platform, name=f"f{number}")
    assert error_of(manage(platform, "POST", path_of(platform), new_function(platform, name="one_more")))[0] == 400


def test_an_update_without_change_says_so(platform: FakePlatform) -> None:
    uuid = created(platform)["uuid"]
    if platform.platform_version == "v1":
        response = save(platform, uuid, CODE["v1"])
        assert (response.status, response.content) == (304, b"")
        return
    for response in (
        save(platform, uuid, V2),
        manage(platform, "PUT", f"functions/{uuid}", {"description": "says hello"}),
    ):
        assert error_of(response)[1] == "com.liveperson.faas.function.unchanged"


def test_an_update_of_a_draft_leaves_a_draft(platform: FakePlatform) -> None:
    uuid = created(platform)["uuid"]
    clock = platform.clock
    assert isinstance(clock, Hands)
    clock.time += 60
    response = save(platform, uuid, by(platform, CODE["v1"], V2) + " // better")
    assert response.status == 202
    shown = alone(platform, uuid)
    assert code_in(shown)[0].endswith("// better")
    assert (shown["state"], shown["createdAt"]) == ("Draft", "2023-11-14T22:13:20.000Z")
    assert shown["updatedAt"] == "2023-11-14T22:14:20.000Z"


def test_a_change_of_what_runs_is_modified_and_goes_on_running(platform: FakePlatform) -> None:
    uuid = deploy(platform, lambda _: "old", name="greet", event_id="e").uuid
    if platform.platform_version == "v2":
        assert manage(platform, "PUT", f"functions/{uuid}", {"skills": ["7"], "description": "new"}).status == 202
    else:
        assert save(platform, uuid, CODE["v1"]).status == 202
    assert alone(platform, uuid)["state"] == "Modified"
    answered = platform.handle(invocation(platform, f"lambdas/{uuid}"))
    assert (answered.status, answered.content) == (200, b'"old"')


def test_the_event_of_a_function_is_fixed_at_its_creation(platform: FakePlatform) -> None:
    uuid = created(platform)["uuid"]
    body = alone(platform, uuid) | {"eventId": "other"}
    assert error_of(manage(platform, "PUT", f"{path_of(platform)}/{uuid}", body))[0] == 400


def test_a_drafted_function_is_deployed_and_undeployed(platform: FakePlatform) -> None:
    function = deploy(platform, lambda _: "ran", name="greet", state="Draft")
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}")).status == 404

    started = manage(platform, "POST", f"deployments/{function.uuid}")

    assert (started.status, list(json.loads(started.content))) == (202, ["message"])
    assert alone(platform, function.uuid)["state"] == "Productive"
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}")).content == b'"ran"'
    again = json.loads(manage(platform, "POST", f"deployments/{function.uuid}").content)
    assert (sorted(again), again["uuid"]) == (["message", "uuid"], function.uuid)

    assert list(json.loads(manage(platform, "DELETE", f"deployments/{function.uuid}").content)) == ["message"]

    assert alone(platform, function.uuid)["state"] == "Draft"
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}")).status == 404
    again = json.loads(manage(platform, "DELETE", f"deployments/{function.uuid}").content)
    assert again["uuid"] == function.uuid


def test_what_does_not_exist_is_neither_changed_nor_deployed(platform: FakePlatform) -> None:
    for method, target, body in (
        ("PUT", f"{path_of(platform)}/u", new_function(platform)),
        ("POST", "deployments/u", None),
        ("DELETE", "deployments/u", None),
    ):
        assert error_of(manage(platform, method, target, body))[0] == 404


def test_v2_lists_and_counts_deployments_and_functions() -> None:
    platform = FakePlatform(clock=Hands())
    platform.add_bearer("user")
    greet = deploy(platform, name="greet")
    draft = deploy(platform, name="draft", state="Draft")
    manage(platform, "PUT", f"functions/{greet.uuid}", {"description": "new"})
    manage(platform, "PATCH", f"deployments/{greet.uuid}")

    shown = json.loads(manage(platform, "GET", "deployments").content)

    assert [(item["id"], item["functionUuid"], item["deploymentState"]) for item in shown] == [
        (1, greet.uuid, "successful"),
        (2, greet.uuid, "successful"),
    ]
    assert {"manifestVersion", "createdAt", "updatedAt", "deployedAt", "createdBy", "updatedBy", "functionSize"} < set(
        shown[0]
    )
    assert manage(platform, "GET", "functions/count").content == b"2"
    assert manage(platform, "GET", "deployments/count").content == b"1"
    for _ in range(5):
        manage(platform, "POST", f"deployments/{draft.uuid}")
        manage(platform, "DELETE", f"deployments/{draft.uuid}")
    kept = [item["id"] for item in json.loads(manage(platform, "GET", "deployments").content)][2:]
    assert kept == [1, 2, 3, 4, 5], "five records of a function"


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [(["FaaS-Admin"], (201, 202)), (["FaaS-Developer"], (201, 202)), (["FaaS-Invocation"], (403, 403))],
)
def test_those_who_only_invoke_change_nothing(
    platform: FakePlatform, permissions: Any, statuses: tuple[int, int]
) -> None:
    draft = deploy(platform, name="draft", state="Draft")
    session = platform.account.users.log_in(platform.add_user("a", "b", permissions), platform.clock.now())
    create = manage(platform, "POST", path_of(platform), new_function(platform), bearer=session.bearer)
    start = manage(platform, "POST", f"deployments/{draft.uuid}", bearer=session.bearer)
    assert (create.status, start.status) == statuses


def test_a_snapshot_holds_what_developers_saved() -> None:
    platform = FakePlatform()
    platform.add_bearer("user")
    function = deploy(platform, lambda _: "old", name="greet")
    before = platform.snapshot()
    authored = function.authored
    save(platform, function.uuid, V2)
    platform.restore(before)
    assert (function.state, function.authored) == ("Productive", authored)


class TestWithNode:
    """Code that developers save runs once it is deployed."""

    pytestmark = needs_node

    def test_saved_code_runs_once_it_is_deployed(self, platform: FakePlatform) -> None:
        uuid = created(platform)["uuid"]
        manage(platform, "POST", f"deployments/{uuid}")
        answered = platform.handle(invocation(platform, f"lambdas/{uuid}"))
        assert (answered.status, json.loads(answered.content)) == (200, [None, "hi"])

        save(platform, uuid, by(platform, CODE["v1"], V2), {"GREETING": "new"})
        assert json.loads(platform.handle(invocation(platform, f"lambdas/{uuid}")).content) == [None, "hi"]

        redeployed = HttpRequest("POST", *request_parts(platform, f"deployments/{uuid}"))
        assert asyncio.run(platform.handle_async(redeployed)).status == 202
        assert json.loads(platform.handle(invocation(platform, f"lambdas/{uuid}")).content) == [None, "new"]
        assert platform.functions[0].authored.version == 2
        platform.close()

    def test_code_that_cannot_be_built_is_a_build_error(self, platform: FakePlatform) -> None:
        uuid = created(platform, "function lambda(input, callback) { callback(null, ; }")["uuid"]

        assert manage(platform, "POST", f"deployments/{uuid}").status == 202

        shown = alone(platform, uuid)
        assert shown["state"] == "Build Error"
        assert platform.handle(invocation(platform, f"lambdas/{uuid}")).status == 404
        if platform.platform_version == "v1":
            assert "Unexpected token" in shown["lastDeployment"]["deploymentError"]["errorMsg"]
            assert "deployedAt" not in shown["lastDeployment"]
        else:
            [deployment] = json.loads(manage(platform, "GET", "deployments").content)
            assert deployment["deploymentState"] == "failed"
        platform.close()


def request_parts(platform: FakePlatform, target: str) -> tuple[str, dict[str, str]]:
    v = "v=1" if platform.platform_version == "v1" else ""
    url = f"https://{platform.account.domains['faasUI']}/api/account/{ACCOUNT}/{target}?{v}"
    return url, {"Authorization": "Bearer user"}
