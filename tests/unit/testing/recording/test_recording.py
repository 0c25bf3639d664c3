"""What crosses a transport is recorded without secrets, and replayed without a network."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import (
    AsyncClient,
    ClientCredentials,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSInvokeError,
    FaaSTimeoutError,
    HttpRequest,
    HttpResponse,
    RetryPolicy,
)
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.testing import (
    AsyncRecordingTransport,
    AsyncReplayTransport,
    FakePlatform,
    NotRecordedError,
    RecordingTransport,
    ReplayTransport,
)
from lpfunctions.testing.contracts import PortCases, Served, sender_for
from tests.support.cassettes import URL, greeting, recorded, replaying

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


# -- recording and replaying --


def test_a_conversation_is_replayed_by_a_client_without_credentials(platform: FakePlatform, cassette: Path) -> None:
    recorded(platform, cassette)
    with ReplayTransport(cassette) as transport, replaying(transport) as client:
        assert greeting(client) == "Hello Ada"
        transport.assert_all_replayed()


def test_an_async_client_replays_what_a_blocking_one_recorded(platform: FakePlatform, cassette: Path) -> None:
    recorded(platform, cassette)

    async def replay() -> object:
        app = ClientCredentials(client_id="client-id", client_secret="not-the-secret")
        async with AsyncReplayTransport(cassette) as transport:
            options: dict[str, Any] = {"csds_domain": "in-memory-platform.invalid", "transport": transport}
            async with AsyncClient(account_id="12345678", auth_strategy=app, **options) as client:
                answer = await client.invoke(event_id="greeting", payload={"name": "Ada"})
            transport.assert_all_replayed()
        return answer.body[0]["result"]

    assert asyncio.run(replay()) == "Hello Ada"


def test_an_async_client_records(platform: FakePlatform, cassette: Path) -> None:
    async def record() -> None:
        async with (
            AsyncRecordingTransport(cassette, platform.async_transport()) as transport,
            platform.async_client(transport=transport) as client,
        ):
            await client.invoke(event_id="greeting", payload={"name": "Ada"})

    asyncio.run(record())
    with ReplayTransport(cassette) as transport, replaying(transport) as client:
        assert greeting(client) == "Hello Ada"


def test_failures_and_retries_are_replayed_as_they_were(platform: FakePlatform, cassette: Path) -> None:
    platform.fail_next(status=503, kind="discovery")
    retry = RetryPolicy(base_seconds=0)
    recorded(platform, cassette, retry=retry)
    with ReplayTransport(cassette) as transport, replaying(transport, retry=retry) as client:
        assert greeting(client) == "Hello Ada"
        transport.assert_all_replayed()
    assert [exchange["response"]["status"] for exchange in json.loads(cassette.read_text())["exchanges"]] == [
        503, 200, 200, 200,
    ]  # fmt: skip


def test_an_error_of_the_transport_is_replayed(platform: FakePlatform, cassette: Path) -> None:
    platform.fail_next(lose_answer=True, kind="invoke")
    with pytest.raises(FaaSInvokeError):
        recorded(platform, cassette)
    with ReplayTransport(cassette) as transport, replaying(transport) as client:
        with pytest.raises(FaaSInvokeError) as caught:
            greeting(client)
        cause = caught.value.__cause__
    assert isinstance(cause, FaaSConnectionError)
    assert (cause.delivered, "closed the connection" in str(cause)) == ("unknown", True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b'{"b":1,"a":[1.0,1,true,null,"\xc3\xa4"]}',
        b'{ "spaces" : 1 }',
        b"1.50",
        b"1e999",
        b"NaN",
        b'"\\ud800"',
        b"12345678901234567890123",
        b'{"a":1,"a":2}',
        b"<html>no JSON</html>\r\n",
        b"\xff\x00\xfe",
        b"\xef\xbb\xbf1",
        b"[" * 5000,
        b"[" * 900 + b"]" * 900,
        b"7" * 5000,
    ],
    ids=repr,
)
def test_a_body_is_replayed_byte_by_byte(cassette: Path, content: bytes) -> None:
    answer = HttpResponse(901, "Function Failed", {"x-kind": "ä"}, content)
    request = HttpRequest("POST", URL, {}, content)
    RecordingTransport(cassette, MemoryTransport(lambda _: answer)).send(request)
    assert ReplayTransport(cassette).send(request) == answer


def test_equal_requests_are_answered_in_the_order_of_the_recording(cassette: Path) -> None:
    answers = iter([b"1", b"2", b"3"])
    recorder = RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200, content=next(answers))))
    for _ in range(3):
        recorder.send(HttpRequest("GET", URL))
    replayer = ReplayTransport(cassette)
    assert [replayer.send(HttpRequest("GET", URL)).content for _ in range(3)] == [b"1", b"2", b"3"]


def test_many_threads_record_into_one_cassette(cassette: Path) -> None:
    recorder = RecordingTransport(
        cassette, MemoryTransport(lambda request: HttpResponse(200, content=request.content or b""))
    )
    bodies = [b"%d" % number for number in range(40)]
    threads = [threading.Thread(target=recorder.send, args=[HttpRequest("POST", URL, {}, body)]) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replayer = ReplayTransport(cassette)
    assert [replayer.send(HttpRequest("POST", URL, {}, body)).content for body in bodies] == bodies
    replayer.assert_all_replayed()


def test_the_file_is_complete_after_each_exchange(cassette: Path) -> None:
    recorder = RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200)))
    for count in range(3):
        assert len(json.loads(cassette.read_text())["exchanges"]) == count
        recorder.send(HttpRequest("GET", URL))


def test_a_cassette_is_readable(platform: FakePlatform, cassette: Path) -> None:
    *_, invocation = json.loads(recorded(platform, cassette))["exchanges"]
    assert invocation["request"]["json"]["payload"] == {"name": "Ada"}
    assert invocation["response"]["status"] == 200
    assert invocation["response"]["json"][0]["result"] == "Hello Ada"
    assert '\n          "payload": {\n            "name": "Ada"\n' in cassette.read_text()


class TestRecordingTransport(PortCases):
    """Recording changes nothing of what passes."""

    @pytest.fixture(autouse=True, params=[False, True], ids=["blocking", "async"])
    def choose(self, request: pytest.FixtureRequest, cassette: Path) -> None:
        self.is_async, self.cassette = request.param, cassette

    @contextmanager
    def served(self, handle: Callable[[HttpRequest], HttpResponse]) -> Generator[Served]:
        transport: Any = (
            AsyncRecordingTransport(self.cassette, AsyncMemoryTransport(handle))
            if self.is_async
            else RecordingTransport(self.cassette, MemoryTransport(handle))
        )
        with sender_for(transport) as sender:
            yield Served(sender, "http://functions.test")


class RecordedFirst:
    """Records a request, and answers from the cassette."""

    def __init__(self, handle: Callable[[HttpRequest], HttpResponse], folder: Path) -> None:
        self._handle = handle
        self._folder = folder
        self._number = iter(range(1000))

    def send(self, request: HttpRequest) -> HttpResponse:
        cassette = self._folder / f"{next(self._number)}.json"
        recorder = RecordingTransport(cassette, MemoryTransport(self._handle))
        if request.timeout_seconds > 0:
            recorder.send(request)
        return ReplayTransport(cassette).send(request)

    def close(self) -> None:
        """There is nothing to close."""


class TestReplayTransport(PortCases):
    """What comes back is what was recorded."""

    @pytest.fixture(autouse=True)
    def choose(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @contextmanager
    def served(self, handle: Callable[[HttpRequest], HttpResponse]) -> Generator[Served]:
        with sender_for(RecordedFirst(handle, self.folder)) as sender:
            yield Served(sender, "http://functions.test")


# -- strictness --


def test_what_is_not_recorded_fails_and_says_what_differs(platform: FakePlatform, cassette: Path) -> None:
    recorded(platform, cassette)
    with replaying(ReplayTransport(cassette)) as client, pytest.raises(FaaSInvokeError) as caught:
        greeting(client, "Bob")
    assert isinstance(caught.value.__cause__, NotRecordedError)
    assert (caught.value.delivered, caught.value.retryable) == ("no", False)
    assert "its body.payload.name is 'Bob', and 'Ada' is recorded" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (HttpRequest("POST", f"{URL}&skillId=9", {}, b"1"), "its query is 'v=1&skillId=9', and 'v=1' is recorded"),
        (HttpRequest("POST", URL, {}, b"true"), "its body is 'true', and '1' is recorded"),
        (HttpRequest("POST", URL, {}, b"1.0"), "its body is '1.0', and '1' is recorded"),
        (HttpRequest("POST", URL), "its body is 'null', and '1' is recorded"),
        (HttpRequest("GET", URL), "which holds POST https://va.fninvocations.liveperson.net/api/account/1"),
    ],
)
def test_what_differs_is_said(cassette: Path, request_: HttpRequest, said: str) -> None:
    RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200))).send(HttpRequest("POST", URL, {}, b"1"))
    with pytest.raises(NotRecordedError) as caught:
        ReplayTransport(cassette).send(request_)
    assert said in str(caught.value)


def test_what_is_asked_more_often_than_recorded_fails(cassette: Path) -> None:
    RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200))).send(HttpRequest("GET", URL))
    replayer = ReplayTransport(cassette)
    replayer.send(HttpRequest("GET", URL))
    with pytest.raises(NotRecordedError, match=r"is recorded 1 time\(s\) in .*, and was sent once more"):
        replayer.send(HttpRequest("GET", URL))


def test_the_timestamp_of_an_invocation_may_differ(cassette: Path) -> None:
    def invocation(moment: int, payload: str) -> HttpRequest:
        return HttpRequest("POST", URL, {}, b'{"timestamp":%d,"headers":[],"payload":%b}' % (moment, payload.encode()))

    recorder = RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200)))
    recorder.send(invocation(1, '{"timestamp":1}'))
    recorder.send(invocation(1, "1.50"))
    replayer = ReplayTransport(cassette)
    assert replayer.send(invocation(2, '{"timestamp":1}')).status == 200
    assert replayer.send(invocation(2, "1.50")).status == 200
    with pytest.raises(NotRecordedError, match=r"body\.payload\.timestamp is '2'"):
        replayer.send(invocation(1, '{"timestamp":2}'))


def test_what_was_not_asked_for_is_listed(platform: FakePlatform, cassette: Path) -> None:
    recorded(platform, cassette)
    replayer = ReplayTransport(cassette)
    with pytest.raises(AssertionError, match=r"3 of 3 exchanges of .* were not asked for:\n  GET https://in-memory"):
        replayer.assert_all_replayed()


def test_code_that_swallows_the_error_does_not_hide_it(cassette: Path) -> None:
    RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200)))

    async def ask() -> None:
        async with AsyncReplayTransport(cassette) as transport:
            with pytest.raises(NotRecordedError):
                await transport.send(HttpRequest("GET", URL))

    with pytest.raises(AssertionError, match=r"is not recorded in .*, which holds nothing"):
        asyncio.run(ask())


def test_no_time_left_is_no_exchange(cassette: Path) -> None:
    RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200))).send(HttpRequest("GET", URL))
    replayer = ReplayTransport(cassette)
    with pytest.raises(FaaSTimeoutError):
        replayer.send(HttpRequest("GET", URL, timeout_seconds=0))
    assert replayer.send(HttpRequest("GET", URL)).status == 200


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory; record it with RecordingTransport"),
        ("{", "is no JSON"),
        ("{}", 'is no cassette: it lacks "format"'),
        ('{"format": "lpfunctions cassette 1", "exchanges": [{"request": {}}]}', "has an exchange that cannot be read"),
        ('{"format": "lpfunctions cassette 1"}', "has an exchange that cannot be read"),
    ],
)
def test_a_file_that_is_no_cassette_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "cassette.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(FaaSConfigurationError) as caught:
        ReplayTransport(file)
    assert said in str(caught.value)


def test_a_cassette_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaaSConfigurationError, match="cannot be written: Is a directory"):
        RecordingTransport(tmp_path)


def test_an_interrupted_exchange_is_not_recorded(cassette: Path) -> None:
    def handle(_request: HttpRequest) -> HttpResponse:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        RecordingTransport(cassette, MemoryTransport(handle)).send(HttpRequest("GET", URL))
    assert json.loads(cassette.read_text())["exchanges"] == []
