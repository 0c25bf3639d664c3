"""The platform, embedded: what LivePerson Functions does, as far as it is documented."""

from lpfunctions.testing.platform.account import Account
from lpfunctions.testing.platform.expectations import ANYTHING
from lpfunctions.testing.platform.functions import DeployedFunction, FunctionInput, LogEntry
from lpfunctions.testing.platform.journal import Journal, RecordedRequest
from lpfunctions.testing.platform.platform import FakePlatform

__all__ = [
    "ANYTHING",
    "Account",
    "DeployedFunction",
    "FakePlatform",
    "FunctionInput",
    "Journal",
    "LogEntry",
    "RecordedRequest",
]
