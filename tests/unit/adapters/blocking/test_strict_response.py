"""An answer that could not even be begun is thrown away without a word."""

from __future__ import annotations

import gc
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from lpfunctions.adapters.blocking.strict_response import StrictResponse

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def test_answer_over_a_socket_that_cannot_be_read_complains_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ignored: list[UnraisableHookArgs] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    class Gone(socket.socket):
        def makefile(self, *_given: object, **_named: object) -> None:  # type: ignore[override]  # a closed one raises
            raise OSError("closed")

    with Gone() as gone, pytest.raises(OSError, match="closed"):
        StrictResponse(gone)
    gc.collect()
    assert ignored == []
