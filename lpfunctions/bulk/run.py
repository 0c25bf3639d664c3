"""A bulk run over files: what `lpfunctions invoke-many` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lpfunctions import FaaSConfigurationError, Invocation
from lpfunctions.bulk.engine import Engine
from lpfunctions.bulk.io.files import Reporting, RunFiles
from lpfunctions.bulk.io.records import FORMATS, open_records
from lpfunctions.bulk.journal import Journal

if TYPE_CHECKING:
    import os

    from lpfunctions import AsyncClient
    from lpfunctions.bulk.io.files import Order
    from lpfunctions.bulk.io.records import Format, Records
    from lpfunctions.bulk.summary import BulkProgress, BulkSummary
    from lpfunctions.core.requests.calls import FunctionReference


class BulkRun:
    """Invoke a function with every record of a file; go on where an earlier run stopped.

        async with AsyncClient.from_env() as client:
            run = BulkRun(client, "orders.jsonl", "outcomes.jsonl", lambda_uuid="8b6f…", resume=True)
            summary = await run.run()
            print(summary.counts)

    The journal stands beside the output, as ``outcomes.jsonl.journal``. A record is noted in it before its request
    leaves; one that was started and has no outcome when the run is resumed may have run, is listed as ``unknown``, and
    is not sent again unless *repeat_unknown* says so.
    """

    def __init__(
        self,
        client: AsyncClient,
        input_path: str | os.PathLike[str],
        output_path: str | os.PathLike[str],
        *,
        lambda_uuid: FunctionReference | None = None,
        invocation: Callable[[Any], Invocation] | None = None,
        target: Mapping[str, Any] | None = None,
        input_format: Format | None = None,
        failures_path: str | os.PathLike[str] | None = None,
        order: Order = "input",
        concurrency: int = 50,
        per_second: float | None = None,
        resume: bool = False,
        repeat_unknown: bool = False,
        durable: bool = False,
        on_progress: Callable[[BulkProgress], None] | None = None,
    ) -> None:
        """Check, and read the input through once; nothing is sent.

        Args:
            client: sends.
            input_path: the payloads; see `open_records`.
            output_path: the outcomes, JSON Lines.
            lambda_uuid: the function; exactly one of this and *invocation*.
            invocation: makes the call of a payload, for anything else.
            target: with *invocation*: what the calls are, as plain JSON. A run is not resumed with another.
            input_format: ``jsonl``, ``csv`` or ``parquet``; default by the suffix.
            failures_path: the payloads of the records that failed, as JSON Lines: an input of another run. With those
                whose function ran and failed; without those of which that is not known, unless *repeat_unknown*.
            order: of the output: ``input`` or ``completion``.
            concurrency: how many calls are under way at once.
            per_second: how many calls start each second at the most; None for no limit.
            resume: go on where the journal ends; without a journal, start.
            repeat_unknown: send those again that may have run.
            durable: let no request leave before the disk has its line of the journal, against a power cut.
            on_progress: is told after each outcome.

        Raises:
            FaaSConfigurationError: an argument cannot work, a record cannot be read, or there is an output already.
        """
        if (lambda_uuid is None) == (invocation is None):
            raise FaaSConfigurationError("pass exactly one of lambda_uuid and invocation")
        _check_numbers(concurrency, per_second)
        if order not in {"input", "completion"}:
            raise FaaSConfigurationError(f"order must be 'input' or 'completion', not {order!r}")
        self._output_path, self._journal_path = Path(output_path), Path(f"{output_path}.journal")
        _check_output(self._output_path, self._journal_path, resume=resume)
        self._records = open_records(input_path, format=input_format)
        self._client = client
        uuid = Invocation(lambda_uuid=lambda_uuid).lambda_uuid  # as text
        self._invocation = invocation or partial(_invocation_of, uuid)
        self._identity = _identity(client, target or {"function": uuid}, self._records)
        self._concurrency, self._per_second, self._durable = concurrency, per_second, durable
        self._reporting = Reporting(
            output_path=self._output_path,
            failures_path=None if failures_path is None else _json_lines_path(failures_path),
            order=order,
            repeat_unknown=repeat_unknown,
            on_progress=on_progress,
        )
        self._engine: Engine | None = None
        self._files: RunFiles | None = None
        self._is_stopped = False

    @property
    def total(self) -> int:
        """How many records the input has."""
        return self._records.count

    @property
    def summary(self) -> BulkSummary | None:
        """What the run has come to, also when it was cancelled; None before it has begun."""
        return None if self._files is None else self._files.summary()

    def stop(self) -> None:
        """Start no further call: `run` returns when those under way have ended. May be called before `run` too."""
        self._is_stopped = True
        if self._engine is not None:
            self._engine.stop()

    async def run(self) -> BulkSummary:
        """Send what is to be sent, and return the summary. Once for each `BulkRun`.

        When it is cancelled, the calls under way end at once, and their records are ``unknown``.

        Raises:
            FaaSConfigurationError: the journal is of another run, such as one over an input that has changed since;
                another process is at work with it; or it is damaged.
            OSError: a file cannot be written. What is noted stays so: resume when the disk has room.
        """
        with (
            Journal(self._journal_path, self._identity, count=self.total, durable=self._durable) as journal,
            RunFiles(self._reporting, journal) as files,
        ):
            self._files = files
            self._engine = Engine(
                self._client,
                files,
                invocation=self._invocation,
                concurrency=self._concurrency,
                per_second=self._per_second,
            )
            if self._is_stopped:
                self._engine.stop()
            await self._engine.run(files.left_to_send(self._records))
            return files.summary()


def _identity(client: AsyncClient, target: Mapping[str, Any], records: Records) -> dict[str, Any]:
    return {
        **target,
        "account": client.config.account_id,
        "records": records.count,
        "size of the input": records.size_bytes,
        "content of the input": records.sha256,
    }


def _invocation_of(lambda_uuid: FunctionReference | None, payload: Any) -> Invocation:
    return Invocation(lambda_uuid=lambda_uuid, payload=payload)


def _check_numbers(concurrency: object, per_second: object) -> None:
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        raise FaaSConfigurationError(f"concurrency must be a positive integer, not {concurrency!r}")
    if per_second is not None and not (isinstance(per_second, (int, float)) and 0 < per_second < float("inf")):
        raise FaaSConfigurationError(f"per_second must be a positive number, not {per_second!r}")


def _json_lines_path(path: str | os.PathLike[str]) -> Path:
    path = Path(path)
    if FORMATS.get(path.suffix.lower()) != "jsonl":
        raise FaaSConfigurationError(
            f"failures are written as JSON Lines: name a file that ends in .jsonl, not {str(path)!r}"
        )
    return path


def _check_output(output: Path, journal: Path, *, resume: bool) -> None:
    if journal.exists():
        if not resume:
            raise FaaSConfigurationError(
                f"there is a journal of an earlier run, {str(journal)!r}: resume that run, or name another output"
            )
    elif output.exists() and output.stat().st_size:
        raise FaaSConfigurationError(f"{str(output)!r} exists and has no journal: name another output")
