"""Bodies decoded piece by piece, within a bound."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.errors import FaaSConnectionError, FaaSRequestError, FaaSResponseFormatError
from lpfunctions.core.http.decoding import ACCEPTED_CODINGS, BodyDecoder

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT = b"one two three " * 400


def raw_deflate(data: bytes, level: int = 9) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


CODED = {
    "": TEXT,
    "identity": TEXT,
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    " GZIP ": gzip.compress(TEXT, 1),
    "deflate": zlib.compress(TEXT),
    "Deflate": raw_deflate(TEXT),
    "deflate ": raw_deflate(TEXT, 0),
}
CODINGS = pytest.mark.parametrize("coding", CODED, ids=repr)


def decode(coding: str, pieces: Iterable[bytes], max_bytes: int = 10**6) -> bytes:
    decoder = BodyDecoder(coding, max_bytes)
    for piece in pieces:
        decoder.feed(piece)
    return decoder.finish()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@CODINGS
@pytest.mark.parametrize("size", [1, 2, 7, 1000, 10**6])
def test_a_body_is_decoded_however_it_is_cut(coding: str, size: int) -> None:
    assert decode(coding, cut(CODED[coding], size)) == TEXT


@CODINGS
def test_empty_pieces_change_nothing(coding: str) -> None:
    assert decode(coding, [b"", CODED[coding], b""]) == TEXT


@CODINGS
def test_no_body_is_an_empty_body(coding: str) -> None:
    assert decode(coding, []) == b""
    assert decode(coding, [b""]) == b""


@CODINGS
@pytest.mark.parametrize("size", [1, 10**6])
def test_the_limit_itself_is_accepted_and_one_byte_more_is_not(coding: str, size: int) -> None:
    pieces = cut(CODED[coding], size)
    assert decode(coding, pieces, len(TEXT)) == TEXT
    with pytest.raises(FaaSResponseFormatError, match=rf"larger than max_response_bytes={len(TEXT) - 1}; raise the"):
        decode(coding, pieces, len(TEXT) - 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_unfolds(coding: str) -> None:
    bomb = (gzip.compress if coding == "gzip" else zlib.compress)(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(FaaSResponseFormatError, match=r"larger than max_response_bytes=1000"):
            decode(coding, [bomb], 1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@CODINGS
@pytest.mark.parametrize("missing", [1, 8, 20])
def test_a_coded_stream_that_stops_early_is_a_broken_connection(coding: str, missing: int) -> None:
    data = CODED[coding][:-missing]
    if coding in {"", "identity"}:
        assert decode(coding, [data]) == TEXT[:-missing]
        return
    with pytest.raises(FaaSConnectionError, match=r"^the response was cut short: its \S+ stream has no end$") as caught:
        decode(coding, [data])
    assert caught.value.delivered == "unknown"


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", b"plain text"),
        ("gzip", zlib.compress(TEXT)),
        ("gzip", gzip.compress(TEXT)[:-8] + b"\0" * 8),
        ("deflate", b"\x08plain"),
        ("deflate", b"\xff\xff\xff"),
        ("deflate", zlib.compress(TEXT)[:-4] + b"\0" * 4),
    ],
    ids=["text", "zlib-as-gzip", "gzip-checksum", "zlib-header", "noise", "zlib-checksum"],
)
@pytest.mark.parametrize("size", [1, 10**6])
def test_a_damaged_stream_cannot_be_read(coding: str, data: bytes, size: int) -> None:
    with pytest.raises(FaaSResponseFormatError, match=rf"^the response's {coding} stream is damaged: "):
        decode(coding, cut(data, size))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip;q=1", "compress", "x" * 9999, "a\r\nb"])
def test_an_unknown_coding_is_named(coding: str) -> None:
    with pytest.raises(FaaSResponseFormatError, match=rf"; known: {ACCEPTED_CODINGS}$") as caught:
        BodyDecoder(coding, 10)
    assert coding[:10].strip().encode("unicode_escape").decode() in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("size", [1, 10**6])
def test_a_stream_of_several_gzip_members_is_not_cut_after_the_first(size: int) -> None:
    # RFC 1952 section 2.2: the members simply appear one after another.
    data = gzip.compress(b"first ") + gzip.compress(b"second")
    assert decode("gzip", cut(data, size)) == b"first second"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=5000), st.integers(1, 50), st.sampled_from(["gzip", "deflate"]))
def test_whatever_was_coded_comes_back(data: bytes, size: int, coding: str) -> None:
    coded = (gzip.compress if coding == "gzip" else zlib.compress)(data)
    assert decode(coding, cut(coded, size), len(data) or 1) == data
    assert decode("deflate", cut(raw_deflate(data), size), len(data) or 1) == data


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary()), st.sampled_from(["", "gzip", "deflate"]) | st.text(), st.integers(1, 100))
def test_any_bytes_are_a_bounded_body_or_our_error(pieces: list[bytes], coding: str, max_bytes: int) -> None:
    try:
        body = decode(coding, pieces, max_bytes)
    except FaaSRequestError:
        return
    assert len(body) <= max_bytes


def test_steps_are_small_however_much_unfolds() -> None:
    """So that an event loop gets its turn, and a deadline is looked at."""
    body = BodyDecoder("gzip", 2**26)
    steps = sum(1 for _ in body.steps(gzip.compress(bytes(2**24))))
    assert steps >= 2**24 // 2**18 - 1
    assert body.finish() == bytes(2**24)


@pytest.mark.parametrize("size", [2**18 - 1, 2**18, 2**18 + 1, 2**20], ids=str)
def test_output_that_ends_where_a_step_ends_is_whole(size: int) -> None:
    body = BodyDecoder("gzip", 2**26)
    body.feed(gzip.compress(bytes(size)))
    assert body.finish() == bytes(size)


def test_empty_members_are_allowed_but_not_without_end() -> None:
    few, endless = BodyDecoder("gzip", 1000), BodyDecoder("gzip", 1000)
    few.feed(gzip.compress(b"") * 100 + gzip.compress(b"body"))
    assert few.finish() == b"body"
    with pytest.raises(FaaSResponseFormatError, match="no end of empty members"):
        endless.feed(gzip.compress(b"") * 101)


def test_a_large_body_is_held_once_while_it_is_collected() -> None:
    size, piece = 8_000_000, bytes(64_000)
    body = BodyDecoder("", size)
    tracemalloc.start()
    try:
        for _ in range(size // len(piece)):
            body.feed(piece)
        assert len(body.finish()) == size
        assert tracemalloc.get_traced_memory()[1] <= 1.3 * size
    finally:
        tracemalloc.stop()
