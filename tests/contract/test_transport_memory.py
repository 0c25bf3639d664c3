"""The transports without sockets keep the part of the contract that needs none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.testing.contracts import PortCases, Served, sender_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lpfunctions import HttpRequest, HttpResponse


@pytest.mark.parametrize("transport", [MemoryTransport, AsyncMemoryTransport])
class TestMemoryTransports(PortCases):
    @pytest.fixture(autouse=True)
    def choose(self, transport: type[MemoryTransport | AsyncMemoryTransport]) -> None:
        self.transport = transport

    @contextmanager
    def served(self, handle: Callable[[HttpRequest], HttpResponse]) -> Generator[Served]:
        with sender_for(self.transport(handle)) as sender:
            yield Served(sender, "http://functions.test")
