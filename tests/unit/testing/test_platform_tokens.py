"""Sentinel, and what the gateway and the management host make of its tokens."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import FakePlatform

ACCOUNT = "12345678"
SENTINEL = "https://va.sentinel.liveperson.net"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS = {"grant_type": "client_credentials", "client_id": "client-id", "client_secret": "client-secret"}

FORMS = {
    "A": f"/sentinel/api/account/{ACCOUNT}/app/token?v=1.0",
    "B": f"/sentinel/api/v2/account/{ACCOUNT}/app/token",
    "C": f"/sentinel/api/account/{ACCOUNT}/app/token?v=2.0",
    "D": f"/sentinel/api/v2/account/{ACCOUNT}/app/token?v=2.0",
}


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def now(self) -> float:
        return self.time


def token_request(fields: dict[str, str], path: str = FORMS["C"], headers: dict[str, str] = FORM) -> HttpRequest:
    return HttpRequest("POST", SENTINEL + path, headers, urlencode(fields).encode())


def claims_of(response: HttpResponse) -> dict[str, Any]:
    token = json.loads(response.content)["access_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_endpoint_grants_a_token(form: str) -> None:
    response = FakePlatform().handle(token_request(FIELDS, FORMS[form]))
    assert response.status == 200
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    body = json.loads(response.content)
    lifetime = {"expires_in": "3599"} if "/v2/" in FORMS[form] else {}
    # The older forms have no other field: the client for Java refuses an answer with one that it does not know.
    assert {**body, "access_token": ""} == {"access_token": "", "token_type": "Bearer", **lifetime}


def test_the_token_says_who_for_how_long() -> None:
    platform = FakePlatform(clock=Hands(), token_lifetime_seconds=1800)
    assert claims_of(platform.handle(token_request(FIELDS))) == {
        "aud": ACCOUNT,
        "azp": "client-id",
        "scope": "faas.lambda.invoke",
        "iss": "Sentinel",
        "iat": 1_700_000_000,
        "exp": 1_700_001_800,
    }


def test_fields_may_stand_in_the_query() -> None:
    url = f"{SENTINEL}{FORMS['C']}&{urlencode(FIELDS)}"
    assert FakePlatform().handle(HttpRequest("POST", url, FORM)).status == 200


def test_an_empty_scope_and_the_functions_scope_are_granted() -> None:
    for scope in ("", "faas.lambda.invoke"):
        assert FakePlatform().handle(token_request(FIELDS | {"scope": scope})).status == 200


def test_odd_characters_in_a_secret_survive_the_form() -> None:
    secret = "p+ä &=%25 ß"
    platform = FakePlatform(client_secret=secret)
    assert platform.handle(token_request(FIELDS | {"client_secret": secret})).status == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "msg.consumer"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_field_is_refused_as_rfc_6749_says(change: dict[str, str], status: int, error: str) -> None:
    response = FakePlatform().handle(token_request(FIELDS | change))
    body = json.loads(response.content)
    assert (response.status, body["error"], sorted(body)) == (status, error, ["error", "error_description"])
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "request_",
    [
        token_request(FIELDS, headers={"Content-Type": "application/json"}),
        token_request(FIELDS, headers={}),
        token_request(FIELDS, f"/sentinel/api/account/{ACCOUNT}/app/token"),
        HttpRequest("POST", SENTINEL + FORMS["C"], FORM, urlencode(FIELDS).encode() + b"&client_id=twice"),
        HttpRequest("POST", SENTINEL + FORMS["C"], FORM, b"grant_type=%zz"),
        HttpRequest("POST", SENTINEL + FORMS["C"], FORM, b"\xff=1"),
        HttpRequest("POST", SENTINEL + FORMS["C"], FORM),
    ],
    ids=["json", "no content type", "no version", "field twice", "bad escape", "no text", "nothing"],
)
def test_a_request_that_is_no_form_is_invalid(request_: HttpRequest) -> None:
    response = FakePlatform().handle(request_)
    assert (response.status, json.loads(response.content)["error"]) == (400, "invalid_request")


def test_an_account_that_does_not_exist_has_no_client() -> None:
    response = FakePlatform().handle(token_request(FIELDS, FORMS["C"].replace(ACCOUNT, "999")))
    assert (response.status, json.loads(response.content)["error"]) == (401, "invalid_client")


def asked_with(platform: FakePlatform, authorization: str | None, account: str = ACCOUNT) -> HttpResponse:
    headers = {} if authorization is None else {"AUTHORIZATION": authorization}
    url = f"https://gateway.test/api/account/{account}/events/e/isImplemented?v=1"
    return platform.handle(HttpRequest("GET", url, headers))


def listed_with(platform: FakePlatform, authorization: str) -> HttpResponse:
    path = {"v1": "lambdas", "v2": "functions"}[platform.platform_version]
    url = f"https://ui.test/api/account/{ACCOUNT}/{path}?v=1"
    return platform.handle(HttpRequest("GET", url, {"Authorization": authorization}))


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return FakePlatform(platform_version=request.param, clock=Hands())


def test_a_granted_token_opens_gateway_and_listing(platform: FakePlatform) -> None:
    token = json.loads(platform.handle(token_request(FIELDS)).content)["access_token"]
    assert asked_with(platform, f"Bearer {token}").status == 200
    assert asked_with(platform, f"bearer {token}").status == 200
    assert listed_with(platform, f"Bearer {token}").status == 200


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer opaque", "Bearer a.b.c", "Bearer eyJ.eyJ."]
)
def test_without_a_token_of_ours_the_gateway_answers_401(platform: FakePlatform, authorization: str | None) -> None:
    response = asked_with(platform, authorization)
    assert (response.status, response.content) == (401, b"")
    assert platform.requests[-1].remark


def test_a_token_of_another_platform_is_unauthorised(platform: FakePlatform) -> None:
    assert asked_with(platform, f"Bearer {FakePlatform(clock=Hands()).issue_token()}").status == 401


def test_an_unsigned_token_is_unauthorised(platform: FakePlatform) -> None:
    unsigned = jwt.encode({"aud": ACCOUNT, "exp": 9e9}, "", algorithm="none")
    assert asked_with(platform, f"Bearer {unsigned}").status == 401


def test_a_token_expires_by_the_platforms_clock() -> None:
    clock = Hands()
    platform = FakePlatform(clock=clock, token_lifetime_seconds=60)
    bearer = f"Bearer {platform.issue_token()}"
    clock.time += 59
    assert asked_with(platform, bearer).status == 200
    clock.time += 1
    assert asked_with(platform, bearer).status == 401
    assert platform.requests[-1].remark == "the token has expired"
    assert listed_with(platform, bearer).status == 401


def test_a_token_for_another_account_is_forbidden(platform: FakePlatform) -> None:
    assert asked_with(platform, f"Bearer {platform.issue_token(account_id='999')}").status == 403
    assert asked_with(platform, f"Bearer {platform.issue_token()}", account="999").status == 403


def test_an_account_that_does_not_exist_is_not_found(platform: FakePlatform) -> None:
    bearer = f"Bearer {platform.issue_token(account_id='999')}"
    assert asked_with(platform, bearer, account="999").status == 404


def test_revoked_tokens_are_worthless_and_new_ones_good_at_once(platform: FakePlatform) -> None:
    old = f"Bearer {platform.issue_token()}"
    assert asked_with(platform, old).status == 200
    platform.revoke_tokens()
    assert asked_with(platform, old).status == 401
    assert listed_with(platform, old).status == 401
    assert asked_with(platform, f"Bearer {platform.issue_token()}").status == 200
    assert asked_with(platform, old).status == 401


def test_a_users_bearer_is_accepted_as_it_is(platform: FakePlatform) -> None:
    platform.add_bearer("user-token")
    assert listed_with(platform, "Bearer user-token").status == 200
    assert asked_with(platform, "Bearer user-token").status == 200
    platform.revoke_tokens()
    assert listed_with(platform, "Bearer user-token").status == 200


def test_a_wrong_users_bearer_is_forbidden_to_list_on_v2(platform: FakePlatform) -> None:
    status = {"v1": 401, "v2": 403}[platform.platform_version]
    assert listed_with(platform, "Bearer wrong").status == status


def test_many_tokens_are_read_without_keeping_them_all(platform: FakePlatform) -> None:
    for life in range(1, 1100):
        assert asked_with(platform, f"Bearer {platform.issue_token(lifetime_seconds=life)}").status == 200


def test_no_repr_shows_a_secret() -> None:
    platform = FakePlatform(client_secret="canary-secret")
    platform.add_bearer("canary-bearer")
    platform.handle(token_request(FIELDS | {"client_secret": "canary-secret"}))
    asked_with(platform, "Bearer canary-bearer")
    shown = f"{platform!r} {platform.account!r} {platform.requests!r} {platform.requests[1].headers!r}"
    assert "canary" not in shown
    assert platform.requests[1].headers["Authorization"] == "Bearer canary-bearer"
