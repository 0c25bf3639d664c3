"""Functions as an account holds them: code, state, skills, event, logs."""

from __future__ import annotations

import functools
import inspect
import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args
from uuid import UUID, uuid5

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.platform.functions.authored import AUTHOR, Authored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from lpfunctions.testing.platform.functions.outcomes import Outcome

FunctionState = Literal["Draft", "Productive", "Modified", "Marked Undeployed", "Build Error", "Deploy Error"]
"""As the user interface shows them; the spelling of the last two in answers is not confirmed."""

STATES: Final[frozenset[str]] = frozenset(get_args(FunctionState))
_INVOCABLE: Final = frozenset({"Productive", "Modified"})

_NAMESPACE: Final = UUID("6f1d3c52-0d5e-5b7e-9a55-3f6f0c3d8a11")
_LOG_ENTRIES_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class FunctionInput:
    """What a function is called with.

    Attributes:
        headers: as the caller sent them, a list of ``{"key": …, "value": …}``; HTTP headers never reach a function.
        payload: any JSON value.
        timestamp: of the call, as the caller set it; milliseconds since the epoch by convention.
    """

    headers: list[dict[str, str]] = field(repr=False)
    payload: Any = field(repr=False)
    timestamp: int

    def header(self, key: str, default: str | None = None) -> str | None:
        """Return the value of the first header with exactly this *key*."""
        return next((header["value"] for header in self.headers if header["key"] == key), default)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line in the log of a function.

    Attributes:
        level: ``error`` and so on.
        message: what the function logged, such as the text of the exception it raised.
        extras: more about it; a traceback.
        timestamp: milliseconds since the epoch.
        request_id: the ``X-Request-ID`` of the call; empty if it had none.
    """

    level: str
    message: str
    extras: tuple[str, ...]
    timestamp: int
    request_id: str = ""


class FunctionFailure(Exception):  # noqa: N818 (a failure of the customer's, none of ours)
    """A function failed in a language that is not Python.

    Attributes:
        crashed: by an error of the language (``TypeError`` and the like), not by one that was meant.
        extras: its stack trace.
    """

    def __init__(self, message: str, *, crashed: bool, extras: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.crashed = crashed
        self.extras = extras


class SelfTimed(ABC):
    """Code that runs elsewhere and keeps its time limit itself.

    A class to derive from, not a protocol: a ``Mock`` has every method that a protocol could ask for.

    Attributes:
        source: the code as text.
    """

    source: str

    @abstractmethod
    def begin(
        self, given: FunctionInput, limit_seconds: float, log: Callable[[Sequence[LogEntry]], None]
    ) -> Future[Outcome]:
        """Start a call; its end settles the future, and what it logged is given to *log*."""

    @abstractmethod
    def __call__(self, given: FunctionInput, /) -> Any:
        """Call the code, without a limit and without the platform."""


class DeployedFunction:
    """A function of the account. Calling it calls the code, without the platform.

    Attributes:
        code: the callable.
        source: its JavaScript; empty for a callable.
        is_async: whether it must be awaited.
        elsewhere: the callable again, if it runs elsewhere.
        uuid: as given; else the same for the same account and name, in every run.
        name: unique in the account.
        event_id: the event it listens to, or None; fixed at creation.
        skills: if any, it listens only to calls for one of these skills.
        state: ``Draft``, ``Productive``, ``Modified``, ``Marked Undeployed``, ``Build Error`` or ``Deploy Error``; may
            be changed.
        description: for listings.
        created_at: seconds since the epoch.
        environment: its environment variables; JavaScript sees them as ``process.env``.
        is_comp_v1: was it imported from V1, and fails with V1's codes on V2?
        authored: its newest version and its deployments, for the management host.
        sample_payload: what to invoke it with by hand; None for nothing in particular.
        logs: what it logged, and how it failed, newest last; the last thousand entries.
        invocation_count: how often the platform ran it.
    """

    def __init__(
        self,
        code: Callable[[Any], Any],
        *,
        uuid: str,
        name: str,
        event_id: str | None,
        skills: tuple[str, ...],
        state: FunctionState,
        description: str,
        created_at: float,
        environment: Mapping[str, str],
        is_comp_v1: bool,
        sample_payload: object = None,
    ) -> None:
        functools.update_wrapper(self, code)
        self.use(code)
        self.uuid = uuid
        self.name = name
        self.event_id = event_id
        self.skills = skills
        self.state: FunctionState = state
        self.description = description
        self.created_at = created_at
        self.environment: dict[str, str] = dict(environment)
        self.is_comp_v1 = is_comp_v1
        self.authored: Authored = Authored(AUTHOR, created_at, AUTHOR)
        if state != "Draft":
            self.authored = self.authored.deployed(created_at, AUTHOR)
        self.sample_payload = sample_payload
        self.logs: deque[LogEntry] = deque(maxlen=_LOG_ENTRIES_KEPT)
        self.invocation_count: int = 0
        self._counting = threading.Lock()

    def use(self, code: Callable[[Any], Any]) -> None:
        """Run *code* from now on."""
        self.code = code
        self.source: str = code.source if isinstance(code, SelfTimed) else ""
        self.elsewhere: SelfTimed | None = code if isinstance(code, SelfTimed) else None
        self.is_async: bool = inspect.iscoroutinefunction(code) or inspect.iscoroutinefunction(type(code).__call__)

    def __call__(self, given: FunctionInput, /) -> Any:
        """Call the code."""
        return self.code(given)

    def __repr__(self) -> str:
        return f"<DeployedFunction {self.name!r} {self.uuid} {self.state}>"

    @property
    def invocable(self) -> bool:
        """Return whether a version of it is deployed."""
        return self.state in _INVOCABLE

    def listens(self, skill_id: str | None) -> bool:
        """Return whether an event for *skill_id* runs it; without skills of its own, every event does."""
        return self.invocable and (not self.skills or skill_id in self.skills)

    def saved(self) -> Callable[[], None]:
        """Return what restores what can change about it."""
        state, description, skills, count = self.state, self.description, self.skills, self.invocation_count
        environment, logs = dict(self.environment), list(self.logs)
        code, authored = self.code, self.authored

        def restore() -> None:
            self.use(code)
            self.authored = authored
            self.state, self.description, self.skills, self.invocation_count = state, description, skills, count
            self.environment = dict(environment)
            self.logs.clear()
            self.logs.extend(logs)

        return restore

    def count_invocation(self) -> None:
        """Count one more run."""
        with self._counting:
            self.invocation_count += 1


class Functions:
    """All functions of one account, in the order of their creation."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._by_uuid: dict[str, DeployedFunction] = {}
        self._by_event: dict[str, list[DeployedFunction]] = {}

    def __iter__(self) -> Iterator[DeployedFunction]:
        return iter(list(self._by_uuid.values()))

    def uuid_of(self, name: str) -> str:
        """Return the uuid that a function called *name* has in this account."""
        return str(uuid5(_NAMESPACE, f"{self._account_id}/{name}"))

    def add(self, function: DeployedFunction) -> None:
        """Add *function*, replacing one of the same name.

        Raises:
            FaaSConfigurationError: it is in a state that does not exist, or has the uuid of another.
        """
        if function.state not in STATES:
            raise FaaSConfigurationError(f"state {function.state!r} is none of {', '.join(sorted(STATES))}")
        taken = self._by_uuid.get(function.uuid)
        if taken is not None and taken.name != function.name:
            raise FaaSConfigurationError(f"uuid {function.uuid} is that of function {taken.name!r} already")
        replaced = next((known for known in self._by_uuid.values() if known.name == function.name), None)
        if replaced is not None:
            self.remove(replaced)
        self._by_uuid[function.uuid] = function
        if function.event_id:
            self._by_event.setdefault(function.event_id, []).append(function)

    def remove(self, function: DeployedFunction) -> None:
        """Remove *function*; nothing happens when it is not here."""
        if self._by_uuid.get(function.uuid) is function:
            del self._by_uuid[function.uuid]
            if function.event_id:
                self._by_event[function.event_id].remove(function)

    def get(self, uuid: str) -> DeployedFunction | None:
        """Return the function with this *uuid*, in whatever state."""
        return self._by_uuid.get(uuid)

    def listeners(self, event_id: str, skill_id: str | None) -> list[DeployedFunction]:
        """Return the functions that an event for *skill_id* runs, in order."""
        return [function for function in self._by_event.get(event_id, ()) if function.listens(skill_id)]

    def saved(self) -> Callable[[], None]:
        """Return what restores the functions that there are now, each as it is."""
        by_uuid = dict(self._by_uuid)
        by_event = {event_id: list(functions) for event_id, functions in self._by_event.items()}
        each = [function.saved() for function in by_uuid.values()]

        def restore() -> None:
            self._by_uuid = dict(by_uuid)
            self._by_event = {event_id: list(functions) for event_id, functions in by_event.items()}
            for restore_function in each:
                restore_function()

        return restore
