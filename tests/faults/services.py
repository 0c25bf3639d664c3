"""The parts of the platform that every run needs, as bytes: discovery and the token endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from lpfunctions.testing.faults.scripted_server import ReceivedRequest


def answer_beside_calls(head: ReceivedRequest, host: str) -> bytes:
    """The answer of discovery, which names *host* for every service, or of the token endpoint."""
    if "baseURI" in head.target:
        services = ("faasGW", "faasUI", "sentinel")
        entries = [{"service": service, "account": "1", "baseURI": host} for service in services]
        return http_answer(200, json.dumps({"baseURIs": entries}).encode())
    return http_answer(200, b'{"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600}')
