"""What lets one test body hold a port of either colour to its contract: results are settled, whatever they are."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class BothModes:
    """A suite whose port has methods that are plain or async."""

    _runner: asyncio.Runner

    @pytest.fixture(autouse=True)
    def _own_loop(self) -> Iterator[None]:
        with asyncio.Runner() as self._runner:
            yield

    def settle(self, result: Any) -> Any:
        """Return what *result*, a value or a coroutine, comes to."""
        return self._runner.run(result) if inspect.iscoroutine(result) else result
