"""Bodies that cannot be decoded, are too large, or are no value of a function; and what the platform itself refuses."""

from __future__ import annotations

import zlib
from typing import Final

from lpfunctions.testing.faults.scripts import http_answer
from tests.faults.answers import answer_to, raw_answer, zipped
from tests.faults.exchange import Exchange, FaultTable

fault = FaultTable()

MOST_BYTES: Final = 256 * 1024
"""The bound on answers that the clients of a run are given."""

_BOMB: Final = zipped(bytes(8 * MOST_BYTES))
_NO_BYTES: Final = zipped(b"")


def _gzipped(exchange: Exchange, body: bytes) -> bytes:
    return answer_to(exchange.owner, body, fields=[("Content-Encoding", "gzip")])


@fault("answer", weight=2)
def gzip(exchange: Exchange) -> None:
    exchange.send(_gzipped(exchange, zipped(exchange.body())))


@fault("answer")
def deflate(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, zlib.compress(exchange.body()), fields=[("Content-Encoding", "deflate")]))


@fault("failure")
def gzip_that_is_damaged(exchange: Exchange) -> None:
    body = bytearray(zipped(exchange.body()))
    body[exchange.chance.randrange(10, len(body) - 8)] ^= 0xFF
    body[-8] ^= 0xFF
    exchange.send(_gzipped(exchange, bytes(body)))


@fault("failure")
def gzip_cut_short(exchange: Exchange) -> None:
    body = zipped(exchange.body())
    exchange.send(_gzipped(exchange, body[: exchange.chance.randrange(1, len(body) - 8)]))


@fault("failure", weight=0.5)
def gzip_bomb(exchange: Exchange) -> None:
    exchange.send(_gzipped(exchange, _BOMB))


@fault("failure", weight=0.3)
def gzip_members_without_end(exchange: Exchange) -> None:
    members = _NO_BYTES * 1000
    exchange.send(raw_answer(exchange.owner, b"", b"Content-Encoding: gzip", b"Transfer-Encoding: chunked"))
    for _ in range(100):
        exchange.send(b"%x\r\n%s\r\n" % (len(members), members))
    exchange.peer.reset()


@fault("failure", weight=0.5)
def body_beyond_the_bound(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, bytes(2 * MOST_BYTES)))


@fault("failure", weight=0.3)
def chunks_beyond_the_bound(exchange: Exchange) -> None:
    exchange.send(raw_answer(exchange.owner, b"", b"Transfer-Encoding: chunked"))
    for _ in range(100):
        exchange.send(b"4000\r\n" + bytes(0x4000) + b"\r\n")
    exchange.peer.reset()


@fault("no value", weight=2)
def page_of_a_proxy(exchange: Exchange) -> None:
    page = b"<html><body>Sign in to the guest network</body></html>"
    fields = [("X-Answer-To", exchange.owner), ("Content-Type", "text/html; charset=utf-8")]
    exchange.send(http_answer(200, page, fields=fields))


@fault("no value")
def json_that_is_none(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, b"{'single': quotes}"))


fault.raw("nothing", "answer", lambda exchange: answer_to(exchange.owner, b""), content=b"")


# What the platform refuses or fails at, in good HTTP.


def _status(status: int, *, runs: bool, weight: float = 1.0, **fields: str) -> None:
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    name = " ".join([str(status), *(f"{field}: {value}" for field, value in headers)])
    fault.raw(
        name,
        "answer",
        lambda exchange: _refusal(exchange, status, headers),
        weight=weight,
        runs=runs,
        may_run_some=status in {429, 503},
    )


def _refusal(exchange: Exchange, status: int, headers: list[tuple[str, str]]) -> bytes:
    return answer_to(exchange.owner, status=status, fields=headers)


for _final in (400, 403, 404, 409, 422):
    _status(_final, runs=False, weight=0.5)
for _may_have_run in (301, 408, 500, 501, 502, 503, 504, 901):
    _status(_may_have_run, runs=True)
_status(301, runs=True, Location="/elsewhere")
_status(401, runs=False, weight=3)
_status(429, runs=False, weight=0.3)
_status(429, runs=False, weight=0.3, Retry_After="0")
_status(429, runs=False, Retry_After="3600")
_status(503, runs=False, weight=3, Retry_After="0")
_status(503, runs=False, Retry_After="soon")
