"""Lets one test body test a port in both modes: results may be values or coroutines."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing.contracts.support.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator


class BothModes(Contract):
    """Base class of suites for a port whose methods may be plain or async."""

    _runner: asyncio.Runner

    @pytest.fixture(autouse=True)
    def _own_loop(self) -> Iterator[None]:
        with asyncio.Runner() as self._runner:
            yield

    def settle(self, result: Any) -> Any:
        """Return *result*, or what it returns if it is a coroutine."""
        return self._runner.run(result) if inspect.iscoroutine(result) else result
