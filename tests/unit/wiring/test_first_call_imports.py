"""What a first call loads. What it does not need takes milliseconds of the time to the first answer."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.sockets  # starts a process

NEEDLESS = {
    "difflib", "lpfunctions.adapters.auth.dpop", "lpfunctions.adapters.caching.shared_source",
    "lpfunctions.adapters.rate_limit", "lpfunctions.core.batches.batch", "lpfunctions.handles",
    "lpfunctions.wiring.env", "oauthlib", "pydantic.main", "pydantic.types", "requests", "rich", "structlog", "urllib3",
}  # fmt: skip
ANSWER = """
from lpfunctions import HttpResponse, StaticDomainResolver
credentials = ClientCredentials(client_id="id", client_secret="secret")
domains = {"faasGW": "va.functions.liveperson.net", "sentinel": "va.sentinel.liveperson.net"}
options = dict(account_id="1", auth_strategy=credentials, domain_resolver=StaticDomainResolver(domains))
def answer(request):
    is_token = "/token" in request.url
    return HttpResponse(200, content=b'{"access_token": "token", "expires_in": 3600}' if is_token else b"{}")
"""
BLOCKING = f"""
from lpfunctions import Client, ClientCredentials
from lpfunctions.adapters.memory import MemoryTransport
import lpfunctions.adapters.blocking.http.transport
{ANSWER}
assert Client(**options, transport=MemoryTransport(answer)).invoke(lambda_uuid="u").ok
"""
AWAITING = f"""
import asyncio
from lpfunctions import AsyncClient, ClientCredentials
from lpfunctions.adapters.memory import AsyncMemoryTransport
import lpfunctions.adapters.aio.http.transport
{ANSWER}
async def answer_async(request):
    return answer(request)
async def main():
    client = AsyncClient(**options, transport=AsyncMemoryTransport(answer_async))
    assert (await client.invoke(lambda_uuid="u")).ok
asyncio.run(main())
"""


@pytest.mark.parametrize("program", [BLOCKING, AWAITING], ids=["Client", "AsyncClient"])
def test_a_first_call_loads_nothing_that_only_other_calls_need(program: str) -> None:
    code = f"{program}\nimport sys; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert "lpfunctions.operations" in loaded
    assert not NEEDLESS & loaded
