"""Client, fake, emulator and fault proxy, each once, blocking and awaiting: a program for `bare_system`."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from lpfunctions import AsyncClient, Client, FaaSConnectionError, FaaSInvokeError, Invocation, RetryPolicy
from lpfunctions.testing import Emulator, FakePlatform, FaultProxy, Flow, FunctionInput, Passage, VirtualClock


def echo(given: FunctionInput) -> object:
    return given.payload


async def echo_later(given: FunctionInput) -> object:
    await asyncio.sleep(0)
    return given.payload


def use(client: Client, *functions: str) -> None:
    with client:
        for uuid in functions:
            assert client.invoke(lambda_uuid=uuid, payload=[1]).body == [1]
        assert client.is_implemented(event_id="e")
        assert len(client.get_lambdas()) == len(functions)
        many = [Invocation(lambda_uuid=functions[0], payload=number) for number in range(20)]
        assert sum(outcome.failure is None for outcome in client.invoke_many(many)) == 20


async def use_async(client: AsyncClient, *functions: str) -> None:
    async with client:
        for uuid in functions * 2:
            assert (await client.invoke(lambda_uuid=uuid, payload=[1])).body == [1]
        calls = (client.invoke(lambda_uuid=functions[0], payload=number) for number in range(20))
        assert [response.body for response in await asyncio.gather(*calls)] == list(range(20))


def use_platform(platform: FakePlatform) -> None:
    functions = [platform.function("f", event_id="e")(echo).uuid, platform.function("g")(echo_later).uuid]
    use(platform.client(), *functions)
    asyncio.run(use_async(platform.async_client(), *functions))
    with Emulator(platform) as emulator:
        use(emulator.client(), *functions)
        asyncio.run(use_async(emulator.async_client(), *functions))
        proxied(emulator, functions[0])


def proxied(emulator: Emulator, function: str) -> None:
    with (
        FaultProxy(emulator.host, Passage(down=Flow(reset_at=0))) as proxy,
        emulator.client(csds_domain=proxy.host, retry=RetryPolicy.none()) as client,
    ):
        try:
            client.invoke(lambda_uuid=function)
        except FaaSInvokeError as failure:
            if not isinstance(failure.__cause__ and failure.__cause__.__cause__, FaaSConnectionError):
                raise
        else:
            raise AssertionError("the proxy reset nothing")


def javascript() -> str:
    if shutil.which("node") is None:
        return "no Node"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "functions" / "f"
        home.mkdir(parents=True)
        (home / "index.js").write_text("async function lambda(input) { return input.payload; }")
        with FakePlatform() as platform:
            (function,) = platform.deploy_folder(folder)
            with platform.client() as client:
                assert client.invoke(lambda_uuid=function.uuid, payload=1).body == 1
    return "Node"


if __name__ == "__main__":
    assert "fcntl" not in sys.modules or sys.modules["fcntl"] is None
    assert not hasattr(signal, "SIGHUP")
    for version in ("v1", "v2"):
        use_platform(FakePlatform(platform_version=version))
    use_platform(FakePlatform(clock=VirtualClock()))
    sys.stdout.write(f"all of it, {javascript()}\n")
