"""The platform, embedded: what LivePerson Functions does, as far as it is documented."""

from lpfunctions.testing.platform.account import Account
from lpfunctions.testing.platform.functions.deployed import DeployedFunction, FunctionInput, LogEntry
from lpfunctions.testing.platform.platform import FakePlatform
from lpfunctions.testing.platform.requests.expectations import ANYTHING
from lpfunctions.testing.platform.requests.journal import Journal
from lpfunctions.testing.platform.requests.recorded import RecordedRequest
from lpfunctions.testing.platform.snapshot import Snapshot

__all__ = [
    "ANYTHING",
    "Account",
    "DeployedFunction",
    "FakePlatform",
    "FunctionInput",
    "Journal",
    "LogEntry",
    "RecordedRequest",
    "Snapshot",
]
