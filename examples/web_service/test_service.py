"""Two hundred accounts are served at once. Run it with: pytest examples/web_service (needs fastapi and httpx)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from service import app

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing import Emulator, FakePlatform

ACCOUNTS = 200


@pytest.fixture(autouse=True)
def functions(
    lp_platform: FakePlatform, lp_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Each account and the path of a function of it, which returns its payload and the name of the account."""
    paths: dict[str, str] = {}
    credentials: dict[str, dict[str, str]] = {}
    for number in range(ACCOUNTS):
        account_id, secret = f"shop{number}", f"secret of shop {number}"
        account = lp_platform.add_account(account_id=account_id, client_id="app", client_secret=secret)
        function = account.function("f")(lambda given, shop=account_id: {"shop": shop, "given": given.payload})
        paths[account_id] = f"/accounts/{account_id}/functions/{function.uuid}"
        credentials[account_id] = {"client_id": "app", "client_secret": secret}
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(credentials))
    for name, value in {**lp_emulator.environment(), "SHOP_ACCOUNTS": str(file)}.items():
        monkeypatch.setenv(name, value)
    return paths


async def post(*requests: tuple[str, Any]) -> list[httpx.Response]:
    """Start the service, and send all requests at once."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as browser,
    ):
        return await asyncio.gather(*(browser.post(path, json=payload) for path, payload in requests))


def test_each_account_gets_what_its_own_function_returns(lp_platform: FakePlatform, functions: dict[str, str]) -> None:
    answers = asyncio.run(post(*((path, {"order": shop}) for shop, path in functions.items())))

    assert [answer.json() for answer in answers] == [{"shop": shop, "given": {"order": shop}} for shop in functions]
    lp_platform.requests.assert_count("token", ACCOUNTS)
    lp_platform.requests.assert_count("invoke", ACCOUNTS)


def test_a_failure_says_whether_the_function_may_have_run(lp_platform: FakePlatform) -> None:
    def fail(_given: object) -> None:
        raise ValueError("no such order")

    account = lp_platform.accounts["shop0"]
    failing = account.function("failing")(fail)
    path = f"/accounts/shop0/functions/{failing.uuid}"

    (failed, unknown) = asyncio.run(post((path, {}), (path.replace("shop0", "shop999"), {})))

    assert (failed.status_code, failed.json()["error"], failed.json()["may_have_run"]) == (502, "FaaSLambdaError", True)
    assert failed.json()["request_id"]
    assert unknown.status_code == 404
