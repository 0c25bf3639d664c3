"""What tests of the fake platform share: both of its frontends, and requests as a client sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import DeployedFunction, FakePlatform, FunctionInput

ACCOUNT = "12345678"
CODING = "Function Invocation failed due to an issue caused by customer coding"
GATEWAYS = {"v1": "va.faasgw.liveperson.net", "v2": "va.fninvocations.liveperson.net"}

Frontend = Callable[[FakePlatform, HttpRequest], HttpResponse]


def through_the_blocking_frontend(platform: FakePlatform, request: HttpRequest) -> HttpResponse:
    return platform.handle(request)


def through_the_async_frontend(platform: FakePlatform, request: HttpRequest) -> HttpResponse:
    return asyncio.run(platform.handle_async(request))


def body_of(payload: object = None, **fields: Any) -> bytes:
    return json.dumps({"timestamp": 1700000000000, "headers": [], "payload": payload} | fields).encode()


def invocation(
    platform: FakePlatform, target: str, content: bytes | None = None, query: str = "", timeout: float = 20.0
) -> HttpRequest:
    v = "v=1&" if platform.platform_version == "v1" else ""
    return HttpRequest(
        "POST",
        f"https://{GATEWAYS[platform.platform_version]}/api/account/{ACCOUNT}/{target}/invoke?{v}{query}",
        {"Authorization": f"Bearer {platform.issue_token()}", "Content-Type": "application/json"},
        body_of() if content is None else content,
        timeout,
    )


def answer_of(response: HttpResponse) -> Any:
    assert response.headers["content-type"] == "application/json"
    return json.loads(response.content)


def error_of(response: HttpResponse) -> tuple[int, str, str]:
    code, message = answer_of(response).values()
    return response.status, code, message


def by(platform: FakePlatform, v1: str, v2: str) -> str:
    return {"v1": v1, "v2": v2}[platform.platform_version]


def echo(given: FunctionInput) -> Any:
    return given.payload


def deploy(platform: FakePlatform, code: Callable[[Any], Any] = echo, **options: Any) -> DeployedFunction:
    return platform.function(**options)(code)


class Hands:
    """A clock that is set by hand, in seconds since the epoch."""

    def __init__(self, time: float = 1_700_000_000.0) -> None:
        self.time = time

    def now(self) -> float:
        return self.time


def manage(
    platform: FakePlatform, method: str, target: str, body: object = None, *, query: str = "", bearer: str = "user"
) -> HttpResponse:
    """Send a request to the management host, as a logged-in user."""
    v = "v=1&" if platform.platform_version == "v1" else ""
    host = platform.account.domains["faasUI"]
    url = f"https://{host}/api/account/{ACCOUNT}/{target}?userId=1000&{v}{query}"
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    return platform.handle(HttpRequest(method, url, headers, content))


def platform_of_a_user(version: Any) -> FakePlatform:
    """A platform of this *version* whose clock is set by hand, and which accepts the bearer ``user``."""
    platform = FakePlatform(platform_version=version, clock=Hands())
    platform.add_bearer("user")
    return platform
