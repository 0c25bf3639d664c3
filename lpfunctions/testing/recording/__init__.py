"""Transports that record what crosses them, and that answer from a recording: a cassette, a file of readable JSON."""

from lpfunctions.testing.recording.recording import AsyncRecordingTransport, RecordingTransport
from lpfunctions.testing.recording.replaying import AsyncReplayTransport, NotRecordedError, ReplayTransport

__all__ = [
    "AsyncRecordingTransport",
    "AsyncReplayTransport",
    "NotRecordedError",
    "RecordingTransport",
    "ReplayTransport",
]
