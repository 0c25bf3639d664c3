"""Wait until what runs in the background of calls is done."""

from __future__ import annotations

import asyncio
import threading

_NAME = "lpfunctions-flight"


def wait_for_threads() -> None:
    """Return when no background thread of a client runs."""
    for thread in threading.enumerate():
        # One that is not alive was never started: a signal came in the middle of its start.
        if thread.name == _NAME and thread.is_alive():
            thread.join(15)
            assert not thread.is_alive()


async def wait_for_tasks() -> None:
    """Return when no background task of a client runs in this event loop."""
    running = [task for task in asyncio.all_tasks() if task.get_name() == _NAME]
    if running:
        await asyncio.wait(running, timeout=15)
