"""What a function in JavaScript logs, within the limits that the platform documents."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.javascript import JavaScriptPlatform, code_of, needs_node

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing import LogEntry

pytestmark = needs_node

CHARACTERS = {"v1": 6000, "v2": 16384}
ENDING = {"v1": "callback(null, 'done');", "v2": "return 'done';"}


@pytest.fixture(params=["v1", "v2"])
def platform_with_node(request: pytest.FixtureRequest) -> JavaScriptPlatform:
    chosen: JavaScriptPlatform = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def version(platform_with_node: JavaScriptPlatform) -> str:
    return platform_with_node.platform.platform_version


def logged_by(platform_with_node: JavaScriptPlatform, body: str) -> list[LogEntry]:
    """Run a function with *body*, which logs and does nothing else; return what was stored."""
    version = platform_with_node.platform.platform_version
    function = platform_with_node.deploy(f"function lambda(input, callback) {{ {body} {ENDING[version]} }}")
    assert platform_with_node.invoke(function).body == "done"
    return list(function.logs)


def lines_of(count: int, text: str = "'line'") -> str:
    return f"for (let i = 0; i < {count}; i++) console.info({text});"


def overflow(version: str, entries: int, characters: int) -> tuple[str, str]:
    return "error", (
        f"the function logged {entries} entries with {characters} characters; of a call, LivePerson stores 10 entries "
        f"with {CHARACTERS[version]} characters, and of more than that only one error: this one"
    )


def test_ten_entries_are_stored(platform_with_node: JavaScriptPlatform) -> None:
    assert [entry.message for entry in logged_by(platform_with_node, lines_of(10))] == ["line"] * 10


def test_of_more_than_ten_entries_one_error_is_stored_and_the_call_goes_on(
    platform_with_node: JavaScriptPlatform, version: str
) -> None:
    (entry,) = logged_by(platform_with_node, lines_of(11))
    assert (entry.level, entry.message) == overflow(version, 11, 44)
    assert entry.timestamp > 1_600_000_000_000


def test_the_characters_of_messages_and_extras_are_limited_together(
    platform_with_node: JavaScriptPlatform, version: str
) -> None:
    fitting = f"console.warn('m'.repeat({CHARACTERS[version] - 10}), 'e'.repeat(5)); console.error('12345');"
    assert len(logged_by(platform_with_node, fitting)) == 2

    (entry,) = logged_by(platform_with_node, fitting + "console.log('6');")
    assert (entry.level, entry.message) == overflow(version, 3, CHARACTERS[version] + 1)


def test_debug_is_kept_here_and_not_counted_because_the_platform_never_stores_it(
    platform_with_node: JavaScriptPlatform, version: str
) -> None:
    debug = "for (let i = 0; i < 20; i++) console.debug('d');"
    assert len(logged_by(platform_with_node, debug + lines_of(10))) == 30

    *debugged, last = logged_by(platform_with_node, debug + lines_of(11))
    assert [entry.level for entry in debugged] == ["debug"] * 20
    assert (last.level, last.message) == overflow(version, 11, 44)


def test_each_call_has_limits_of_its_own(platform_with_node: JavaScriptPlatform) -> None:
    function = platform_with_node.deploy(
        f"function lambda(input, callback) {{ {lines_of(10)} callback && callback(); return 1; }}"
    )
    for _ in range(3):
        platform_with_node.invoke(function)
    assert len(function.logs) == 30


def test_how_a_call_failed_is_told_whatever_it_logged(platform_with_node: JavaScriptPlatform, version: str) -> None:
    function = platform_with_node.deploy(f"function lambda() {{ {lines_of(11)} throw new Error('no'); }}")
    platform_with_node.invoke(function)
    assert [entry.message for entry in function.logs] == [overflow(version, 11, 44)[1], "no"]


def test_a_function_that_logs_without_end_leaves_one_line_and_how_it_ended(tmp_path: Path) -> None:
    platform_with_node = JavaScriptPlatform(tmp_path, execution_limit_seconds=1)
    with platform_with_node.platform:
        function = platform_with_node.deploy(
            "async function lambda() { while (true) { console.info('x'); console.debug('y'); } }"
        )
        assert code_of(platform_with_node.invoke(function)) == "execution-exceeded"
    *debugged, stored, ended = function.logs
    assert {entry.level for entry in debugged} == {"debug"}
    assert stored.message.startswith("the function logged")
    assert ended.message == "the function ran for longer than 1 s"


def test_a_request_has_the_logs_of_its_own_call_and_no_others(platform_with_node: JavaScriptPlatform) -> None:
    function = platform_with_node.deploy(
        "async function lambda(input, callback) { await new Promise(done => setTimeout(done, 50));"
        " console.info(input.payload); if (callback) callback(); }"
    )

    async def ask() -> None:
        async with platform_with_node.platform.async_client() as client:
            await asyncio.gather(*(client.invoke(lambda_uuid=function.uuid, payload=f"p{n}") for n in range(4)))

    asyncio.run(ask())
    logs = {request.json()["payload"]: [entry.message for entry in request.logs]
            for request in platform_with_node.platform.requests.invocations}  # fmt: skip
    assert logs == {f"p{n}": [f"p{n}"] for n in range(4)}
