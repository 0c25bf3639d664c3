"""Answers whose end is not where they say, and answers that nobody asked for."""

from __future__ import annotations

from tests.faults.answers import answer_to, chunked, raw_answer, stray
from tests.faults.exchange import Exchange, FaultTable

fault = FaultTable()

# CachedValue below a record of TLS and a segment of the loopback: what is sent with the answer arrives with it.
_FILLER_BYTES = 12_000


@fault("either", weight=4)
def unsolicited_answer_behind_the_answer(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner) + stray(exchange.owner))


@fault("either", weight=3)
def unsolicited_answer_behind_filler(exchange: Exchange) -> None:
    filler = b" " * exchange.chance.randrange(_FILLER_BYTES)
    exchange.send(answer_to(exchange.owner) + filler + stray(exchange.owner))


@fault("either", weight=2)
def unsolicited_answer_behind_chunks(exchange: Exchange) -> None:
    body = chunked(exchange.body()[:5000]) + b"0\r\n\r\n"
    exchange.send(answer_to(exchange.owner, body, fields=[("Transfer-Encoding", "chunked")]) + stray(exchange.owner))


@fault("either", weight=3)
def length_counted_in_characters(exchange: Exchange) -> None:
    """One byte of two is not announced for each umlaut, and is left for the next reader."""
    text = '{"id": "' + exchange.owner + '", "filler": "", "length": 0}' + "ä" * exchange.chance.randrange(1, 3000)
    exchange.send(raw_answer(exchange.owner, text.encode(), b"Content-Length: %d" % len(text)))


@fault("either", weight=2)
def length_too_short_before_a_stray(exchange: Exchange) -> None:
    body = exchange.body()[:_FILLER_BYTES]
    length = b"Content-Length: %d" % exchange.chance.randrange(len(body))
    exchange.send(raw_answer(exchange.owner, body + stray(exchange.owner), length))


@fault("failure", weight=2)
def length_too_long(exchange: Exchange) -> None:
    body = exchange.body()
    length = b"Content-Length: %d" % (len(body) + exchange.chance.choice([1, 2, 100, 10**6]))
    exchange.send(raw_answer(exchange.owner, body, length))
    exchange.end()


@fault("failure")
def length_of_gigabytes(exchange: Exchange) -> None:
    exchange.send(raw_answer(exchange.owner, b"{", b"Content-Length: 99999999999"))
    exchange.end()
