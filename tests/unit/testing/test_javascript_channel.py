"""What functions in JavaScript write and say does not reach the protocol, and a Node that hangs is ended."""

from __future__ import annotations

import json
import os
import signal
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.javascript.channel import Listener
from lpfunctions.testing.javascript.definition import Definition
from lpfunctions.testing.javascript.runtime import NodeRuntime
from tests.support.javascript import JavaScriptPlatform, needs_node

pytestmark = pytest.mark.sockets

WRITES = {
    "process.stdout": "process.stdout.write('{\"call\":0}\\n')",
    "process.stderr": "process.stderr.write('err\\n')",
    "the descriptors": "for (const fd of [1, 2]) require('fs').writeSync(fd, 'not json\\n')",
    "without end": "for (let i = 0; i < 2000; i++) process.stdout.write('x'.repeat(1000))",
    "the port of the worker": "const {parentPort} = require('worker_threads'); parentPort.postMessage(null); "
    "parentPort.postMessage('text'); parentPort.postMessage({call: -1, log: 5})",
    "standard input": "try { require('fs').readSync(0, Buffer.alloc(10)) } catch {}",
}


@pytest.fixture
def platform_with_node(tmp_path: Path) -> Any:
    platform_with_node = JavaScriptPlatform(tmp_path)
    with platform_with_node.platform:
        yield platform_with_node


def ending_of(runtime: NodeRuntime, definition: Definition, given: dict[str, Any]) -> dict[str, Any]:
    ended: Future[dict[str, Any]] = Future()
    runtime.begin(definition, given, 30, ended.set_result)
    return ended.result(timeout=30)


class TestFunctions:
    pytestmark = needs_node

    @pytest.mark.parametrize("writes", WRITES)
    def test_one_that_writes_elsewhere_answers_and_so_does_the_next(
        self, platform_with_node: JavaScriptPlatform, writes: str
    ) -> None:
        function = platform_with_node.deploy(
            f"async function lambda(input) {{ {WRITES[writes]}; return input.payload; }}"
        )
        assert [platform_with_node.invoke(function, payload).body for payload in (1, 2)] == [1, 2]

    def test_a_lone_surrogate_in_a_log_is_shown_and_harms_nobody(self, platform_with_node: JavaScriptPlatform) -> None:
        function = platform_with_node.deploy(
            "async function lambda(input) { console.log('a\\ud800b', {c: '\\udfff'}); return input.payload; }"
        )
        assert [platform_with_node.invoke(function, payload).body for payload in (1, 2)] == [1, 2]
        entry = function.logs[0]
        assert entry.message == "a\\ud800b"
        "".join((entry.message, *entry.extras)).encode()

    def test_a_lone_surrogate_in_an_error_is_shown(self, platform_with_node: JavaScriptPlatform) -> None:
        function = platform_with_node.deploy("async function lambda() { throw new Error('\\udc00!'); }")
        assert platform_with_node.invoke(function).status == 901
        assert function.logs[-1].message == "\\udc00!"

    def test_lone_surrogates_are_kept_from_the_payload_to_the_result(
        self, platform_with_node: JavaScriptPlatform
    ) -> None:
        function = platform_with_node.deploy(
            "async function lambda(input) { return [input.payload, input.payload.length]; }"
        )
        platform = platform_with_node.platform
        answered = platform.handle(
            HttpRequest(
                "POST",
                f"https://gw/api/account/{platform.account_id}/lambdas/{function.uuid}/invoke",
                {"Authorization": f"Bearer {platform.issue_token()}", "Content-Type": "application/json"},
                b'{"timestamp":1,"headers":[],"payload":"x\\ud83d"}',
            )
        )
        assert (answered.status, json.loads(answered.content)) == (200, ["x\ud83d", 2])

    @pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped on this system")
    def test_a_node_that_hangs_is_ended_its_calls_fail_and_the_next_one_starts_anew(self, tmp_path: Path) -> None:
        runtime = NodeRuntime(silence_seconds=0.2)
        definition = Definition(1, tmp_path / "index.js", "const lambda = async input => input.payload;", "v2")

        def call(payload: int) -> dict[str, Any]:
            return ending_of(runtime, definition, {"payload": payload})

        try:
            assert call(1)["value"] == "1"
            hanging = runtime.process_id
            assert hanging is not None
            os.kill(hanging, signal.SIGSTOP)
            assert call(2)["failure"]["message"] == "Node ended or hung during the call"
            assert call(3)["value"] == "3"
            assert runtime.process_id != hanging
        finally:
            runtime.stop()

    def test_a_call_of_a_function_that_was_just_forgotten_fails_and_harms_no_other(self, tmp_path: Path) -> None:
        runtime = NodeRuntime()
        definition = Definition(1, tmp_path / "index.js", "const lambda = async input => input.payload;", "v2")
        try:
            assert ending_of(runtime, definition, {"payload": 1})["value"] == "1"
            runtime.forget([1])
            ended: Future[dict[str, Any]] = Future()
            process = getattr(runtime, "_process")  # noqa: B009 (no caller can do this at the right moment)
            process.ask(7, {"call": 7, "function": 1, "input": {}, "limitMs": None}, ended.set_result)
            assert ended.result(30)["failure"]["message"] == "the platform was closed before the call"
            assert ending_of(runtime, definition, {"payload": 2})["value"] == "2"
        finally:
            runtime.stop()

    def test_a_long_call_is_no_hanging_node(self, tmp_path: Path) -> None:
        runtime = NodeRuntime(silence_seconds=0.2)
        source = "const lambda = () => new Promise(resolve => setTimeout(resolve, 2000, 'late'));"
        try:
            ending = ending_of(runtime, Definition(1, tmp_path / "index.js", source, "v2"), {})
        finally:
            runtime.stop()
        assert ending["value"] == '"late"'


def connected(greeting: dict[str, Any], told: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", greeting["port"]))
    connection.sendall(told)
    return connection


def test_whoever_does_not_know_the_secret_is_not_taken_for_node() -> None:
    listener = Listener()
    greeting = json.loads(listener.greeting)
    with ThreadPoolExecutor(1) as thread:
        accepted = thread.submit(listener.accept, 10)
        with connected(greeting, b"x" * len(greeting["secret"])) as stranger:
            assert stranger.recv(1) == b""
        with connected(greeting, greeting["secret"].encode()) as node, accepted.result() as channel:
            node.sendall(b"hello")
            assert channel.recv(5) == b"hello"


def test_a_node_that_never_connects_is_not_waited_for_without_end() -> None:
    with pytest.raises(TimeoutError):
        Listener().accept(0.05)
    with pytest.raises(TimeoutError):
        Listener().accept(10_000, is_coming=lambda: False)


def test_a_program_that_is_no_node_is_named() -> None:
    runtime = NodeRuntime("/bin/true")
    with pytest.raises(FaaSConfigurationError, match="/bin/true started, and does not connect"):
        runtime.begin(Definition(1, Path("index.js"), "", "v2"), {}, 1, lambda _: None)
