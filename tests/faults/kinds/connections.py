"""What happens to the connection, while HTTP itself is spoken well."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from lpfunctions.testing.faults.scripts import http_answer
from tests.faults.answers import answer_to, chunked, fields_for
from tests.faults.exchange import LONGEST_SECONDS, Exchange, FaultTable

fault = FaultTable()

_LAST_CHUNK: Final = b"0\r\n\r\n"
_PLAINTEXT_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x50"


# Before the body.


@fault("failure", before="body")
def reset_during_the_upload(exchange: Exchange) -> None:
    exchange.peer.reset()


@fault("failure", before="body")
def close_during_the_upload(exchange: Exchange) -> None:
    exchange.peer.close()


@fault("failure", before="body", weight=0.5)
def silence_during_the_upload(exchange: Exchange) -> None:
    exchange.wait(LONGEST_SECONDS)
    exchange.peer.reset()


@fault("either", before="body", runs=False)
def early_413_then_close(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, status=413, fields=[("Connection", "close")]))
    exchange.peer.half_close()
    exchange.keep_silent()
    exchange.peer.close()


@fault("either", before="body", runs=False)
def early_413_then_reset(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, status=413))
    exchange.peer.reset()


@fault("either", before="body", runs=False)
def early_400_that_reads_no_further(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, status=400))
    exchange.wait(LONGEST_SECONDS / 4)
    exchange.peer.close()


# Before the answer.


@fault("failure", weight=3)
def reset_before_the_answer(exchange: Exchange) -> None:
    exchange.peer.reset()


@fault("failure", weight=3)
def close_before_the_answer(exchange: Exchange) -> None:
    exchange.peer.close()


@fault("failure")
def silence(exchange: Exchange) -> None:
    exchange.keep_silent()
    exchange.peer.reset()


@fault("either", weight=2)
def late_answer(exchange: Exchange) -> None:
    exchange.wait(exchange.chance.uniform(0.02, LONGEST_SECONDS))
    exchange.send(answer_to(exchange.owner))


@fault("failure")
def alert_in_plain_text(exchange: Exchange) -> None:
    """In TLS: a record that cannot be deciphered. Without TLS: bytes that are no HTTP."""
    with suppress(OSError):
        os.write(exchange.peer.fileno(), _PLAINTEXT_ALERT)
    exchange.peer.close()


# After the answer.


@fault("answer", weight=2)
def close_while_idle(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner))
    exchange.wait(exchange.chance.choice([0.0, 0.0, 0.001, 0.01]))
    exchange.peer.close()


@fault("either")
def reset_while_idle(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner))
    exchange.wait(exchange.chance.choice([0.0, 0.001, 0.01]))
    exchange.peer.reset()


@fault("either")
def alert_while_idle(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner))
    alert_in_plain_text(exchange)


@fault("answer")
def connection_close_that_stays_open(exchange: Exchange) -> None:
    exchange.send(answer_to(exchange.owner, fields=[("Connection", "close")]))
    exchange.keep_silent()
    exchange.peer.close()


@fault("answer", weight=2)
def keep_alive(exchange: Exchange) -> None:
    exchange.send_split(answer_to(exchange.owner, exchange.body()))


@fault("answer", over_tls="failure", depends_on_reader=True)
def body_delimited_by_close(exchange: Exchange) -> None:
    """Over TLS there is no close_notify: nobody can tell whether the body is complete."""
    exchange.send(_unframed(exchange))
    exchange.peer.close()


@fault("answer")
def body_delimited_by_close_notify(exchange: Exchange) -> None:
    exchange.send(_unframed(exchange))
    exchange.peer.end_tls()
    exchange.peer.close()


@fault("failure", depends_on_reader=True)
def body_delimited_by_reset(exchange: Exchange) -> None:
    exchange.send(_unframed(exchange))
    exchange.wait(0.002)
    exchange.peer.reset()


# The answer is cut short.


@fault("failure", depends_on_reader=True, weight=4)
def head_cut_short(exchange: Exchange) -> None:
    """Whatever its status says: half a head is no answer."""
    status = exchange.chance.choice([200, 200, 204, 401, 404, 429, 503, 901])
    head = http_answer(status, b"", fields=[*fields_for(exchange.owner), ("Retry-After", "0")])
    exchange.send(head[: exchange.chance.randrange(1, len(head))])
    exchange.end()


@fault("failure", weight=3)
def body_cut_short(exchange: Exchange) -> None:
    whole = answer_to(exchange.owner, exchange.body(), status=exchange.chance.choice([200, 200, 404, 429, 503, 901]))
    start = whole.index(b"\r\n\r\n") + 4
    exchange.send(whole[: exchange.chance.randrange(start, len(whole))])
    exchange.end()


@fault("failure", weight=3)
def chunks_cut_short(exchange: Exchange) -> None:
    whole = _chunks(exchange)
    exchange.send(whole[: exchange.chance.randrange(whole.index(b"\r\n\r\n") + 4, len(whole) - len(_LAST_CHUNK))])
    exchange.end()


@fault("failure", depends_on_reader=True)
def last_chunk_cut_short(exchange: Exchange) -> None:
    whole = _chunks(exchange)
    exchange.send(whole[: exchange.chance.randrange(len(whole) - len(_LAST_CHUNK), len(whole))])
    exchange.end()


@fault("either", drips=True, weight=0.5)
def head_that_drips(exchange: Exchange) -> None:
    exchange.peer.drip(answer_to(exchange.owner)[:60], 0.01)
    exchange.peer.reset()


@fault("either", weight=0.5)
def body_that_drips(exchange: Exchange) -> None:
    whole = answer_to(exchange.owner, exchange.body())
    start = whole.index(b"\r\n\r\n") + 4
    exchange.send(whole[:start])
    exchange.peer.drip(whole[start : start + 60], 0.01)
    exchange.send(whole[start + 60 :])


def _unframed(exchange: Exchange) -> bytes:
    return answer_to(exchange.owner, exchange.body(), fields=[("Connection", "close")]).replace(
        b"Content-Length", b"X-Length"
    )


def _chunks(exchange: Exchange) -> bytes:
    body = chunked(exchange.body(), exchange.chance.choice([1, 7, 4096])) + _LAST_CHUNK
    return answer_to(exchange.owner, body, fields=[("Transfer-Encoding", "chunked")])
