"""R8: a client that is forked after it was used. 8 children and their parent call, and each gets its own answers.

The forking is done in a process of its own: pytest's has threads that are not ours.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


CHILDREN = 8
CALLS = 200

_COMMON = """
import asyncio, os, sys, threading
from lpfunctions import AsyncClient, Client, ClientCredentials

HOST, UUID, CHILDREN, CALLS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
OPTIONS = dict(
    account_id="12345678",
    auth_strategy=ClientCredentials(client_id="client-id", client_secret="client-secret"),
    csds_domain=HOST, protocol="http", platform_version="v2",
)

def fork(name, work):
    child = os.fork()
    if child == 0:
        fine = False
        try:
            fine = work(f"child {name}")
        finally:
            os._exit(0 if fine else 1)
    return child

def outcomes(children):
    return [os.waitpid(child, 0)[1] for child in children]
"""

_BLOCKING = """
client = Client(**OPTIONS)
stop = threading.Event()

def calls(name, number=CALLS):
    return all(client.invoke(lambda_uuid=UUID, payload=[name, turn]).body == [name, turn] for turn in range(number))

def go_on(name):
    turn = 0
    while not stop.is_set():
        turn += 1
        assert client.invoke(lambda_uuid=UUID, payload=[name, turn]).body == [name, turn]
        client.is_implemented(event_id=f"{name} {turn}")

assert calls("before", 10)
# Threads of the parent hold locks and connections at the very moment of a fork.
threads = [threading.Thread(target=go_on, args=(f"thread {number}",)) for number in range(3)]
for thread in threads:
    thread.start()
children = [fork(number, calls) for number in range(CHILDREN)]
assert calls("parent", 50)
found = outcomes(children)
stop.set()
for thread in threads:
    thread.join()
assert found == [0] * CHILDREN, found
assert calls("after", 10)
client.close()
"""

_AWAITING = """
client = AsyncClient(**OPTIONS)

async def call(name, turn):
    return (await client.invoke(lambda_uuid=UUID, payload=[name, turn])).body == [name, turn]

async def calls(name, number=CALLS):
    async with asyncio.TaskGroup() as tasks:
        found = [tasks.create_task(call(name, turn)) for turn in range(number)]
    return all(task.result() for task in found)

def in_a_loop_of_its_own(name):
    return asyncio.run(calls(name))

async def main():
    assert await calls("before", 10)
    # Connections of this loop are open, and one call is under way.
    busy = asyncio.create_task(calls("busy", 20))
    await asyncio.sleep(0.001)
    children = [fork(number, in_a_loop_of_its_own) for number in range(CHILDREN)]
    assert await calls("parent", 50)
    assert await busy
    found = await asyncio.to_thread(outcomes, children)
    assert found == [0] * CHILDREN, found
    assert await calls("after", 10)
    await client.aclose()

asyncio.run(main())
"""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    platform = FakePlatform(journal_limit=None)

    @platform.function(name="echo")
    async def echo(given: FunctionInput) -> object:
        return given.payload

    with Emulator(platform) as emulator:
        yield emulator


@pytest.mark.parametrize("script", [_BLOCKING, _AWAITING], ids=["Client", "AsyncClient"])
def test_every_answer_belongs_to_the_process_that_asked(emulator: Emulator, script: str) -> None:
    arguments = [emulator.host, emulator.platform.functions[0].uuid, str(CHILDREN), str(CALLS)]
    command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", _COMMON + script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stderr) == (0, "")

    invocations = emulator.platform.requests.invocations
    ids = Counter(request.request_id for request in invocations)
    assert ids.most_common(1)[0][1] == 1, "a child must not repeat the request ids of its siblings"
    runs = Counter(request.json()["payload"][0] for request in invocations)
    assert {runs[f"child {number}"] for number in range(CHILDREN)} == {CALLS}
