"""What functions in Python print and log is in their log, and goes where it went before."""
# ruff: noqa: T201 (that functions print is the subject)

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing import FakePlatform, FunctionInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lpfunctions.testing import DeployedFunction

LOG = logging.getLogger("shop.orders")


def say_all(given: FunctionInput) -> str:
    print("printed", given.payload)
    LOG.warning("stock of %s is low", "tea")
    LOG.error("gone", extra={"any": "thing"})
    return "done"


async def say_all_async(given: FunctionInput) -> str:
    await asyncio.sleep(0)
    return say_all(given)


@pytest.fixture(params=["blocking", "async"])
def invoke(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Invoke a function of a platform through one of its frontends."""

    async def invoke_async(platform: FakePlatform, function: DeployedFunction, payload: Any = None) -> Any:
        async with platform.async_client() as client:
            return await client.invoke(lambda_uuid=function.uuid, payload=payload)

    def invoke_blocking(platform: FakePlatform, function: DeployedFunction, payload: Any = None) -> Any:
        with platform.client() as client:
            return client.invoke(lambda_uuid=function.uuid, payload=payload)

    return invoke_blocking if request.param == "blocking" else lambda *given: asyncio.run(invoke_async(*given))


def silent_logger() -> logging.Logger:
    """A logger for every level, whose records no other handler gets: those of the manager are watched in all tests."""
    logger = logging.Logger("silent", logging.DEBUG)  # noqa: LOG001 (not one of the manager's)
    logger.addHandler(logging.NullHandler())
    return logger


def lines(function: DeployedFunction) -> list[tuple[str, str]]:
    return [(entry.level, entry.message) for entry in function.logs]


@pytest.mark.parametrize("code", [say_all, say_all_async])
def test_what_a_function_prints_and_logs_is_in_its_log(
    invoke: Callable[..., Any], code: Callable[..., Any], capsys: pytest.CaptureFixture[str], caplog: Any
) -> None:
    platform = FakePlatform()
    function = platform.function()(code)

    assert invoke(platform, function, 7).body == "done"

    assert lines(function) == [("info", "printed 7"), ("warn", "stock of tea is low"), ("error", "gone")]
    assert [entry.message for entry in platform.requests[-1].logs] == ["printed 7", "stock of tea is low", "gone"]
    assert platform.request_log().splitlines()[-3:] == [
        "    info: printed 7",
        "    warn: stock of tea is low",
        "    error: gone",
    ]
    # And it went where it goes without a platform.
    assert capsys.readouterr().out == "printed 7\n"
    assert [record.getMessage() for record in caplog.records] == ["stock of tea is low", "gone"]


def test_what_was_said_before_a_failure_stands_before_it(invoke: Callable[..., Any]) -> None:
    platform = FakePlatform()

    @platform.function()
    def fail(_given: FunctionInput) -> None:
        print("begun", end="")
        try:
            {}["id"]  # type: ignore[index]
        except KeyError:
            LOG.exception("no id")
        raise ValueError("no order")

    invoke(platform, fail)

    assert lines(fail) == [("info", "begun"), ("error", "no id"), ("error", "no order")]
    assert "KeyError: 'id'" in fail.logs[1].extras[0]


def test_calls_at_the_same_time_do_not_mix() -> None:
    platform = FakePlatform()
    together = threading.Barrier(4, timeout=20)

    @platform.function()
    def plain(given: FunctionInput) -> None:
        print("begin", given.payload)
        together.wait()
        LOG.warning("end %s", given.payload)

    all_begun = asyncio.Barrier(4)

    @platform.function()
    async def awaiting(given: FunctionInput) -> None:
        print("begin", given.payload)
        await all_begun.wait()
        await asyncio.create_task(in_a_task(given.payload))

    async def in_a_task(payload: Any) -> None:
        LOG.warning("end %s", payload)

    async def invoke_both() -> None:
        async with platform.async_client() as client:
            for function in (plain, awaiting):
                await asyncio.gather(*(client.invoke(lambda_uuid=function.uuid, payload=n) for n in range(4)))

    asyncio.run(invoke_both())
    assert [
        (request.json()["payload"], [entry.message for entry in request.logs])
        for request in platform.requests.invocations
    ] == [(n, [f"begin {n}", f"end {n}"]) for n in [0, 1, 2, 3] * 2]


def test_what_others_print_meanwhile_is_not_the_functions(capsys: pytest.CaptureFixture[str]) -> None:
    platform = FakePlatform()
    running, printed = threading.Event(), threading.Event()

    @platform.function()
    def wait(_given: FunctionInput) -> None:
        running.set()
        assert printed.wait(20)

    def other() -> None:
        assert running.wait(20)
        print("from elsewhere")
        LOG.warning("from elsewhere")
        printed.set()

    thread = threading.Thread(target=other)
    thread.start()
    with platform.client() as client:
        client.invoke(lambda_uuid=wait.uuid)
    thread.join()

    assert list(wait.logs) == []
    assert capsys.readouterr().out == "from elsewhere\n"


def test_a_function_that_calls_another_keeps_its_own_log(invoke: Callable[..., Any]) -> None:
    platform = FakePlatform()

    @platform.function()
    def inner(_given: FunctionInput) -> None:
        print("inner")

    @platform.function()
    def outer(_given: FunctionInput) -> None:
        print("before")
        with platform.client() as client:
            client.invoke(lambda_uuid=inner.uuid)
        print("after")

    invoke(platform, outer)

    assert lines(inner) == [("info", "inner")]
    assert lines(outer) == [("info", "before"), ("info", "after")]


def test_one_that_runs_over_its_limit_leaves_what_it_said_until_then() -> None:
    platform = FakePlatform(execution_limit_seconds=0.05)
    ended = threading.Event()
    printed = threading.Event()

    @platform.function()
    def hang(_given: FunctionInput) -> None:
        print("begun\nand more")
        print("rest", end="")
        assert ended.wait(20)
        print("too late")
        printed.set()

    with platform.client() as client:
        client.invoke(lambda_uuid=hang.uuid)
    ended.set()
    assert printed.wait(20)

    # On a busy machine the limit may end before the function has begun.
    assert [message for _, message in lines(hang)][-1] == "the function ran for longer than 0.05 s"
    assert "too late" not in str(hang.logs)


def test_one_that_prints_without_end_fills_no_memory(invoke: Callable[..., Any]) -> None:
    platform = FakePlatform()

    @platform.function()
    def chatter(_given: FunctionInput) -> None:
        for number in range(1500):
            LOG.warning(number)

    invoke(platform, chatter)

    assert len(platform.requests[-1].logs) == 1000
    assert platform.requests[-1].logs[-1].message == "the function logged more; 999 entries of a call are kept"


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (logging.DEBUG, "debug"),
        (logging.INFO, "info"),
        (logging.WARNING, "warn"),
        (logging.ERROR, "error"),
        (logging.CRITICAL, "error"),
    ],
)
def test_levels_are_those_of_the_platform(level: int, told: str) -> None:
    platform = FakePlatform()
    logger = silent_logger()
    function = platform.function("f")(lambda _: logger.log(level, "said"))
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid)

    assert lines(function) == [(told, "said")]


def test_arguments_that_do_not_fit_the_message_are_shown_and_harm_nobody() -> None:
    platform = FakePlatform()
    logger = silent_logger()
    function = platform.function("f")(lambda _: logger.warning("%d items", "many"))
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid).raise_for_status()

    assert lines(function) == [("warn", "%d items ('many',)")]


class TestOfTheProcess:
    @pytest.fixture(autouse=True)
    def _restored(self) -> Iterator[None]:
        before = (sys.stdout, logging.getLogRecordFactory(), list(logging.getLogger().handlers))
        yield
        assert (sys.stdout, logging.getLogRecordFactory(), list(logging.getLogger().handlers)) == before

    def test_nothing_is_left_changed_after_a_call(self, invoke: Callable[..., Any]) -> None:
        platform = FakePlatform()
        invoke(platform, platform.function("f")(say_all))

    def test_a_record_factory_of_the_users_own_is_asked(self, invoke: Callable[..., Any], caplog: Any) -> None:
        plain = logging.getLogRecordFactory()

        def own(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = plain(*args, **kwargs)
            record.tenant = "shop"
            return record

        platform = FakePlatform()
        function = platform.function("f")(lambda _: LOG.warning("said"))
        logging.setLogRecordFactory(own)
        try:
            invoke(platform, function)
        finally:
            logging.setLogRecordFactory(plain)

        assert lines(function) == [("warn", "said")]
        assert [record.tenant for record in caplog.records] == ["shop"]

    def test_a_function_may_redirect_its_own_output(self, invoke: Callable[..., Any]) -> None:
        platform = FakePlatform()

        @platform.function()
        def redirecting(_given: FunctionInput) -> str:
            kept = io.StringIO()
            with contextlib.redirect_stdout(kept):
                print("kept")
            print("seen")
            return kept.getvalue()

        assert invoke(platform, redirecting).body == "kept\n"
        assert lines(redirecting) == [("info", "seen")]

    def test_standard_output_can_be_used_in_all_ways(
        self, invoke: Callable[..., Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        platform = FakePlatform()

        @platform.function()
        def writing(_given: FunctionInput) -> list[object]:
            sys.stdout.writelines(["one\n", "two\n"])
            sys.stdout.flush()
            print("three", flush=True)
            return [sys.stdout.write("four"), sys.stdout.isatty(), sys.stdout.encoding.lower(), sys.stdout.writable()]

        assert invoke(platform, writing).body == [4, False, "utf-8", True]
        assert [message for _, message in lines(writing)] == ["one", "two", "three", "four"]
        assert capsys.readouterr().out == "one\ntwo\nthree\nfour"

    def test_a_process_without_standard_output_loses_nothing(
        self, invoke: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        platform = FakePlatform()
        function = platform.function("f")(say_all)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", None)  # as under pythonw
            assert invoke(platform, function).ok
        assert [message for _, message in lines(function)] == ["stock of tea is low", "gone"]
