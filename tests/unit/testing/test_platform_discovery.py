"""Discovery, and which host answers for which service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.platform.version import platform_version_of
from lpfunctions.testing import FakePlatform

ACCOUNT = "12345678"


def discovered(platform: FakePlatform, path: str, host: str = "api.liveperson.net") -> Any:
    response = platform.handle(HttpRequest("GET", f"https://{host}{path}?version=1.0"))
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    return json.loads(response.content)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("host", ["api.liveperson.net", "csds-app.qa.int.gw.lpcloud.io", "localhost:80"])
def test_every_domain_api_host_lists_the_services(version: str, host: str) -> None:
    platform = FakePlatform(platform_version=version)
    answer = discovered(platform, f"/api/account/{ACCOUNT}/service/baseURI.json", host)
    assert list(answer) == ["baseURIs"]
    domains = {entry["service"]: entry["baseURI"] for entry in answer["baseURIs"]}
    assert {"faasGW", "faasUI", "sentinel", "agentVep"} < set(domains)
    assert {entry["account"] for entry in answer["baseURIs"]} == {ACCOUNT}
    assert platform_version_of(domains["faasGW"]) == platform_version_of(domains["faasUI"]) == version


def test_the_answer_holds_services_that_are_none_of_ours_as_an_accounts_does() -> None:
    answer = discovered(FakePlatform(), f"/api/account/{ACCOUNT}/service/baseURI.json")
    domains = {entry["service"]: entry["baseURI"] for entry in answer["baseURIs"]}
    assert domains["accCdnDomain"] == "accdn.lpsnmedia.net"
    assert not all(domains.values()), "one is empty, another null"


def test_the_suffix_of_the_path_may_be_left_out() -> None:
    for path in (f"/api/account/{ACCOUNT}/service/baseURI", f"/api/account/{ACCOUNT}/service/faasGW/baseURI"):
        assert discovered(FakePlatform(), path) == discovered(FakePlatform(), f"{path}.json")


def test_one_service_can_be_asked_for() -> None:
    answer = discovered(FakePlatform(), f"/api/account/{ACCOUNT}/service/faasGW/baseURI.json")
    assert [entry["service"] for entry in answer["baseURIs"]] == ["faasGW"]


@pytest.mark.parametrize(
    "path", ["/api/account/999/service/baseURI.json", f"/api/account/{ACCOUNT}/service/faasgw/baseURI.json"]
)
def test_an_unknown_account_or_service_gives_an_empty_list(path: str) -> None:
    assert discovered(FakePlatform(), path) == {"baseURIs": []}


def test_the_version_is_wanted() -> None:
    url = f"https://api.liveperson.net/api/account/{ACCOUNT}/service/baseURI.json"
    assert FakePlatform().handle(HttpRequest("GET", url)).status == 400


def test_an_account_can_be_moved_to_other_hosts() -> None:
    platform = FakePlatform()
    platform.account.domains["faasGW"] = "eu.fninvocations.liveperson.net"
    answer = discovered(platform, f"/api/account/{ACCOUNT}/service/faasGW/baseURI.json")
    assert answer["baseURIs"][0]["baseURI"] == "eu.fninvocations.liveperson.net"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("va.fninvocations.liveperson.net", 401),
        ("anything.test", 401),
        ("va.functions.liveperson.net", 404),
        ("va.sentinel.liveperson.net", 404),
    ],
)
def test_the_host_of_one_service_does_not_answer_for_another(host: str, status: int) -> None:
    url = f"https://{host}/api/account/{ACCOUNT}/events/e/isImplemented"
    assert FakePlatform().handle(HttpRequest("GET", url)).status == status
