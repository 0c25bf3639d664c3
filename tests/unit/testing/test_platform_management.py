"""The management host: one function, events, runtimes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import Event
from lpfunctions.testing import FakePlatform
from tests.support.platform_requests import by, error_of, manage, platform_of_a_user

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return platform_of_a_user(request.param)


def read(response: HttpResponse) -> Any:
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    return json.loads(response.content)


@pytest.mark.parametrize("state", ["Draft", "Productive", "Modified", "Marked Undeployed", "Build Error"])
def test_one_function_is_shown_in_whatever_state(platform: FakePlatform, state: Any) -> None:
    uuid = platform.function("greet", state=state, environment={"A": "1"})(print).uuid
    listing = by(platform, "lambdas", "functions")
    [listed] = read(manage(platform, "GET", listing))

    shown = read(manage(platform, "GET", f"{listing}/{uuid}"))

    if platform.platform_version == "v1":
        assert shown == [listed], "a list of one"
    else:
        [version] = shown.pop("versions")
        assert shown == listed
        assert {name: version[name] for name in ("version", "environment", "customDependencies")} == {
            "version": 1,
            "environment": {"A": "1"},
            "customDependencies": {},
        }
        assert {"id", "runtime", "spec", "code", "createdAt", "createdBy", "updatedAt", "updatedBy"} < set(version)


def test_a_function_that_does_not_exist_is_not_found(platform: FakePlatform) -> None:
    status, code, message = error_of(manage(platform, "GET", by(platform, "lambdas/u", "functions/u")))
    missing = by(platform, "com.liveperson.faas.es.missinglambda", "com.liveperson.faas.function.not-found")
    assert (status, code, message) == (404, missing, "There is no u on 12345678")


def test_the_events_are_listed_with_how_many_functions_may_listen(platform: FakePlatform) -> None:
    events = {event["eventId"]: event for event in read(manage(platform, "GET", "events"))}
    assert set(events) == set(Event)
    assert {sorted(event) == ["description", "eventId", "eventName", "lambdaLimit"] for event in events.values()} == {
        True
    }
    assert events["conversational_command"]["lambdaLimit"] == 30
    assert events["controllerbot_messaging_ttr"]["eventName"] == "Messaging TTR"
    assert events["controllerbot_messaging_ttr"]["lambdaLimit"] == 1


def test_v1_lists_the_runtime_that_its_functions_name() -> None:
    platform = FakePlatform(platform_version="v1")
    platform.add_bearer("user")
    platform.function("greet")(print)
    [runtime] = read(manage(platform, "GET", "runtimes"))
    assert sorted(runtime) == ["baseImageName", "name", "uuid"]
    assert read(manage(platform, "GET", "lambdas"))[0]["runtime"] == runtime


def test_v2_lists_no_runtimes() -> None:
    platform = FakePlatform()
    platform.add_bearer("user")
    assert manage(platform, "GET", "runtimes").status == 404


@pytest.mark.parametrize("target", ["events", "runtimes", "lambdas/u"])
def test_the_management_host_lets_no_stranger_in(target: str) -> None:
    assert manage(FakePlatform(platform_version="v1"), "GET", target).status == 401
