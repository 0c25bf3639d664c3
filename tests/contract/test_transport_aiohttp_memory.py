"""What the reads of `AiohttpTransport` cost the system."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import Final

import pytest

from lpfunctions.testing.faults.scripted_server import ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library is what gives memory back"),
]

_REQUESTS: Final = 200
_PROGRAM: Final = """
import asyncio, resource, sys
from lpfunctions import HttpRequest
from lpfunctions.adapters.aio.http.transport import AiohttpTransport

async def main(url, requests):
    transport = AiohttpTransport()
    for number in range(2 * requests):
        if number == requests:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        await transport.send(HttpRequest("GET", url, timeout_seconds=30))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    await transport.aclose()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_a_read_takes_no_new_memory_from_the_system() -> None:
    with ScriptedServer(answering(http_answer(200, b"short"))) as server:
        # A process of its own: a large block that anything else has freed hides the difference.
        command = [sys.executable, "-c", _PROGRAM, server.url(), str(_REQUESTS)]
        page_faults = int(subprocess.check_output(command, text=True))
    assert page_faults < _REQUESTS / 2, "each read touched pages that were new to the process"
