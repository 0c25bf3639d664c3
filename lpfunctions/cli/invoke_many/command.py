"""`lpfunctions invoke-many`: a file of payloads in, a file of outcomes out."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lpfunctions.cli.options import (
    AccountId,
    Assignments,
    ConfigPath,
    Headers,
    Profile,
    Skill,
    Timeout,
    headers_of,
    settings_of,
)

if TYPE_CHECKING:
    from lpfunctions import RateLimit
    from lpfunctions.bulk import BulkRun, BulkSummary
    from lpfunctions.cli.settings.resolve import Settings


class Order(StrEnum):
    """Of the output."""

    INPUT = "input"
    COMPLETION = "completion"


class Format(StrEnum):
    """Of the input."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def invoke_many(
    uuid: Annotated[str, typer.Argument(metavar="UUID", help="The function.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Payloads: JSON Lines, CSV or Parquet.")],
    *,
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="Outcomes, JSON Lines; its journal beside.")],
    failures: Annotated[
        Path | None, typer.Option("--failures", metavar="FILE", help="Payloads that failed, for another run.")
    ] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", metavar="N", help="Calls under way at once.")] = 50,
    rate: Annotated[float | None, typer.Option("--rate", metavar="N", help="Calls a second at the most.")] = None,
    order: Annotated[Order, typer.Option("--order", help="Of the output.")] = Order.INPUT,
    input_format: Annotated[
        Format | None, typer.Option("--format", help="Of the input; default by its suffix.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the journal ends; else start.")] = False,
    repeat_unknown: Annotated[
        bool, typer.Option("--repeat-unknown", help="Send those again that may have run.")
    ] = False,
    durable: Annotated[
        bool, typer.Option("--durable", help="Survive a power cut too: wait for the disk before each request.")
    ] = False,
    skill: Skill = None,
    header: Headers = None,
    config: ConfigPath = None,
    profile: Profile = None,
    account: AccountId = None,
    timeout: Timeout = None,
    assignments: Assignments = None,
) -> None:
    """Run a function with every record of a file. A run that was killed goes on with --resume.

    Ctrl-C once: no further call starts, and those under way end. Twice: stop at once.
    """
    import asyncio

    from lpfunctions import Invocation, RateLimit

    headers = headers_of(header)

    def call_of(payload: Any) -> Invocation:
        return Invocation(lambda_uuid=uuid, payload=payload, skill_id=skill, headers=headers)

    options = {
        "target": {"function": uuid, "skill": skill, "headers": headers},
        "invocation": call_of,
        "input_format": input_format.value if input_format else None,
        "failures_path": failures,
        "order": order.value,
        "concurrency": concurrency,
        "per_second": rate,
        "resume": resume,
        "repeat_unknown": repeat_unknown,
        "durable": durable,
    }
    settings = settings_of(config, profile, account, timeout, assignments)
    # The run spaces the records; the client's own limit counts what is sent again too.
    rate_limit = None if rate is None else RateLimit(per_second=rate)
    raise typer.Exit(asyncio.run(_run(settings, file, output, rate_limit, options)))


async def _run(
    settings: "Settings", file: Path, output: Path, rate_limit: "RateLimit | None", options: dict[str, Any]
) -> int:
    import asyncio

    from lpfunctions import FaaSConfigurationError
    from lpfunctions.bulk import BulkRun
    from lpfunctions.cli.invoke_many.progress import shown_progress
    from lpfunctions.cli.settings.clients import make_async_client

    async with make_async_client(settings, os.environ, rate_limit=rate_limit) as client:
        with shown_progress() as progress:
            run = BulkRun(client, file, output, on_progress=progress, **options)
            try:
                await _until_stopped(run)
            except asyncio.CancelledError:
                pass  # Ctrl-C, twice
            except OSError as unwritable:
                raise FaaSConfigurationError(f"a file cannot be written: {unwritable}") from None
    assert run.summary is not None  # noqa: S101 (the run has ended)
    return _report(run.summary)


async def _until_stopped(run: "BulkRun") -> None:
    """Run; the first Ctrl-C stops it, and the second one cancels it."""
    import asyncio
    import signal

    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(run.run())
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            sys.stderr.write("\nstopping: the calls under way are ending; Ctrl-C again stops at once\n")
            run.stop()
        else:
            task.cancel()

    def told(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    await task


def _report(summary: "BulkSummary") -> int:
    from lpfunctions.cli.exit_codes import INTERRUPTED, gravest
    from lpfunctions.cli.invoke_many.report import lines
    from lpfunctions.cli.output import show_json, tell

    for line in lines(summary):
        tell(line)
    show_json(summary.as_json())
    return INTERRUPTED if summary.not_sent else gravest(summary.counts)
