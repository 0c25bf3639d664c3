"""Answers that are no HTTP, or HTTP of which two readers make two things.

Most are the rows of the table that the contract of transports holds every transport to.
"""

from __future__ import annotations

from typing import Final

from lpfunctions.testing.contracts.transport_cases.malformed_cases import ACCEPTED, FOLLOWED, REFUSED
from tests.faults.answers import OWNER, answer_to
from tests.faults.exchange import Exchange, FaultTable, Result

fault = FaultTable()

_WEIGHT: Final = 0.3  # of each row; there are about a hundred


def _named(raw: bytes, owner: str) -> bytes:
    line, end, rest = raw.partition(b"\n")
    return line + end + b"%s: %s\r\n" % (OWNER.encode(), owner.encode()) + rest


def _row(name: str, result: Result, raw: bytes, content: bytes = b"") -> None:
    fault.raw(
        name,
        result,
        lambda exchange: _named(raw, exchange.owner),
        weight=_WEIGHT,
        content=content,
        depends_on_reader=True,
    )


for _name, _refused in REFUSED.items():
    _row(_name, "failure", _refused.raw)
for _name, _accepted in ACCEPTED.items():
    _row(_name, "answer", _accepted.raw, _accepted.content)
for _name, _followed in FOLLOWED.items():
    _row(f"answer with {_name} behind it", "answer", _followed.raw, _followed.content)


@fault("failure", weight=0.5)
def greeting_of_another_protocol(exchange: Exchange) -> None:
    exchange.send(b"220 mail.example ESMTP ready\r\n\r\n")
    exchange.end()


@fault("failure", weight=0.5)
def garbage(exchange: Exchange) -> None:
    exchange.send(exchange.chance.randbytes(exchange.chance.randrange(1, 3000)))
    exchange.end()


@fault("failure", weight=0.5)
def endless_field(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 2**18)
    exchange.end()


@fault("answer", depends_on_reader=True, weight=2)
def interim_answers(exchange: Exchange) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    exchange.send_split(interim * exchange.chance.randrange(1, 4) + answer_to(exchange.owner))


@fault("either", weight=0.5)
def interim_answers_that_do_not_end(exchange: Exchange) -> None:
    for _ in range(50):
        exchange.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        exchange.wait(0.01)
    exchange.peer.reset()


@fault("failure", weight=0.5)
def interim_answers_and_no_other(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    exchange.end()
