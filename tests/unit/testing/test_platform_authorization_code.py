"""Sentinel for users: a code, a token for it, and a refreshed one."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing import FakePlatform
from tests.support.platform_requests import ACCOUNT, Hands, manage

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse

SENTINEL = f"https://va.sentinel.liveperson.net/sentinel/api/account/{ACCOUNT}"
BACK = "https://app.example/back"
ASKED = {"v": "1.0", "response_type": "code", "client_id": "client-id", "redirect_uri": BACK}
APP = {"client_id": "client-id", "client_secret": "client-secret"}


def authorized(platform: FakePlatform, **change: str) -> HttpResponse:
    return platform.handle(HttpRequest("GET", f"{SENTINEL}/authorize?{urlencode(ASKED | change)}"))


def redirected(response: HttpResponse) -> dict[str, str]:
    assert response.status == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def exchanged(
    platform: FakePlatform, fields: dict[str, str], headers: dict[str, str] | None = None, v: str = "v=1.0"
) -> HttpResponse:
    form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return platform.handle(HttpRequest("POST", f"{SENTINEL}/token?{v}", form, urlencode(fields).encode()))


def code_fields(platform: FakePlatform) -> dict[str, str]:
    code = redirected(authorized(platform))["code"]
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}


def token_of(response: HttpResponse) -> dict[str, Any]:
    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    body: dict[str, Any] = json.loads(response.content)
    return body


def error_of(response: HttpResponse) -> tuple[int, str]:
    return response.status, json.loads(response.content)["error"]


def test_an_app_is_sent_a_code_and_its_own_state() -> None:
    assert sorted(redirected(authorized(FakePlatform(), state="a b&c"))) == ["code", "state"]
    assert redirected(authorized(FakePlatform(), state="a b&c"))["state"] == "a b&c"
    kept = authorized(FakePlatform(), redirect_uri=f"{BACK}?x=1")
    assert kept.headers["location"].startswith(f"{BACK}?x=1&code=")


def test_a_code_gives_a_token_of_the_user_for_eight_hours() -> None:
    clock = Hands()
    platform = FakePlatform(clock=clock)
    token = token_of(exchanged(platform, code_fields(platform) | APP))
    assert sorted(token) == ["access_token", "expires_in", "id_token", "refresh_token", "token_type"]
    assert (token["token_type"], token["expires_in"], "." in token["access_token"]) == ("Bearer", 8 * 3600, False)
    claims = jwt.decode(token["id_token"], options={"verify_signature": False})
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("sentinel", "1000", "client-id")
    assert manage(platform, "GET", "functions", bearer=token["access_token"]).status == 200
    clock.time += 8 * 3600
    assert manage(platform, "GET", "functions", bearer=token["access_token"]).status == 401


@pytest.mark.parametrize("v", ["v=1.0", "v=2.0"])
def test_a_refresh_token_gives_a_new_token_once(v: str) -> None:
    platform = FakePlatform()
    first = token_of(exchanged(platform, code_fields(platform) | APP, v=v))
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **APP}
    second = token_of(exchanged(platform, refresh, v="v=2.0"))
    assert second["access_token"] != first["access_token"]
    assert manage(platform, "GET", "functions", bearer=second["access_token"]).status == 200
    assert error_of(exchanged(platform, refresh, v="v=2.0")) == (400, "invalid_grant")


def test_the_app_may_say_who_it_is_in_the_header_instead() -> None:
    platform = FakePlatform(client_id="the app", client_secret="p+ä:%")
    fields = {"grant_type": "authorization_code", "redirect_uri": BACK}
    fields["code"] = redirected(authorized(platform, client_id="the app"))["code"]
    credentials = base64.b64encode(b"the%20app:p%2B%C3%A4%3A%25").decode()
    assert exchanged(platform, fields, {"Authorization": f"Basic {credentials}"}).status == 200
    for wrong in ("Basic !", "Basic " + base64.b64encode(b"\xff").decode(), "Basic " + base64.b64encode(b"a").decode()):
        assert error_of(exchanged(platform, fields, {"Authorization": wrong})) == (401, "invalid_client")


def test_a_code_is_good_once_for_ten_minutes_and_for_one_address() -> None:
    clock = Hands()
    platform = FakePlatform(clock=clock)
    fields = code_fields(platform) | APP
    token_of(exchanged(platform, fields))
    assert error_of(exchanged(platform, fields)) == (400, "invalid_grant")
    assert error_of(exchanged(platform, code_fields(platform) | APP | {"redirect_uri": "x"})) == (400, "invalid_grant")
    late = code_fields(platform) | APP
    clock.time += 600
    assert error_of(exchanged(platform, late)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"code": ""}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_field_is_refused_as_rfc_6749_says(change: dict[str, str], status: int, error: str) -> None:
    platform = FakePlatform()
    assert error_of(exchanged(platform, code_fields(platform) | APP | change)) == (status, error)


def test_the_version_is_wanted() -> None:
    platform = FakePlatform()
    assert error_of(exchanged(platform, code_fields(platform) | APP, v="")) == (400, "invalid_request")
    assert authorized(platform, v="").status == 400


def test_who_cannot_be_sent_back_is_told_here_and_others_there() -> None:
    platform = FakePlatform()
    assert authorized(platform, client_id="other").status == 401
    for address in ("", "javascript:alert(1)", "/back", f"{BACK}\r\nX: 1"):
        assert authorized(platform, redirect_uri=address).status == 400
    assert redirected(authorized(platform, response_type="token")) == {"error": "unsupported_response_type"}
