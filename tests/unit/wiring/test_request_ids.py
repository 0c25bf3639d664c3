"""The request id that a client makes for a call."""

from __future__ import annotations

from typing import Any
from uuid import RFC_4122, UUID

from lpfunctions import BearerToken, Client, HttpRequest, HttpResponse, StaticDomainResolver
from lpfunctions.adapters.memory import MemoryTransport


def test_each_call_has_a_random_uuid_of_version_4_as_its_request_id() -> None:
    sent: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        sent.append(request.headers["X-Request-ID"])
        return HttpResponse(200)

    resolver = StaticDomainResolver({"faasGW": "va.functions.liveperson.net"})
    options: dict[str, Any] = {"account_id": "1", "auth_strategy": BearerToken("t"), "domain_resolver": resolver}
    with Client(**options, transport=MemoryTransport(answer)) as client:
        for _ in range(500):
            client.invoke(lambda_uuid="u")
    made = [UUID(each) for each in sent]
    assert [str(each) for each in made] == sent
    assert {(each.version, each.variant) for each in made} == {(4, RFC_4122)}
    assert len(set(made)) == 500
    # Every bit that is free is seen as 0 and as 1: the chance to miss one in 500 calls is 2 ** -492.
    ones = zeros = 0
    for each in made:
        ones, zeros = ones | each.int, zeros | ~each.int
    free = 2**128 - 1 & ~(0xF << 76) & ~(0x3 << 62)
    assert ones & zeros & free == free
