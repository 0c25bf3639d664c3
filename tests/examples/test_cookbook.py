"""Each recipe of the cookbook does what it says, over HTTP."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSError, FaaSInvokeError, FaaSLambdaError
from tests.support.documents import blocks_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lpfunctions.testing import FakePlatform

pytestmark = pytest.mark.sockets

SHIPPED = {"order": "A-1001", "status": "shipped"}


@pytest.fixture
def recipe(request: pytest.FixtureRequest, values_of_a_reader: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The names of the recipe that the parameter names; what it caches is a client, which is closed."""
    with running(f"docs/cookbook/{request.param}.md", values_of_a_reader) as names:
        yield names
        if hasattr(names.get("functions"), "cache_clear"):
            names["functions"]().close()


@pytest.mark.parametrize("recipe", ["fastapi"], indirect=True)
def test_fastapi(recipe: dict[str, Any], shop: FakePlatform) -> None:
    import httpx

    async def get(*orders: str) -> list[httpx.Response]:
        app = recipe["app"]
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")
        async with app.router.lifespan_context(app), browser:
            return [await browser.get(f"/orders/{order}") for order in orders]

    found, failed = asyncio.run(get("A-1001", "A-9999"))
    shop.fail_next(status=503, headers={"Retry-After": "70"}, times=None, kind="invoke")
    (later,) = asyncio.run(get("A-1001"))
    assert found.json() == SHIPPED
    assert (failed.status_code, failed.json()["error"], failed.json()["may_have_run"]) == (502, "FaaSLambdaError", True)
    assert (later.status_code, later.headers["retry-after"], later.json()["may_have_run"]) == (503, "70", False)


@pytest.mark.parametrize("recipe", ["flask"], indirect=True)
def test_flask(recipe: dict[str, Any]) -> None:
    browser = recipe["app"].test_client()
    assert browser.get("/orders/A-1001").json == SHIPPED
    assert browser.get("/orders/A-9999").status_code == 502


@pytest.mark.parametrize("recipe", ["django"], indirect=True)
def test_django(recipe: dict[str, Any]) -> None:
    # Django has no types, so that its modules are imported as values.
    settings: Any = importlib.import_module("django.conf").settings
    settings.configure(
        ROOT_URLCONF="document", MIDDLEWARE=["document.FunctionFailures"], ALLOWED_HOSTS=["testserver"], DATABASES={}
    )
    importlib.import_module("django").setup()
    browser: Any = importlib.import_module("django.test").Client()
    assert browser.get("/orders/A-1001").json() == SHIPPED
    assert browser.get("/orders/A-9999").status_code == 502


@pytest.mark.parametrize("recipe", ["celery"], indirect=True)
def test_celery(recipe: dict[str, Any]) -> None:
    recipe["app"].conf.task_always_eager = True
    assert recipe["order_status"].delay("A-1001").get() == SHIPPED
    failed = recipe["order_status"].delay("A-9999")
    with pytest.raises(recipe["InvocationFailed"]) as raised:
        failed.get()
    assert isinstance(FaaSError.from_dict(raised.value.args[0]), FaaSLambdaError)


@pytest.mark.parametrize("recipe", ["airflow"], indirect=True)
def test_airflow(recipe: dict[str, Any], shop: FakePlatform) -> None:
    assert recipe["order_status"]("A-1001") == SHIPPED
    with pytest.raises(recipe["CannotBeRepeated"]):
        recipe["order_status"]("A-9999")
    shop.fail_next(status=503, headers={"Retry-After": "60"}, times=None, kind="invoke")
    with pytest.raises(FaaSInvokeError):
        recipe["order_status"]("A-1001")


@pytest.mark.parametrize("recipe", ["pandas"], indirect=True)
def test_pandas(recipe: dict[str, Any]) -> None:
    table = recipe["with_status"](recipe["pd"].DataFrame({"order": ["A-1001", "A-9999", "A-1002"]}))
    assert list(table["status"].fillna("")) == ["shipped", "", "packed"]
    assert [bool(failure) for failure in table["failure"]] == [False, True, False]


@pytest.mark.parametrize("recipe", ["notebook"], indirect=True)
def test_a_notebook(recipe: dict[str, Any]) -> None:
    first, second, failed = recipe["results"]
    assert (first, second) == (SHIPPED, {"order": "A-1002", "status": "packed"})
    assert isinstance(failed, FaaSLambdaError)


@pytest.mark.parametrize("recipe", ["aws_lambda"], indirect=True)
def test_aws_lambda(recipe: dict[str, Any]) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 30_000

    assert recipe["handler"]({"order": "A-1001"}, Context()) == {"ok": True, "body": SHIPPED}
    failed = recipe["handler"]({"order": "A-9999"}, Context())
    assert json.loads(json.dumps(failed))["error"]["error"] == "FaaSLambdaError"


@pytest.mark.parametrize("recipe", ["accounts"], indirect=True)
def test_many_accounts(recipe: dict[str, Any], shop: FakePlatform, tmp_path: Path) -> None:
    from lpfunctions import Client

    other = shop.add_account(account_id="456", client_id="app", client_secret="secret")
    function = other.function("f")(lambda given: given.payload)
    file = tmp_path / "accounts.json"
    file.write_text('{"456": {"client_id": "app", "client_secret": "secret"}}')
    with Client.from_env() as client:
        accounts = recipe["Accounts"](client, file)
        assert accounts.client_of("456").invoke(lambda_uuid=function.uuid, payload=7).body == 7
        assert accounts.client_of("456") is accounts.client_of("456")


def test_gunicorn(shop: FakePlatform, values_of_a_reader: dict[str, str], tmp_path: Path) -> None:
    for block in blocks_of("docs/cookbook/gunicorn.md"):
        (tmp_path / block.remark).write_text(block.code)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.listen(16)
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "shop:application"]
        server = subprocess.Popen(
            command, cwd=tmp_path, env=os.environ, pass_fds=[listener.fileno()], stderr=subprocess.PIPE, text=True
        )
        try:
            # The socket listens already: a request waits until a worker takes it.
            answers = asyncio.run(_got(listener.getsockname()[1], ["A-1001"] * 6 + ["A-9999"]))
        finally:
            server.terminate()
            told = server.communicate()[1]
    assert [status for status, _ in answers] == [200] * 6 + [502], told
    assert answers[0][1] == SHIPPED
    shop.requests.assert_count("token", 1)  # the parent's, which the workers have from it


async def _got(port: int, orders: list[str]) -> list[tuple[int, Any]]:
    import httpx

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=50) as browser:
        found = await asyncio.gather(*(browser.get(f"/orders/{order}") for order in orders))
    return [(response.status_code, response.json()) for response in found]
