"""Users: login at the service agentVep, their bearers, and what their permissions allow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import FakePlatform
from tests.support.platform_requests import ACCOUNT, Hands, deploy, invocation, manage

LOGIN = f"https://va.agentvep.liveperson.net/api/account/{ACCOUNT}/login?v=1.3"
JSON = {"Content-Type": "application/json"}


def logged_in(platform: FakePlatform, username: object = "user", password: object = "password") -> HttpResponse:
    body = json.dumps({"username": username, "password": password}).encode()
    return platform.handle(HttpRequest("POST", LOGIN, JSON, body))


def session_of(platform: FakePlatform, username: str = "user", password: str = "password") -> dict[str, Any]:
    response = logged_in(platform, username, password)
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    session: dict[str, Any] = json.loads(response.content)
    return session


def prolonged(platform: FakePlatform, session_id: str, csrf: object) -> int:
    url = f"https://va.agentvep.liveperson.net/api/account/{ACCOUNT}/refresh"
    headers = {**JSON, "Cookie": f"other=1; session_id={session_id}"}
    return platform.handle(HttpRequest("POST", url, headers, json.dumps({"csrf": csrf}).encode())).status


def invoked(platform: FakePlatform, bearer: str) -> int:
    asked = invocation(platform, f"lambdas/{platform.account.functions.uuid_of('echo')}")
    headers = {**asked.headers, "Authorization": f"Bearer {bearer}"}
    return platform.handle(HttpRequest(asked.method, asked.url, headers, asked.content)).status


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return FakePlatform(platform_version=request.param, clock=Hands())


def test_a_login_gives_a_bearer_and_what_keeps_the_session(platform: FakePlatform) -> None:
    session = session_of(platform)
    assert sorted(session) == ["bearer", "config", "csrf", "sessionId"]
    assert session["config"] == {"userId": "1000", "loginName": "user"}
    assert session["bearer"] != session_of(platform)["bearer"]


@pytest.mark.parametrize(
    ("username", "password"), [("user", "wrong"), ("nobody", "password"), ("nobody", ""), ("user", ""), (None, 7)]
)
def test_a_wrong_name_or_password_is_unauthorised(username: object, password: object) -> None:
    assert logged_in(FakePlatform(), username, password).status == 401


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("POST", LOGIN, JSON, b"no json"),
        HttpRequest("POST", LOGIN, JSON, b"[]"),
        HttpRequest("POST", LOGIN, JSON),
        HttpRequest("POST", LOGIN.partition("?")[0], JSON, b'{"username":"user","password":"password"}'),
    ],
    ids=["no json", "a list", "nothing", "no version"],
)
def test_a_login_that_cannot_be_read_is_a_bad_request(request_: HttpRequest) -> None:
    assert FakePlatform().handle(request_).status == 400


def test_an_account_that_does_not_exist_has_no_users() -> None:
    url = LOGIN.replace(ACCOUNT, "999")
    body = b'{"username":"user","password":"password"}'
    assert FakePlatform().handle(HttpRequest("POST", url, JSON, body)).status == 401


def test_a_users_bearer_opens_gateway_and_management(platform: FakePlatform) -> None:
    deploy(platform, name="echo")
    bearer = session_of(platform)["bearer"]
    listing = {"v1": "lambdas", "v2": "functions"}[platform.platform_version]
    assert manage(platform, "GET", listing, bearer=bearer).status == 200
    assert invoked(platform, bearer) == 200


def test_a_users_bearer_and_session_last_eight_hours() -> None:
    clock = Hands()
    platform = FakePlatform(clock=clock)
    session = session_of(platform)
    clock.time += 8 * 3600 - 1
    assert manage(platform, "GET", "functions", bearer=session["bearer"]).status == 200
    assert prolonged(platform, session["sessionId"], session["csrf"]) == 200
    clock.time += 1
    assert manage(platform, "GET", "functions", bearer=session["bearer"]).status == 401
    assert prolonged(platform, session["sessionId"], session["csrf"]) == 401


def test_a_session_is_prolonged_with_its_cookie_and_csrf_token() -> None:
    platform = FakePlatform()
    session = session_of(platform)
    assert prolonged(platform, session["sessionId"], session["csrf"]) == 200
    assert prolonged(platform, session["sessionId"], "wrong") == 401
    assert prolonged(platform, "wrong", session["csrf"]) == 401
    assert prolonged(platform, "", None) == 401


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        (["FaaS-Admin"], {"read"}),
        (["FaaS-Developer"], {"read", "invoke"}),
        (["FaaS-Invocation"], {"read", "invoke"}),
        ("FaaS-Admin", {"read"}),
        ([], set[str]()),
    ],
)
def test_a_permission_says_what_a_user_may_do(permissions: Any, may: set[str], platform: FakePlatform) -> None:
    deploy(platform, name="echo")
    platform.add_user("someone", "else", permissions)
    bearer = session_of(platform, "someone", "else")["bearer"]

    statuses = {"read": manage(platform, "GET", "events", bearer=bearer).status, "invoke": invoked(platform, bearer)}

    assert statuses == {what: 200 if what in may else 403 for what in statuses}


def test_a_permission_that_does_not_exist_is_refused() -> None:
    unknown: Any = ["FaaS-Owner"]
    with pytest.raises(FaaSConfigurationError, match="'FaaS-Owner'; the permissions are FaaS-Admin, FaaS-Developer"):
        FakePlatform().add_user("a", "b", unknown)


def test_a_reset_platform_has_its_first_user_again_and_sessions_go_on() -> None:
    platform = FakePlatform()
    platform.add_user("someone", "else")
    bearer = session_of(platform, "someone", "else")["bearer"]
    platform.reset()
    assert logged_in(platform, "someone", "else").status == 401
    assert logged_in(platform).status == 200
    assert manage(platform, "GET", "functions", bearer=bearer).status == 200


def test_no_repr_shows_a_password_or_a_bearer() -> None:
    platform = FakePlatform()
    user = platform.add_user("canary", "canary-password")
    session = platform.account.users.log_in(user, 0)
    shown = f"{platform!r} {platform.account!r} {user!r} {session!r}"
    assert not [secret for secret in ("canary-password", session.bearer, session.csrf) if secret in shown]
