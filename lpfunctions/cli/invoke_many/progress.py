"""How far a bulk run is: a bar at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lpfunctions.bulk import BulkProgress

_BAR_SECONDS: Final = 0.1
_LINE_SECONDS: Final = 30.0


@contextmanager
def shown_progress() -> Generator[Callable[[BulkProgress], None]]:
    """Show what the yielded function is told, on stderr."""
    if not sys.stderr.isatty():
        yield _seldom(_print_line, _LINE_SECONDS)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[per_second]:,.0f}/s"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]} failed"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, per_second=0.0, failed=0)

        def update(progress: BulkProgress) -> None:
            bar.update(
                task,
                total=progress.total,
                completed=progress.done,
                per_second=progress.per_second,
                failed=progress.failed,
            )

        yield _seldom(update, _BAR_SECONDS)


def _seldom(show: Callable[[BulkProgress], None], seconds: float) -> Callable[[BulkProgress], None]:
    """Return *show* that does nothing until *seconds* have passed since it last did something."""
    shown_at = time.monotonic()

    def perhaps(progress: BulkProgress) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now - shown_at >= seconds:
            shown_at = now
            show(progress)

    return perhaps


def _print_line(progress: BulkProgress) -> None:
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left:.0f} s left"
    sys.stderr.write(
        f"{progress.done} of {progress.total}, {progress.failed} failed, {progress.per_second:,.0f} a second{left}\n"
    )
