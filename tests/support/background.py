"""Wait until what runs beside the calls has landed."""

from __future__ import annotations

import asyncio
import threading

_NAME = "lpfunctions-flight"


def land_threads() -> None:
    """Return when no thread flies."""
    for thread in threading.enumerate():
        # One that is not alive was never started: a signal came in the middle of its start.
        if thread.name == _NAME and thread.is_alive():
            thread.join(15)
            assert not thread.is_alive()


async def land_tasks() -> None:
    """Return when no task of the running loop flies."""
    flying = [task for task in asyncio.all_tasks() if task.get_name() == _NAME]
    if flying:
        await asyncio.wait(flying, timeout=15)
