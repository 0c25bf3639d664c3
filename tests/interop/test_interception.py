"""What libraries that intercept HTTP see of our clients, as docs/testing.md says it in a table."""

from __future__ import annotations

import asyncio
import importlib
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from lpfunctions import FaaSInvokeError, RetryPolicy
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    import requests

pytestmark = pytest.mark.sockets

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "testing.md"
ANY_URL: Final = re.compile(".*")
TOKEN: Final = {"access_token": "t", "token_type": "Bearer"}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    platform = FakePlatform()
    platform.function("f", event_id="e")(lambda _: 1)
    with Emulator(platform) as emulator:
        yield emulator


def hosts(emulator: Emulator) -> dict[str, Any]:
    services = ("faasGW", "faasUI", "sentinel")
    return {"baseURIs": [{"service": name, "account": "12345678", "baseURI": emulator.host} for name in services]}


# -- what intercepts: each yields what tells how many requests it has seen --


@contextmanager
def responses(emulator: Emulator, _session: requests.Session) -> Generator[Callable[[], int]]:
    from responses import RequestsMock

    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(ANY_URL, json=hosts(emulator))
        mock.post(ANY_URL, json=TOKEN)
        yield lambda: len(mock.calls)


@contextmanager
def requests_mock(emulator: Emulator, _session: requests.Session) -> Generator[Callable[[], int]]:
    from requests_mock import Mocker

    with Mocker() as mock:
        mock.get(ANY_URL, json=hosts(emulator))
        mock.post(ANY_URL, json=TOKEN)
        yield lambda: mock.call_count


@contextmanager
def requests_mock_adapter(emulator: Emulator, session: requests.Session) -> Generator[Callable[[], int]]:
    from requests_mock import Adapter

    adapter = Adapter()
    adapter.register_uri("GET", ANY_URL, json=hosts(emulator))
    adapter.register_uri("POST", ANY_URL, json=TOKEN)
    session.mount("http://", adapter)
    yield lambda: adapter.call_count


@contextmanager
def respx(emulator: Emulator, _session: requests.Session) -> Generator[Callable[[], int]]:
    from respx import mock

    with mock(assert_all_called=False) as router:
        router.get(url__regex=ANY_URL).respond(json=hosts(emulator))
        router.post(url__regex=ANY_URL).respond(json=TOKEN)
        yield lambda: router.calls.call_count


@contextmanager
def aioresponses(emulator: Emulator, _session: requests.Session) -> Generator[Callable[[], int]]:
    from aioresponses import aioresponses as intercepting

    with intercepting() as mock:
        registered: Any = mock
        registered.get(ANY_URL, payload=hosts(emulator), repeat=True)
        registered.post(ANY_URL, payload=TOKEN, repeat=True)
        yield lambda: sum(map(len, mock.requests.values()))


def vcr(mode: str, cassette: Path) -> Any:
    @contextmanager
    def intercepting(emulator: Emulator, session: requests.Session) -> Generator[Callable[[], int]]:
        vcr: Any = importlib.import_module("vcr")  # has no types
        recorder = vcr.VCR(record_mode=mode, match_on=["method", "path"])
        with recorder.use_cassette(str(cassette)) as tape:
            yield lambda: len(tape.requests)

    return intercepting


INTERCEPTING: Final[dict[str, Any]] = {
    "responses": responses,
    "requests-mock, `Mocker()`": requests_mock,
    "requests-mock, `Adapter` mounted on the session": requests_mock_adapter,
    "respx": respx,
    "aioresponses": aioresponses,
}


# -- the clients --


def call(emulator: Emulator, session: requests.Session | None = None) -> None:
    with emulator.client(session=session, retry=RetryPolicy.none()) as client:
        client.invoke(event_id="e").raise_for_status()


async def call_async(emulator: Emulator) -> None:
    async with emulator.async_client(retry=RetryPolicy.none()) as client:
        (await client.invoke(event_id="e")).raise_for_status()


def calling(client: str, emulator: Emulator, session: requests.Session) -> None:
    if client == "`AsyncClient`":
        asyncio.run(call_async(emulator))
    else:
        call(emulator, None if client == "`Client`" else session)


def measured(client: str, emulator: Emulator, intercepting: Any) -> str:
    """What becomes of a call that is intercepted so, in the words of the table."""
    import requests

    with requests.Session() as session, intercepting(emulator, session) as seen:
        try:
            calling(client, emulator, session)
        except FaaSInvokeError:
            outcome = "fails"
        else:
            outcome = "works"
        is_seen, is_sent = bool(seen()), bool(emulator.platform.requests)
    return {
        ("works", False, True): "network",
        ("works", True, False): "answers",
        ("works", True, True): "records",
        ("fails", True, True): "network, then fails",
    }.get((outcome, is_seen, is_sent), f"{outcome}{', network' if is_sent else ''}")


def documented() -> dict[tuple[str, str], str]:
    """What the table says, by library and client."""
    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [[cell.strip().strip("*") for cell in line.strip("|").split("|")] for line in lines]
    head = next(row for row in rows if row[0] == "library")
    return {(row[0], client): cell for row in rows for client, cell in zip(head[1:], row[1:], strict=False)}


CLIENTS: Final = ("`Client`", "`Client(session=…)`", "`AsyncClient`")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("library", INTERCEPTING)
def test_a_library_sees_what_the_table_says(emulator: Emulator, library: str, client: str) -> None:
    assert measured(client, emulator, INTERCEPTING[library]) == documented()[library, client]


@pytest.mark.parametrize("client", CLIENTS)
def test_vcr_records_and_replays_what_the_table_says(emulator: Emulator, tmp_path: Path, client: str) -> None:
    cassette = tmp_path / "cassette.yaml"
    assert measured(client, emulator, vcr("all", cassette)) == documented()["VCR.py, recording", client]
    emulator.platform.requests.clear()
    assert measured(client, emulator, vcr("none", cassette)) == documented()["VCR.py, replaying", client]


def test_a_cassette_of_vcr_holds_secrets(emulator: Emulator, tmp_path: Path) -> None:
    cassette = tmp_path / "cassette.yaml"
    assert measured("`AsyncClient`", emulator, vcr("all", cassette)) == "records"
    text = cassette.read_text(encoding="utf-8")
    assert f"client_secret={emulator.platform.account.client_secret}" in text
    assert "Bearer eyJ" in text


def test_a_session_is_answered_by_responses(emulator: Emulator) -> None:
    """The way that the documentation shows."""
    import requests
    from responses import RequestsMock

    with RequestsMock() as mock, requests.Session() as session:
        mock.get(ANY_URL, json=hosts(emulator))
        mock.post(re.compile(".*/app/token"), json=TOKEN)
        mock.post(re.compile(".*/events/e/invoke"), json=[{"result": "Hello Ada"}])
        with emulator.client(session=session) as client:
            assert client.invoke(event_id="e").body[0]["result"] == "Hello Ada"
    assert list(emulator.platform.requests) == []
