"""LivePerson's command-line tool runs against our platform, unmodified, from login to logout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing import FakePlatform
from tests.interop.lpf.tool import PACKAGE, VERSION, Lpf
from tests.interop.peers import command_peer, may_have_a_network_of_its_own, node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.external,
    pytest.mark.xdist_group("interoperability"),
    pytest.mark.timeout(300),
]

ACCOUNT = "12345678"
LOGIN = ("login", "--accountId", ACCOUNT, "--username", "ada", "--password")
CREATE = ("create:function", "--name", "greet", "--description", "says hello", "--event", "conversational_command")
CODE = "function lambda(input, callback) {\n  console.info('greeting', 7);\n  callback(null, 'Hello');\n}\n"


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    assert node() is not None, "Node is missing; the tool cannot run"
    assert PACKAGE.is_dir(), "the tool is not installed; run: make external"
    with FakePlatform(account_id=ACCOUNT, platform_version="v1") as platform:
        platform.add_user("ada", "secret")
        yield platform


@pytest.fixture(params=[True])
def lpf(request: pytest.FixtureRequest, platform: FakePlatform, tmp_path: Path) -> Iterator[Lpf]:
    own_network: bool = request.param and may_have_a_network_of_its_own()
    with command_peer(platform, own_network=own_network) as peer:
        yield Lpf(peer, tmp_path, own_network=own_network)


def test_the_tool_is_the_one_that_is_meant() -> None:
    assert json.loads((PACKAGE / "package.json").read_text())["version"] == VERSION


def test_a_function_is_pushed_deployed_invoked_pulled_and_undeployed(lpf: Lpf, platform: FakePlatform) -> None:
    assert lpf.run(*LOGIN, "secret").kinds == ["login"]
    assert lpf.run(*CREATE).kinds == []
    lpf.write("greet", CODE)

    pushed = lpf.run("push", "greet", "--yes")
    assert (pushed.status, pushed.kinds) == (0, ["list", "runtimes", "create"])
    assert "Pushing greet [completed]" in pushed.output
    function: Any = platform.functions[0]
    assert (function.state, function.event_id, function.description) == (
        "Draft",
        "conversational_command",
        "says hello",
    )
    assert "Push Skipped" in lpf.run("push", "greet", "--yes").output

    deployed = lpf.run("deploy", "greet", "--yes")  # it looks every three seconds whether that is done
    assert (deployed.status, deployed.kinds) == (0, ["list", "deploy", "function"])
    assert "Deploying greet [completed]" in deployed.output
    assert function.state == "Productive"
    assert "Deploying greet [skipped]" in lpf.run("deploy", "greet", "--yes").output

    invoked = lpf.run("invoke", "greet")
    assert (invoked.status, invoked.kinds) == (0, ["runtimes", "list", "invoke"])
    answered = json.loads(invoked.output)
    assert answered["result"] == "Hello"
    assert [(entry["level"], entry["message"]) for entry in answered["logs"]] == [("Info", "greeting")]

    logs = lpf.run("logs", "greet", "--start=0")
    head, line = logs.output.splitlines()
    assert (logs.status, head) == (0, "lambdaUUID;requestID;timestamp;level;message;extras")
    assert line.startswith(f"{function.uuid};;")
    assert line.endswith(';Info;greeting;"[""7""]"')
    assert lpf.run("logs", "greet", "--start=0", "--levels=Error", "--removeHeader").output == ""

    lpf.write("greet", CODE.replace("Hello", "Bye"))
    assert "Pushing greet [completed]" in lpf.run("push", "greet", "--yes").output
    assert json.loads(lpf.run("invoke", "greet").output)["result"] == "Hello", "modified: the old code runs"
    lpf.write("greet", "")
    pulled = lpf.run("pull", "greet", "--yes")
    assert (pulled.status, pulled.kinds) == (0, ["list"])
    assert lpf.read("greet", "index.js") == CODE.replace("Hello", "Bye")
    assert json.loads(lpf.read("greet", "config.json"))["event"] == "conversational_command"

    undeployed = lpf.run("undeploy", "greet", "--yes")
    assert (undeployed.status, undeployed.kinds) == (0, ["list", "undeploy", "function"])
    assert function.state == "Draft"
    assert "deployed on" in lpf.run("invoke", "greet").output
    assert "Logout successful" in lpf.run("logout", "--accountId", ACCOUNT).output


def test_what_the_platform_refuses_the_tool_shows(lpf: Lpf, platform: FakePlatform) -> None:
    assert "Check your credentials" in lpf.run(*LOGIN, "wrong").output
    lpf.run(*LOGIN, "secret")
    lpf.run(*CREATE)
    lpf.write("greet", "function other() {}")
    assert "not a valid lambda" in lpf.run("push", "greet", "--yes").output

    platform.function("fails")(lambda given: given.payload["missing"])
    lpf.run("create:function", "--name", "fails", "--description", "fails", "--event", "trouble")
    assert "'missing'" in lpf.run("invoke", "fails").output, "a developer sees the function's own error"
    platform.add_user("ada", "secret", ["FaaS-Invocation"])
    lpf.run("logout", "--accountId", ACCOUNT)
    lpf.run(*LOGIN, "secret")
    assert lpf.run("deploy", "fails", "--yes", "--no-watch").kinds == ["list", "deploy"]
    assert platform.requests[-1].remark == "the user lacks the permission"


@pytest.mark.parametrize("lpf", [True, False], ids=["network of its own", "other ports"], indirect=True)
def test_it_shows_functions_deployments_and_events(lpf: Lpf, platform: FakePlatform) -> None:
    platform.function("greet", event_id="conversational_command")(lambda _: "Hello")
    lpf.run(*LOGIN, "secret")

    shown = lpf.run("get", "functions", "deployments", "events")

    assert (shown.status, shown.kinds) == (0, ["list", "events"])
    for text in ("greet", "Productive", "Successful", "Up to date", "Messaging TTR", "controllerbot_messaging_ttr"):
        assert text in shown.output
