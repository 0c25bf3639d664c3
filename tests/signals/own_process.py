"""A storm in a process of its own, which can end when its threads cannot.

With a session of the user's, a handler that raises may leave the lock of urllib3's queue of connections taken
(docs/delivery.md). Each thread that calls then waits for that lock, and only the end of the process ends the wait.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.signals.storm import Storm, StormResult

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ENDS_AFTER_SECONDS: Final = 120.0
"""A storm takes about two seconds, and on a busy machine ten times as long."""

_WAITS_FOR_QUEUE: Final = re.compile(
    r"threading\.py\", line \d+ in __enter__\n"
    r"  File \"[^\"\n]*queue\.py\", line \d+ in (get|put)\n"
    r"  File \"[^\"\n]*urllib3.connectionpool\.py\""
)


def run_in_own_process(storm: Storm) -> StormResult:
    """Run the *storm*; if it stands still, tell whether urllib3's queue was locked, or a call hung."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder, "stacks")
        process = context.Process(target=_run, args=(theirs, storm, stacks), daemon=True)
        process.start()
        theirs.close()
        try:
            result: StormResult = ours.recv()
        except EOFError:
            result = result_of(stacks.read_text("utf-8"))
        finally:
            ours.close()
            process.join()
    return result


def result_of(stacks: str) -> StormResult:
    """What a storm came to that ended with these *stacks* of its threads."""
    result = StormResult(locked=int(waits_for_queue(stacks)))
    if result.locked:
        result.texts.append("ended early: the lock of urllib3's queue of connections was left taken")
    else:
        result.breaks("hangs", f"the storm stood still\n{stacks}")
    return result


def waits_for_queue(stacks: str) -> bool:
    """Does a thread of these *stacks*, as `faulthandler` writes them, wait for the lock of urllib3's queue?"""
    return _WAITS_FOR_QUEUE.search(stacks) is not None


def _run(connection: Connection, storm: Storm, stacks: Path) -> None:
    with stacks.open("w", encoding="utf-8") as file:
        faulthandler.dump_traceback_later(ENDS_AFTER_SECONDS, exit=True, file=file)
        connection.send(storm.run())
        faulthandler.cancel_dump_traceback_later()
        os._exit(0)  # a thread that still waits is not waited for
