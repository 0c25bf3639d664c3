"""The file of a recording: one JSON document, complete after each exchange."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from lpfunctions.testing.recording.exchange import Record

_FORMAT: Final = "lpfunctions cassette 1"
_HEAD: Final = f'{{\n  "format": "{_FORMAT}",\n  "exchanges": ['
_TAIL: Final = "\n  ]\n}\n"


class CassetteWriter:
    """Writes a cassette; safe to use from many threads."""

    def __init__(self, file: str | os.PathLike[str]) -> None:
        """Begin an empty cassette, in place of what *file* held.

        Raises:
            FaaSConfigurationError: it cannot be written.
        """
        self._path = Path(file)
        self._lock = threading.Lock()
        self._separator = ""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(_HEAD + _TAIL, encoding="utf-8")
        except OSError as refused:
            raise FaaSConfigurationError(f"{quoted(file)} cannot be written: {refused.strerror}") from None

    def add(self, exchange: Record) -> None:
        """Write one more exchange, before the end of the document."""
        text = json.dumps(exchange, ensure_ascii=False, indent=2).replace("\n", "\n    ")
        with self._lock, self._path.open("r+b") as file:
            file.seek(-len(_TAIL), os.SEEK_END)
            # Lone surrogates, which JavaScript's texts may hold, are escaped as JSON does it.
            file.write(f"{self._separator}\n    {text}{_TAIL}".encode(errors="backslashreplace"))
            self._separator = ","


def read_cassette(file: str | os.PathLike[str]) -> list[Record]:
    """Return the exchanges of *file*.

    Raises:
        FaaSConfigurationError: it is missing, or no cassette.
    """
    try:
        document: Any = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as missing:
        raise FaaSConfigurationError(
            f"the cassette {quoted(file)} cannot be read: {missing.strerror}; record it with RecordingTransport"
        ) from None
    except ValueError as broken:
        raise FaaSConfigurationError(f"the cassette {quoted(file)} is no JSON: {broken}") from None
    if not isinstance(document, dict) or cast("Record", document).get("format") != _FORMAT:
        raise FaaSConfigurationError(f'{quoted(file)} is no cassette: it lacks "format": "{_FORMAT}"')
    return cast("list[Record]", document["exchanges"])
