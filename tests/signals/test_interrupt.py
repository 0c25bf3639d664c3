"""What a handler raises while a response of urllib3's is freed is told from what it raises elsewhere."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import requests
import urllib3

from tests.signals.interrupt import is_freeing_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def judged_in(work: Callable[[], object], *names: str) -> set[bool]:
    """What `is_freeing_response` says of each frame of these *names* that *work* runs."""
    judged: set[bool] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name in names:
            judged.add(is_freeing_response(frame))

    usual = sys.getprofile()
    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(usual)
    return judged


def test_response_that_is_freed() -> None:
    assert judged_in(lambda: urllib3.HTTPResponse(io.BytesIO(b"text")), "closed", "close") == {True}


def test_response_that_is_closed_or_read() -> None:
    response = requests.Response()
    response.raw = urllib3.HTTPResponse(io.BytesIO(b"text"), preload_content=False)
    assert judged_in(response.close, "closed", "close") == {False}
    assert judged_in(lambda: urllib3.HTTPResponse(io.BytesIO(b"text")), "read", "stream", "__init__") == {False}
