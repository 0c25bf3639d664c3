"""What a worker does with one partition: send what its journal has not seen, and return all outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lpfunctions import Invocation
from lpfunctions.bulk import Engine, Record
from lpfunctions.bulk.outcomes import as_line, outcome_fields, unknown_fields
from lpfunctions.contrib.dask.journals import open_journal
from lpfunctions.contrib.dask.process import client_of_process
from lpfunctions.contrib.dask.rows import index_of, outcome_rows, payloads_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lpfunctions import AsyncClient, Outcome
    from lpfunctions.bulk import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What all partitions of a run have in common; the attributes are described at `invoke_partitions`.

    Attributes:
        run_id: names the run; its partitions in one process share a client.
        client: a pickled client, or a function that makes one.
        function: UUID of the function, when *invocation* does not make the calls.
    """

    run_id: str
    client: bytes | Callable[[], AsyncClient] = field(repr=False)
    folder: Path
    function: str | None
    invocation: Callable[[Any], Invocation] | None
    target: dict[str, Any]
    concurrency: int
    repeat_unknown: bool
    durable: bool

    def call(self, payload: Any) -> Invocation:
        """Make the call of *payload*."""
        if self.invocation is not None:
            return self.invocation(payload)
        return Invocation(lambda_uuid=self.function, payload=payload)


class PartitionInvoker:
    """A task of the graph. It is no dataclass, because Dask takes these apart."""

    def __init__(self, job: Job, partitions: int) -> None:
        self._job = job
        self._partitions = partitions

    def __call__(self, partition: Any, number: int) -> Any:
        """Return the outcomes of *partition*, the one with this *number* from 0, as a DataFrame of pandas.

        Raises:
            FaaSConfigurationError: its journal is of other records, or held by another process.
            OSError: the journal cannot be written.
        """
        job, payloads = self._job, payloads_of(partition)
        with client_of_process(job.run_id, job.client) as process:
            identity = {**job.target, "account": process.client.config.account_id}
            with open_journal(job.folder, number, self._partitions, payloads, identity, durable=job.durable) as journal:
                if job.repeat_unknown:
                    journal.states.reset_unknown()
                engine = Engine(process.client, _ToJournal(journal), invocation=job.call, concurrency=job.concurrency)
                process.run(engine.run(_left_to_send(journal, payloads)))
                return outcome_rows(number, list(_lines(journal)), index_of(partition))


class _ToJournal:
    """The `Sink` of a partition."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def start(self, record: Record) -> None:
        """Note it in the journal."""
        await self._journal.start(record.index)

    def finish(self, record: Record, outcome: Outcome, seconds: float) -> None:
        """Note it in the journal."""
        self._journal.finish(outcome_fields(record.index, outcome, seconds))


def _left_to_send(journal: Journal, payloads: Sequence[Any]) -> Iterator[Record]:
    return (Record(index, payload) for index, payload in enumerate(payloads) if journal.states.is_pending(index))


def _lines(journal: Journal) -> Iterator[bytes]:
    """The outcome of each record, in their order; one that was started and has none is unknown."""
    return (journal.outcome(index) or as_line(unknown_fields(index)) for index in range(len(journal.states)))
