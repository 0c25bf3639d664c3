"""From the start of an interpreter to the first answer, in processes of its own: python -m benchmarks.first_answer.

Ours, and the same three requests (hosts, token, invocation) by hand with a library alone. Counted is processor time,
which other work of the machine changes little; wall time stands beside it. The programs take turns, round by round.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.server import ACCOUNT, apart
from benchmarks.turns import orders

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS = 15

_OPTIONS = (
    f'account_id="{ACCOUNT}", auth_strategy=ClientCredentials(client_id="id", client_secret="secret"),'
    ' csds_domain=HOST, protocol="http", platform_version="v2"'
)
_HOSTS = f'f"http://{{HOST}}/api/account/{ACCOUNT}/service/baseURI.json?version=1.0"'
_TOKEN = f'f"http://{{HOST}}/sentinel/api/account/{ACCOUNT}/app/token?v=2.0"'
_INVOKE = f'f"http://{{HOST}}/api/account/{ACCOUNT}/lambdas/u/invoke?v=1&externalSystem=bench"'
_FORM = '{"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}'

PROGRAMS: Final = {
    "Client": f"""
from lpfunctions import Client, ClientCredentials
with Client({_OPTIONS}) as client:
    assert client.invoke(lambda_uuid="u", payload={{"a": 1}}).body["status"] == "shipped"
""",
    "requests": f"""
import requests
with requests.Session() as session:
    session.get({_HOSTS}).json()
    token = session.post({_TOKEN}, data={_FORM}).json()["access_token"]
    headers = {{"Authorization": f"Bearer {{token}}"}}
    body = {{"timestamp": 1, "headers": [], "payload": {{"a": 1}}}}
    assert session.post({_INVOKE}, json=body, headers=headers).json()["status"] == "shipped"
""",
    "AsyncClient": f"""
import asyncio
from lpfunctions import AsyncClient, ClientCredentials
async def main():
    async with AsyncClient({_OPTIONS}) as client:
        response = await client.invoke(lambda_uuid="u", payload={{"a": 1}})
        assert response.body["status"] == "shipped"
asyncio.run(main())
""",
    "aiohttp": f"""
import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        await (await session.get({_HOSTS})).json()
        token = (await (await session.post({_TOKEN}, data={_FORM})).json())["access_token"]
        headers = {{"Authorization": f"Bearer {{token}}"}}
        body = {{"timestamp": 1, "headers": [], "payload": {{"a": 1}}}}
        assert (await (await session.post({_INVOKE}, json=body, headers=headers)).json())["status"] == "shipped"
asyncio.run(main())
""",
}
BY_HAND: Final = {"Client": "requests", "AsyncClient": "aiohttp"}


class Taken(NamedTuple):
    """What one run took, milliseconds."""

    processor: float
    wall: float


def milliseconds(rounds: int = ROUNDS) -> dict[str, dict[str, list[float]]]:
    """What `measure` finds, as plain values: of each program ``processor`` and ``wall``, one a round."""
    return {
        name: dict(zip(Taken._fields, map(list, zip(*runs, strict=True)), strict=True))
        for name, runs in measure(rounds).items()
    }


def measure(rounds: int = ROUNDS) -> dict[str, list[Taken]]:
    """Let every program run *rounds* times."""
    taken: dict[str, list[Taken]] = {name: [] for name in PROGRAMS}
    turns = orders(list(PROGRAMS))
    with apart() as (host, _):
        for name in PROGRAMS:
            run(name, host)  # files are read, bytecode is written
        for number in range(rounds):
            for name in turns[number % len(turns)]:
                taken[name].append(run(name, host))
    return taken


def environment() -> dict[str, str]:
    """Of a program whose start is measured: it may keep compiled files, as where a package is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(name: str, host: str, variables: Mapping[str, str] | None = None) -> Taken:
    """Let the program *name* run once."""
    started = time.perf_counter()
    program = f"HOST = {host!r}\n{PROGRAMS[name]}"
    with subprocess.Popen([sys.executable, "-c", program], env=variables or environment()) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name} failed")
    return Taken((used.ru_utime + used.ru_stime) * 1e3, (time.perf_counter() - started) * 1e3)


def show(taken: dict[str, list[Taken]]) -> str:
    """A table that a person reads."""
    lines = [f"{'to the first answer':<20} {'processor ms':>13} {'wall ms':>8}   over the library alone"]
    for name, runs in taken.items():
        processor, wall = (statistics.median(column) for column in zip(*runs, strict=True))
        ratio = ""
        if name in BY_HAND:
            pairs = zip(runs, taken[BY_HAND[name]], strict=True)
            ratio = f"{statistics.median(ours.processor / theirs.processor for ours, theirs in pairs):.2f} x"
        lines.append(f"{name:<20} {processor:13.1f} {wall:8.1f}   {ratio}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(show(measure()) + "\n")
