"""A shared store of files, for the processes of one machine."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from filelock import FileLock

from lpfunctions.core.batches.schedule import postponed, reserved
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION: Final = 1
_LONGEST_WAIT_SECONDS: Final = 1.0
_PRIVATE: Final = 0o700

_Kind = Literal["value", "lease", "schedule"]


class FileStore:
    """Keep values as files in a *folder* of the local disk that only this user can read.

    Files have mode 0600 and are replaced as a whole, so that a reader never sees a part of one. Changes are made under
    a lock file; who waits longer than a second for it goes on without the store.

    Args:
        folder: is made, with mode 0700, when it does not exist. Not on a network file system.

    Raises:
        FaaSConfigurationError: the folder belongs to another user, or others may read it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        _check_private(self._folder)

    def __repr__(self) -> str:
        return f"<FileStore {str(self._folder)!r}>"

    def get(self, key: str) -> bytes | None:
        """Return the value of *key*, or None."""
        record = self._read(key, "value")
        return None if record is None else base64.b64decode(record["value"], validate=True)

    def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key* for *ttl_seconds*."""
        self._write(key, "value", ttl_seconds, value=base64.b64encode(value).decode())

    def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*."""
        with self._locked():
            if self.get(key) == expected:
                self._path(key, "value").unlink(missing_ok=True)

    def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        with self._locked():
            if self._read(key, "lease") is not None:
                return False
            self._write(key, "lease", ttl_seconds, holder=holder)
            return True

    def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        with self._locked():
            lease = self._read(key, "lease")
            if lease is not None and lease["holder"] == holder:
                self._path(key, "lease").unlink(missing_ok=True)

    def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*, and return the seconds until it comes."""

        def next_place(next_at: float, now: float) -> tuple[float, float]:
            wait_seconds, after = reserved(next_at, now, interval_seconds=interval_seconds, burst=burst)
            return wait_seconds, after if wait_seconds <= longest_wait_seconds else next_at

        return self._reschedule(key, next_place)

    def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""

        def later(next_at: float, now: float) -> tuple[float, float]:
            return 0.0, postponed(next_at, now, interval_seconds=interval_seconds, burst=burst, seconds=seconds)

        self._reschedule(key, later)

    def _reschedule(self, key: str, change: Callable[[float, float], tuple[float, float]]) -> float:
        with self._locked():
            schedule, now = self._read(key, "schedule"), time.time()
            told, next_at = change(0.0 if schedule is None else float(schedule["next_at"]), now)
            self._write(key, "schedule", max(next_at - now, 1.0), next_at=next_at)
        return told

    def _locked(self) -> FileLock:
        return FileLock(self._folder / "lock", timeout=_LONGEST_WAIT_SECONDS, mode=0o600, poll_interval=0.005)

    def _path(self, key: str, kind: _Kind) -> Path:
        return self._folder / f"{sha256(key.encode()).hexdigest()}.{kind}"

    def _read(self, key: str, kind: _Kind) -> dict[str, Any] | None:
        """The record of *key* if there is one whose time is not over.

        Raises:
            ValueError: the file holds something else.
        """
        try:
            record: Any = json.loads(self._path(key, kind).read_bytes())
        except FileNotFoundError:
            return None
        found = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
        if found.get("version") != _VERSION:
            raise ValueError(f"the {kind} of {quoted(key)} in {self._folder} is no record of version {_VERSION}")
        return found if time.time() < float(found["expires_at"]) else None

    def _write(self, key: str, kind: _Kind, ttl_seconds: float, **record: object) -> None:
        content = json.dumps({"version": _VERSION, "expires_at": time.time() + ttl_seconds, **record})
        # mkstemp makes files with mode 0600.
        descriptor, name = tempfile.mkstemp(dir=self._folder, suffix=".new")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
            Path(name).replace(self._path(key, kind))
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise


def _check_private(folder: Path) -> None:
    if not hasattr(os, "getuid"):  # Windows: the folder's access list is the user's to set
        return
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise FaaSConfigurationError(f"FileStore: {str(folder)!r} belongs to another user; name a folder of your own")
    if found.st_mode & 0o077:
        raise FaaSConfigurationError(
            f"FileStore: others may read {str(folder)!r}; run chmod 700 on it, or name another"
        )
