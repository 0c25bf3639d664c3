"""Listing functions: filters and item shapes of both versions."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.platform.endpoints.shapes import RUNTIME

ACCOUNT = "12345678"
FAILED: tuple[tuple[Literal["Build Error", "Deploy Error"], str], ...] = (
    ("Build Error", "the code could not be built"),
    ("Deploy Error", "the deployment failed"),
)
EVERYTHING = ["greet", "greet_again", "survey", "leaving", "unbuilt", "stuck"]
PATHS = {"v1": "lambdas", "v2": "functions"}


class Noon:
    def now(self) -> float:
        return 1_735_732_800.25


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    platform = FakePlatform(platform_version=request.param, clock=Noon())
    platform.add_bearer("user")
    for name, event, state in (
        ("greet", "conversational_command", "Productive"),
        ("greet_again", None, "Draft"),
        ("survey", "surveybot_messaging_survey_started", "Modified"),
        ("leaving", None, "Marked Undeployed"),
        ("unbuilt", None, "Build Error"),
        ("stuck", None, "Deploy Error"),
    ):
        platform.function(name=name, event_id=event, state=state, skills=["1"], description="d")(print)  # type: ignore[arg-type]  # states out of a table
    return platform


def listed(platform: FakePlatform, query: str = "", path: str = "") -> HttpResponse:
    v = "v=1" if platform.platform_version == "v1" else ""
    url = f"https://ui.test/api/account/{ACCOUNT}/{path or PATHS[platform.platform_version]}?{v}&{query}"
    return platform.handle(HttpRequest("GET", url, {"Authorization": "Bearer user"}))


def items(response: HttpResponse) -> list[dict[str, Any]]:
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    read: list[dict[str, Any]] = json.loads(response.content)
    return read


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", EVERYTHING),
        ("userId=42&externalSystem=t&unknown=x", EVERYTHING),
        ("eventId=&state=&name=&functionName=&userId=", EVERYTHING),
        ("state=Productive", ["greet"]),
        ("state=Draft&state=Modified", ["greet_again", "survey"]),
        ("state=Marked%20Undeployed", ["leaving"]),
        ("state=Marked+Undeployed", ["leaving"]),
        ("state=Build%20Error&state=Deploy%20Error", ["unbuilt", "stuck"]),
        ("eventId=messaging_survey", ["survey"]),
        ("eventId=never", []),
        ("name=greet", ["greet", "greet_again"]),
        ("name=again&state=Productive", []),
    ],
)
def test_filters_narrow_the_list(platform: FakePlatform, query: str, names: list[str]) -> None:
    assert [item["name"] for item in items(listed(platform, query))] == names


def test_v2_filters_by_function_name() -> None:
    platform = FakePlatform()
    platform.add_bearer("user")
    platform.function(name="greet")(print)
    platform.function(name="leave")(print)
    assert [item["name"] for item in items(listed(platform, "functionName=ree"))] == ["greet"]


@pytest.mark.parametrize("query", ["state=active", "state=productive", "state=Draft&state=x"])
def test_an_unknown_state_is_bad_input(platform: FakePlatform, query: str) -> None:
    assert listed(platform, query).status == 400


def test_items_have_the_documented_keys(platform: FakePlatform) -> None:
    item = items(listed(platform, "state=Productive"))[0]
    common = {
        "uuid": platform.account.functions.uuid_of("greet"),
        "name": "greet",
        "description": "d",
        "eventId": "conversational_command",
        "state": "Productive",
        "skills": ["1"],
        "createdAt": "2025-01-01T12:00:00.250Z",
        "createdBy": "lpfunctions",
        "updatedAt": "2025-01-01T12:00:00.250Z",
        "updatedBy": "lpfunctions",
    }
    if platform.platform_version == "v2":
        assert item == common | {"size": "S", "isCompV1": False}
    else:
        assert item == common | {
            "version": 1,
            "samplePayload": {"headers": [], "payload": {}},
            "runtime": RUNTIME,
            "lastDeployment": item["lastDeployment"],
            "implementation": {"code": "", "dependencies": [], "environmentVariables": []},
        }


def test_v1_tells_of_the_last_deployment_what_the_java_client_reads() -> None:
    platform = FakePlatform(platform_version="v1", clock=Noon())
    platform.add_bearer("user")
    moment = {"createdAt": "2025-01-01T12:00:00.250Z", "updatedAt": "2025-01-01T12:00:00.250Z"}
    function = platform.function("greet")(print)

    deployed = items(listed(platform))[0]["lastDeployment"]

    expected = moment | {
        "uuid": deployed["uuid"],
        "name": "greet",
        "lambdaUUID": function.uuid,
        "lambdaVersion": 1,
        "imageName": "functions/greet:1",
        "deploymentState": "Successful",
        "createdBy": "lpfunctions",
        "updatedBy": "lpfunctions",
    }
    assert deployed == expected | {"deployedAt": "2025-01-01T12:00:00.250Z"}
    for function.state, message in FAILED:
        error: dict[str, Any] = {"errorCode": "com.liveperson.faas.fm.general", "errorMsg": message, "errorLogs": []}
        failed = expected | {"deploymentState": "Failed", "deploymentError": error}
        assert items(listed(platform))[0]["lastDeployment"] == failed
    function.state = "Draft"
    assert items(listed(platform))[0]["lastDeployment"] == {}


def test_a_function_without_event_has_no_event_id(platform: FakePlatform) -> None:
    assert "eventId" not in items(listed(platform, "state=Draft"))[0]


@pytest.mark.parametrize(
    ("version", "path", "status"),
    [
        ("v1", "lambdas", 200),
        ("v1", "lambdas/", 200),
        ("v1", "functions", 404),
        ("v2", "functions", 200),
        ("v2", "functions/", 404),
        ("v2", "lambdas", 404),
        ("v2", "lambdas/", 404),
    ],
)
def test_each_version_has_its_own_path(version: str, path: str, status: int) -> None:
    platform = FakePlatform(platform_version=version)
    platform.add_bearer("user")
    assert listed(platform, path=path).status == status


def test_v1_wants_its_version_parameter() -> None:
    platform = FakePlatform(platform_version="v1")
    platform.add_bearer("user")
    url = f"https://ui.test/api/account/{ACCOUNT}/lambdas"
    assert platform.handle(HttpRequest("GET", url, {"Authorization": "Bearer user"})).status == 400
