"""The journals of a run: one for each partition, in a folder that all workers share."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from lpfunctions import FaaSConfigurationError
from lpfunctions.bulk import Journal
from lpfunctions.core.requests.payload import to_json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_LOCK_SECONDS: Final = 600.0
"""How long a partition waits for another process at work with its journal.

That is a worker which Dask believes dead: it goes on with its calls until it notices, and a file server frees the lock
of a lost machine after a minute or two.
"""


def check_folder(folder: Path, *, resume: bool) -> None:
    """Refuse the journals of an earlier run, unless they are to be resumed.

    Raises:
        FaaSConfigurationError: there are some.
    """
    if not resume and any(folder.glob("partition-*.journal")):
        raise FaaSConfigurationError(
            f"there are journals of an earlier run in {str(folder)!r}: resume that run, or name another journal_folder"
        )


def open_journal(
    folder: Path, number: int, of: int, payloads: Sequence[object], run: Mapping[str, Any], *, durable: bool
) -> Journal:
    """Open, or create, the journal of partition *number*; wait while another process is at work with it.

    Raises:
        FaaSConfigurationError: it is of another run or of other records, damaged, or still held by another process.
        OSError: it cannot be opened.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    identity = {
        **run,
        "partition": number,
        "partitions": of,
        "records": len(payloads),
        "content of the input": _digest(payloads),
    }
    path = folder / f"partition-{number:06d}.journal"
    return Journal(path, identity, count=len(payloads), durable=durable, wait_seconds=_LOCK_SECONDS)


def _digest(payloads: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for payload in payloads:
        digest.update(_bytes(payload))
        digest.update(b"\n")
    return digest.hexdigest()


def _bytes(payload: object) -> bytes:
    try:
        return to_json_bytes(payload)
    except FaaSConfigurationError as unfit:
        return str(unfit).encode("utf-8", "backslashreplace")  # its call will fail with that, and send nothing
