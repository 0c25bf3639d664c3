"""The test kit: the platform in memory, the same behind HTTP, and the contracts that adapters are held to.

Names are loaded when they are first used: `FakePlatform` does not need aiohttp, `Emulator` does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lpfunctions.testing.clock import VirtualClock
    from lpfunctions.testing.emulator.emulator import Emulator
    from lpfunctions.testing.faults.fault_proxy import FaultProxy, Passage
    from lpfunctions.testing.faults.flow import Flow
    from lpfunctions.testing.platform import (
        ANYTHING,
        Account,
        DeployedFunction,
        FakePlatform,
        FunctionInput,
        Journal,
        LogEntry,
        RecordedRequest,
        Snapshot,
    )
    from lpfunctions.testing.recording import (
        AsyncRecordingTransport,
        AsyncReplayTransport,
        NotRecordedError,
        RecordingTransport,
        ReplayTransport,
    )

_HOMES: Final = {
    "ANYTHING": "platform",
    "Account": "platform",
    "AsyncRecordingTransport": "recording",
    "AsyncReplayTransport": "recording",
    "DeployedFunction": "platform",
    "Emulator": "emulator",
    "FakePlatform": "platform",
    "FaultProxy": "faults.fault_proxy",
    "Flow": "faults.flow",
    "FunctionInput": "platform",
    "Journal": "platform",
    "LogEntry": "platform",
    "NotRecordedError": "recording",
    "Passage": "faults.fault_proxy",
    "RecordedRequest": "platform",
    "RecordingTransport": "recording",
    "ReplayTransport": "recording",
    "Snapshot": "platform",
    "VirtualClock": "clock",
}

__all__ = [
    "ANYTHING",
    "Account",
    "AsyncRecordingTransport",
    "AsyncReplayTransport",
    "DeployedFunction",
    "Emulator",
    "FakePlatform",
    "FaultProxy",
    "Flow",
    "FunctionInput",
    "Journal",
    "LogEntry",
    "NotRecordedError",
    "Passage",
    "RecordedRequest",
    "RecordingTransport",
    "ReplayTransport",
    "Snapshot",
    "VirtualClock",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
