"""One request as a fault meets it, and what the faults have in common."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from tests.faults import answers

if TYPE_CHECKING:
    from lpfunctions.testing.faults.scripted_server import Conversation
    from tests.faults.settings import Setting

LONGEST_SECONDS: Final = 0.6
"""How long a fault keeps a client waiting that has no deadline of its own."""

Result = Literal["answer", "failure", "either", "no value"]
"""What a client must make of a fault: return the answer; raise; either; return or raise, but never as a value."""

Before = Literal["body", "answer"]
"""When a fault strikes: before the request's body was read, or before the answer."""


@dataclass(slots=True)
class Exchange:
    """A request that has come, and the connection it came on.

    Attributes:
        peer: the connection.
        owner: the request's ``X-Request-ID``.
        chance: draws what is left to chance; seeded.
        is_tls: does the connection speak TLS?
    """

    peer: Conversation
    owner: str
    chance: random.Random
    is_tls: bool

    def send(self, data: bytes) -> None:
        """Send *data* in one piece."""
        self.peer.send(data)

    def send_split(self, data: bytes) -> None:
        """Send *data* in two pieces, cut anywhere, with a moment between them."""
        cut = self.chance.randrange(len(data))
        self.peer.send(data[:cut])
        self.wait(0.002)
        self.peer.send(data[cut:])

    def wait(self, seconds: float) -> None:
        """Do nothing for *seconds*, or until the server stops."""
        self.peer.stopping.wait(seconds)

    def keep_silent(self) -> None:
        """Say nothing until the client hangs up, `LONGEST_SECONDS` at most."""
        self.peer.wait_for_close(LONGEST_SECONDS)

    def end(self) -> None:
        """End the connection in one of the ways in which connections end."""
        ways: list[Callable[[], object]] = [self.peer.reset, self.peer.close, self._half_close, self._go_silent]
        self.chance.choice(ways)()

    def body(self) -> bytes:
        """A good body, often small."""
        return answers.body_for(self.owner, self.chance.choice([0, 0, 10, 1000, 20_000]))

    def _half_close(self) -> None:
        self.peer.half_close()
        self.keep_silent()
        self.peer.close()

    def _go_silent(self) -> None:
        self.keep_silent()
        self.peer.reset()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong.

    Attributes:
        name: what a failing case calls it.
        play: does it.
        result: what a client must make of it.
        result_over_tls: the same where TLS makes a difference.
        before: when it strikes.
        runs: does the function run? What strikes before the answer runs it, unless the server says that it refused.
        may_run_some: may an event on V2, which starts several functions, have run some of them all the same?
        content: the body of its answer; None for one that names the request.
        depends_on_reader: is it read by http.client alone, over a ``requests.Session`` of the user's, which is lenient
            in its own way? Anything but another call's answer is right then.
        drips: does its head come byte by byte? Over a ``requests.Session`` of the user's, whose sockets start their
            timeout anew with each byte, no deadline is promised then.
        weight: how often it is drawn.
    """

    name: str
    play: Callable[[Exchange], object]
    result: Result
    result_over_tls: Result
    before: Before = "answer"
    runs: bool = True
    may_run_some: bool = False
    content: bytes | None = None
    depends_on_reader: bool = False
    drips: bool = False
    weight: float = 1.0

    def result_for(self, setting: Setting) -> Result:
        """What a client in this *setting* must make of it."""
        if self.depends_on_reader and setting.own_session and not setting.is_async:
            return "either"
        return self.result_over_tls if setting.is_tls else self.result


class FaultTable:
    """The faults of one file, in the order of their definition."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def __call__(
        self,
        result: Result,
        *,
        over_tls: Result | None = None,
        before: Before = "answer",
        runs: bool = True,
        depends_on_reader: bool = False,
        drips: bool = False,
        weight: float = 1.0,
    ) -> Callable[[Callable[[Exchange], object]], Callable[[Exchange], object]]:
        """Add the decorated function, under its own name."""

        def add(play: Callable[[Exchange], object]) -> Callable[[Exchange], object]:
            name = getattr(play, "__name__", "").replace("_", " ").strip()
            self.faults.append(
                Fault(
                    name,
                    play,
                    result,
                    over_tls or result,
                    before,
                    runs,
                    depends_on_reader=depends_on_reader,
                    drips=drips,
                    weight=weight,
                )
            )
            return play

        return add

    def raw(
        self,
        name: str,
        result: Result,
        build: Callable[[Exchange], bytes],
        *,
        weight: float = 1.0,
        runs: bool = True,
        may_run_some: bool = False,
        content: bytes | None = None,
        depends_on_reader: bool = False,
    ) -> None:
        """Add a fault that is no more than the bytes of an answer; one that must fail ends its connection too."""

        def play(exchange: Exchange) -> None:
            exchange.send(build(exchange))
            if result == "failure":
                exchange.end()

        fault = Fault(
            name,
            play,
            result,
            result,
            runs=runs,
            may_run_some=may_run_some,
            content=content,
            depends_on_reader=depends_on_reader,
            weight=weight,
        )
        self.faults.append(fault)
