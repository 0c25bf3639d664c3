"""Answers as bytes: each names the request that it is for, so that one in the wrong hands is recognised."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Final

from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

OWNER: Final = "X-Answer-To"
"""The header field that names the request an answer is for."""

Fields = "Sequence[tuple[str, str]]"


def body_for(owner: str, filler: int = 0) -> bytes:
    """A JSON body that names its request; *filler* bytes more, so that a body cut short is noticed."""
    return json.dumps({"id": owner, "filler": "x" * filler, "length": filler}).encode()


def is_whole(content: bytes, owner: str) -> bool:
    """Is *content* a body that `body_for` made for *owner*, complete?"""
    try:
        body = json.loads(content)
        return (body["id"], len(body["filler"])) == (owner, body["length"])
    except (ValueError, KeyError, TypeError):
        return False


def fields_for(owner: str) -> list[tuple[str, str]]:
    """The fields of an answer to *owner*, without those that frame its body."""
    return [(OWNER, owner), ("Content-Type", "application/json")]


def answer_to(
    owner: str, body: bytes | None = None, *, status: int = 200, fields: Sequence[tuple[str, str]] = ()
) -> bytes:
    """A whole answer; *fields* may frame its body, otherwise Content-Length does."""
    content = body_for(owner) if body is None else body
    return http_answer(status, content, reason="Said So", fields=[*fields_for(owner), *fields])


def raw_answer(owner: str, body: bytes, *fields: bytes, status_line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer whose *fields* are taken as they are, however wrong."""
    named = b"%s: %s\r\nContent-Type: application/json\r\n" % (OWNER.encode(), owner.encode())
    return status_line + b"\r\n" + named + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def chunked(body: bytes, size: int = 17) -> bytes:
    """*body* in chunks of *size* bytes, without the last, empty one."""
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def stray(owner: str) -> bytes:
    """An answer that nobody asked for, sent with the one to *owner*."""
    return answer_to(f"nobody, sent with the answer to {owner}")


def zipped(body: bytes) -> bytes:
    """*body* compressed."""
    return gzip.compress(body, 1)
