"""Functions in JavaScript, from a folder as LivePerson's CLI lays it out."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.testing import Emulator, FakePlatform
from lpfunctions.testing.javascript.definition import Definition
from lpfunctions.testing.javascript.runtime import NodeRuntime
from tests.support.javascript import JavaScriptPlatform, code_of, needs_node, write

pytestmark = needs_node


def test_a_v1_function_answers_through_its_callback(v1: JavaScriptPlatform) -> None:
    function = v1.deploy("function lambda(input, callback) { callback(null, input); }")

    assert v1.invoke(function, {"ä": [1, None, "😀"]}).body == {
        "headers": [{"key": "k", "value": "v"}],
        "payload": {"ä": [1, None, "😀"]},
        "timestamp": 7,
    }


def test_a_v2_function_answers_with_what_it_returns(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("async function lambda(input) { return `Hello ${input.payload.name}`; }")

    assert v2.invoke(function, {"name": "Ada"}).body == "Hello Ada"


def test_a_function_that_returns_nothing_answers_null(v2: JavaScriptPlatform) -> None:
    assert v2.invoke(v2.deploy("async function lambda() {}")).body is None


def test_config_names_event_description_skills_and_environment(v2: JavaScriptPlatform) -> None:
    function = v2.deploy(
        "async function lambda() { return [process.env.GREETING, process.env.PATH ?? null]; }",
        name="greet",
        event="conversational_command",
        description="says hello",
        skills=["7"],
        environmentVariables={"GREETING": "hi"},
        input={"headers": [], "payload": {}},
    )

    assert (function.event_id, function.description, function.skills) == (
        "conversational_command",
        "says hello",
        ("7",),
    )
    assert v2.invoke(function).body == ["hi", None]
    with v2.platform.client() as client:
        assert client.invoke(event_id="conversational_command", skill_id="7").body[0]["result"] == ["hi", None]


def test_the_older_list_of_variables_and_the_absent_event_are_read(v1: JavaScriptPlatform) -> None:
    function = v1.deploy(
        "function lambda(input, callback) { callback(null, process.env.KEY); }",
        event="No Event",
        environmentVariables=[{"key": "KEY", "value": "x"}, {"key": "", "value": ""}],
    )

    assert function.event_id is None
    assert function.environment == {"KEY": "x"}
    assert v1.invoke(function).body == "x"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("callback(new Error('no'))", "custom-failure", id="calls back with an error"),
        pytest.param("throw new Error('no')", "custom-failure", id="throws"),
        pytest.param("return Promise.reject(new Error('no'))", "custom-failure", id="rejects"),
        pytest.param("callback('a string')", "custom-failure", id="calls back with a string"),
        pytest.param("callback(false)", "custom-failure", id="calls back with false"),
        pytest.param("callback({message: 'no'})", "custom-failure", id="calls back with an object"),
        pytest.param("input.payload.missing.field", "runtime-exception", id="reads a field of undefined"),
        pytest.param("unknown()", "runtime-exception", id="calls what is not there"),
        pytest.param("callback(new TypeError('no'))", "runtime-exception", id="calls back with a TypeError"),
        pytest.param("class Own extends TypeError {} throw new Own('no')", "custom-failure", id="own class"),
        pytest.param("callback(null, 1n)", "runtime-exception", id="result that is no JSON"),
    ],
)
def test_a_v1_function_fails_as_the_platform_sorts_failures(v1: JavaScriptPlatform, body: str, code: str) -> None:
    assert code_of(v1.invoke(v1.deploy(f"function lambda(input, callback) {{ {body} }}"), {})) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("throw new Error('no')", "threw-error", id="throws"),
        pytest.param("throw new RangeError('no')", "threw-error", id="throws another error"),
        pytest.param("throw 'text'", "threw-error", id="throws text"),
        pytest.param("return input.payload.missing.field", "js-runtime-error", id="reads a field of undefined"),
        pytest.param("console.table([])", "js-runtime-error", id="other method of the console"),
        pytest.param("process.exit(3)", "js-runtime-error", id="ends its process"),
        pytest.param("setTimeout(() => { throw new TypeError('late') }); await new Promise(() => {})",
                     "js-runtime-error", id="throws in a timer"),
    ],
)  # fmt: skip
def test_a_v2_function_fails_as_the_platform_sorts_failures(v2: JavaScriptPlatform, body: str, code: str) -> None:
    assert code_of(v2.invoke(v2.deploy(f"async function lambda(input) {{ {body} }}"), {})) == code


@pytest.mark.parametrize("source", ["function other() {}", "require('not-installed'); lambda = 1"])
def test_code_that_cannot_be_loaded_fails_the_call(v2: JavaScriptPlatform, source: str) -> None:
    function = v2.deploy(source)

    assert v2.invoke(function).status == 901
    assert function.logs[-1].level == "error"


@pytest.mark.parametrize(
    ("version", "source", "expected_message"),
    [
        ("v1", "function lambda(", "SyntaxError: Unexpected end of input"),
        ("v1", "\n\nfunction lambda() { const a = 1; const a = 2; }", "'a' has already been declared (line 3)"),
        (
            "v1",
            "import os from 'node:os';\nfunction lambda() {}",
            "Cannot use import statement outside a module (line 1)",
        ),
        ("v2", "import os from 'node:os';\nasync function lambda() { return }}", "Unexpected token '}'"),
        ("v2", "import os from 'node:os';\nfunction other() {}", "Export 'lambda' is not defined in module"),
    ],
)
def test_an_error_of_syntax_is_one_of_deployment(
    request: pytest.FixtureRequest, version: str, source: str, expected_message: str
) -> None:
    platform_with_node: JavaScriptPlatform = request.getfixturevalue(version)
    write(platform_with_node.folder, "sound", "function lambda(input, callback) { callback(); }")

    with pytest.raises(FaaSConfigurationError) as refused:
        platform_with_node.deploy(source)

    file = platform_with_node.folder / "functions" / "f" / "index.js"
    assert str(refused.value).startswith(f"{file.resolve()} cannot be deployed: SyntaxError: ")
    assert expected_message in str(refused.value)
    assert platform_with_node.platform.functions == []


def test_only_the_first_callback_counts(v1: JavaScriptPlatform) -> None:
    function = v1.deploy("function lambda(i, callback) { callback(null, 1); callback(new Error('late')); return 2; }")

    assert v1.invoke(function).body == 1


def test_console_goes_to_the_log_of_the_function(v2: JavaScriptPlatform) -> None:
    function = v2.deploy(
        "async function lambda() { console.debug('d'); console.info('i', {a: 1}); console.log('l'); console.warn('w');"
        "console.error('e'); throw new Error('50% off'); }"
    )
    v2.invoke(function)

    levels = [(entry.level, entry.message) for entry in function.logs]
    assert levels == [
        ("debug", "d"), ("info", "i"), ("log", "l"), ("warn", "w"), ("error", "e"), ("error", "50% off"),
    ]  # fmt: skip
    assert function.logs[1].extras == ("{ a: 1 }",)
    assert "index.js:1" in "\n".join(function.logs[-1].extras)
    assert function.logs[0].timestamp > 1_600_000_000_000


def test_an_error_in_the_wrong_form_is_told_in_the_log(v1: JavaScriptPlatform) -> None:
    function = v1.deploy("function lambda(input, callback) { callback(7); }")
    v1.invoke(function)

    assert "Please provide an error object" in function.logs[0].message
    assert function.logs[1].message == "7"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while (true) {}", id="blocks"),
        pytest.param("setTimeout(() => {}, 60000)", id="never calls back"),
        pytest.param("return 'not through the callback'", id="returns instead"),
        pytest.param("Promise.reject(new Error('lost'))", id="loses a rejection"),
    ],
)
def test_a_function_over_its_limit_is_ended_and_the_next_call_works(tmp_path: Path, body: str) -> None:
    platform = FakePlatform(platform_version="v1", execution_limit_seconds=0.3)
    write(tmp_path, "f", f"function lambda(input, callback) {{ if (input.payload) return callback(null, 1); {body} }}")
    with platform, platform.client() as client:
        (function,) = platform.deploy_folder(tmp_path)
        assert client.invoke(lambda_uuid=function.uuid, payload=1).body == 1
        started = time.monotonic()
        assert code_of(client.invoke(lambda_uuid=function.uuid, payload=0)) == "executiontime-exceeded"
        assert time.monotonic() - started > 0.25
        assert client.invoke(lambda_uuid=function.uuid, payload=1).body == 1


def test_one_that_hangs_does_not_hold_up_the_others(v2: JavaScriptPlatform) -> None:
    hanging = v2.deploy("async function lambda() { while (true) {} }", "hang")
    quick = v2.deploy("async function lambda(input) { return input.payload; }", "quick")
    caller = threading.Thread(target=v2.invoke, args=(hanging,))
    caller.start()

    assert [v2.invoke(quick, number).body for number in range(20)] == list(range(20))
    assert caller.is_alive()
    v2.platform.close()  # ends the call that hangs
    caller.join(5)
    assert not caller.is_alive()


async def test_many_calls_are_in_flight_at_once(tmp_path: Path) -> None:
    write(tmp_path, "f", "async function lambda(input) { await new Promise(end => require('net')"
                         ".connect(input.payload, '127.0.0.1').on('data', end)); return 'met'; }")  # fmt: skip
    met = asyncio.Barrier(8)

    async def answer_when_all_are_there(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await met.wait()
        writer.write(b"all are there")
        writer.close()

    with FakePlatform() as platform, Emulator(platform) as emulator:
        (function,) = platform.deploy_folder(tmp_path, allow_hosts=["127.0.0.1"])
        async with (
            await asyncio.start_server(answer_when_all_are_there, "127.0.0.1") as server,
            emulator.async_client() as client,
        ):
            port = server.sockets[0].getsockname()[1]
            calls = (client.invoke(lambda_uuid=function.uuid, payload=port) for _ in range(8))
            assert [answer.body for answer in await asyncio.gather(*calls)] == ["met"] * 8


def test_an_instance_is_kept_warm_and_on_v2_serves_one_call_at_a_time(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("let calls = 0; async function lambda() { return ++calls; }")

    assert [v2.invoke(function).body for _ in range(3)] == [1, 2, 3]


def test_a_v2_function_may_be_a_module(v2: JavaScriptPlatform) -> None:
    home = v2.folder / "functions" / "f"
    home.mkdir(parents=True)
    (home / "helper.mjs").write_text("export default word => word + '!';")
    function = v2.deploy(
        "import {EOL} from 'node:os'; import shout from './helper.mjs';\n"
        "async function lambda() { const {sep} = await import('node:path'); return [EOL, shout('hi'), sep]; }"
    )

    assert v2.invoke(function).body == [os.linesep, "hi!", os.sep]


def test_a_function_may_require_what_is_beside_it(v1: JavaScriptPlatform) -> None:
    home = v1.folder / "functions" / "f"
    home.mkdir(parents=True)
    (home / "helper.js").write_text("module.exports = word => word + '!';")
    function = v1.deploy(
        "const shout = require('./helper'); const lambda = (input, callback) => callback(null, shout('hi'));"
    )

    assert v1.invoke(function).body == "hi!"


def test_a_function_imported_from_v1_keeps_its_ways_on_v2(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("function lambda(i, callback) { callback(new Error('no')); }", isCompV1=True)

    assert v2.invoke(function).body["code"] == "com.liveperson.faas.handler.custom-failure"
    with v2.platform.client() as client:
        assert client.get_functions()[0].is_comp_v1


def test_a_second_deployment_runs_the_new_code(v2: JavaScriptPlatform) -> None:
    v2.invoke(v2.deploy("async function lambda() { return 1; }"))

    assert v2.invoke(v2.deploy("async function lambda() { return 2; }")).body == 2


def test_a_deployed_function_can_be_called_without_the_platform(v2: JavaScriptPlatform) -> None:
    from lpfunctions.testing import FunctionInput

    function = v2.deploy("async function lambda(input) { if (input.payload) return 1; throw new Error('no'); }")

    assert function(FunctionInput([], True, 1)) == 1
    with pytest.raises(Exception, match="no"):
        function(FunctionInput([], False, 1))


def test_node_starts_again_when_it_was_killed(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("async function lambda(input) { if (input.payload) process.kill(process.pid, 9); return 1; }")

    assert v2.invoke(function).body == 1
    assert code_of(v2.invoke(function, "kill")) == "js-runtime-error"
    assert v2.invoke(function).body == 1


def test_nothing_of_a_function_runs_when_its_platform_is_gone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        source = "async function lambda(input) { require('net').connect(input.payload, '127.0.0.1'); }"
        write(tmp_path, "f", source)
        platform = FakePlatform()
        (function,) = platform.deploy_folder(tmp_path, allow_hosts=["127.0.0.1"])
        with platform.client() as client:
            client.invoke(lambda_uuid=function.uuid, payload=server.getsockname()[1])
        with server.accept()[0] as connection:
            connection.settimeout(20)

            del platform, function, client
            gc.collect()

            assert connection.recv(1) == b""


def test_platforms_one_after_the_other_share_a_node_process(tmp_path: Path) -> None:
    pids: list[Any] = []
    for name in ("one", "two"):
        write(tmp_path / name, "f", "async function lambda() { return [process.pid, process.cwd()]; }")
        with FakePlatform() as platform, platform.client() as client:
            (function,) = platform.deploy_folder(tmp_path / name)
            pid, folder = client.invoke(lambda_uuid=function.uuid).body
            assert Path(folder) == (tmp_path / name).resolve()
            pids.append(pid)
    assert pids[0] == pids[1]


def test_projects_at_the_same_time_have_each_their_working_directory(tmp_path: Path) -> None:
    source = (
        "const fs = require('fs');"
        "async function lambda() { return [fs.readFileSync('name.txt', 'utf8'), process.cwd()]; }"
    )
    with FakePlatform() as one, FakePlatform() as two:
        for _ in range(2):
            for platform, name in ((one, "one"), (two, "two")):
                write(tmp_path / name, "f", source)
                (tmp_path / name / "name.txt").write_text(name)
                (function,) = platform.deploy_folder(tmp_path / name)
                with platform.client() as client:
                    assert client.invoke(lambda_uuid=function.uuid).body == [name, str((tmp_path / name).resolve())]


def test_a_platform_that_was_closed_runs_its_functions_again(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("let calls = 0; async function lambda() { return ++calls; }")

    assert [v2.invoke(function).body for _ in range(2)] == [1, 2]
    v2.platform.close()
    assert v2.invoke(function).body == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_child_of_a_fork_has_a_node_process_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "f", "async function lambda() { return process.pid; }")
    program = (
        "import os, sys; from lpfunctions.testing import FakePlatform\n"
        "platform = FakePlatform(); (f,) = platform.deploy_folder(sys.argv[1]); client = platform.client()\n"
        "pid = client.invoke(lambda_uuid=f.uuid).body\n"
        "child = os.fork()\n"
        "if not child: os._exit(client.invoke(lambda_uuid=f.uuid).body == pid)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert client.invoke(lambda_uuid=f.uuid).body == pid"
    )
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_program_that_ends_without_closing_leaves_no_process_and_no_warning(tmp_path: Path) -> None:
    write(tmp_path, "f", "async function lambda() { return process.pid; }")
    program = (
        "import sys; from lpfunctions.testing import FakePlatform\n"
        "platform = FakePlatform(); (f,) = platform.deploy_folder(sys.argv[1])\n"
        "print(platform.client().invoke(lambda_uuid=f.uuid).body)"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(ended.stdout), 0)


def test_a_missing_node_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FaaSConfigurationError, match="need Node 18 or newer, and there is no 'node' on the PATH"):
        NodeRuntime().check(Definition(1, tmp_path / "index.js", "", "v2"), lambda _: None)


def test_a_folder_that_holds_no_function_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"there is no <name>/index\.js under"):
        FakePlatform().deploy_folder(tmp_path)


@pytest.mark.parametrize(("config", "expected_message"), [("{", "is no JSON"), ("[]", "must hold an object")])
def test_a_broken_configuration_is_named(tmp_path: Path, config: str, expected_message: str) -> None:
    write(tmp_path, "f", "async function lambda() {}")
    (tmp_path / "functions" / "f" / "config.json").write_text(config)

    with pytest.raises(FaaSConfigurationError, match=expected_message):
        FakePlatform().deploy_folder(tmp_path)


def test_code_that_is_too_long_is_refused_as_the_platform_does(v2: JavaScriptPlatform) -> None:
    with pytest.raises(FaaSConfigurationError, match="more than 100000 characters"):
        v2.deploy("//" + "x" * 100_000)
    assert v2.platform.functions == []


def test_a_configured_uuid_is_that_of_the_function(v2: JavaScriptPlatform) -> None:
    uuid = "3f0e2a4c-1111-4222-8333-444455556666"
    assert v2.deploy("async function lambda() { return 1; }", uuid=uuid).uuid == uuid


def test_the_listing_of_v1_has_the_code_so_that_pulling_a_function_does_not_empty_its_file(
    v1: JavaScriptPlatform,
) -> None:
    source = "function lambda(input, callback) { callback(null, 'ä'); }\n"
    v1.deploy(source)

    with v1.platform.client() as client:
        client.get_lambdas()
    (listed,) = json.loads(v1.platform.requests[-1].answer)
    assert listed["implementation"]["code"] == source
