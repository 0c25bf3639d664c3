"""Signals at random moments of calls in the main thread, while other threads call with the same client.

What a signal's handler raises comes out of the call unchanged; no other thread notices; nothing is left behind.
"""

from __future__ import annotations

import gc
import itertools
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import requests

from lpfunctions import BearerToken, Client, ClientCredentials, Response, StaticDomainResolver
from tests.faults.answers import OWNER, is_whole
from tests.signals.interrupt import Interrupt
from tests.signals.server import CONNECTIONS, TOGETHER

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.signals.plan import StormSetting

SIGNALS_A_STORM: Final = 100
CALLS_OF_A_COLD_CLIENT: Final = 4
KINDS: Final = ("swallowed", "replaced", "lost response", "lost place", "left broken", "hangs")

_OTHERS: Final = 3
_AMPLE_SECONDS: Final = 30.0


def _counter() -> Counter[str]:
    return Counter()


def _texts() -> list[str]:
    return []


@dataclass(slots=True)
class StormResult:
    """What a storm, or several, came to.

    Attributes:
        signals: how many hit a call.
        others: how many calls other threads made meanwhile.
        broken: how often each promise was broken.
        texts: what was seen of it.
        dropped: how many the interpreter dropped while it freed a response of urllib3's.
        locked: 1 if it ended early, because the lock of urllib3's queue was left taken.
    """

    signals: int = 0
    others: int = 0
    broken: Counter[str] = field(default_factory=_counter)
    texts: list[str] = field(default_factory=_texts)
    dropped: int = 0
    locked: int = 0

    def add(self, other: StormResult) -> None:
        """Add the numbers of another storm."""
        self.signals += other.signals
        self.others += other.others
        self.broken += other.broken
        self.dropped += other.dropped
        self.locked += other.locked

    def breaks(self, kind: str, text: str) -> None:
        """A promise was broken."""
        self.broken[kind] += 1
        self.texts.append(f"{kind}: {text}")


class Storm:
    """One storm: a client, its calls in the main thread, the signals that interrupt them, and the other threads."""

    def __init__(self, setting: StormSetting, chance: random.Random, host: str, bundle: str) -> None:
        self._setting = setting
        self._chance = chance
        self._host = host
        self._bundle = bundle
        self._result = StormResult()
        self._usual_seconds = 0.003

    def run(self) -> StormResult:
        """Call and interrupt until `SIGNALS_A_STORM` signals have hit."""
        gc.freeze()  # what is alive now stays alive, and need not be looked at over and over
        with self._ignored_by_interpreter():
            while self._result.signals < SIGNALS_A_STORM and not self._result.broken["left broken"]:
                self._use_one_client()
        return self._result

    def _use_one_client(self) -> None:
        before = self._result.signals
        most = CALLS_OF_A_COLD_CLIENT if self._setting.is_cold else SIGNALS_A_STORM
        with self._client() as client:
            with self._others(client):
                while self._result.signals < min(before + most, SIGNALS_A_STORM):
                    self._call_and_interrupt(client)
            self._use_every_place(client)

    def _call_and_interrupt(self, client: Client) -> None:
        gc.collect()  # CPython drops what a handler raises in a finalizer: that of another call's garbage is no news
        interrupt = Interrupt(self._setting)
        owner = f"main-{time.monotonic_ns()}"
        began = time.monotonic()
        response: Response | None = None
        caught: BaseException | None = None
        try:
            interrupt.arm(self._chance.uniform(1e-5, self._usual_seconds * 1.2))
            try:
                interrupt.in_call = True
                response = _invoke(client, owner)
            finally:
                interrupt.in_call = False
                interrupt.disarm()
        except BaseException as error:  # noqa: BLE001 (what comes out is what is examined)
            caught = error
        interrupt.disarm()
        if interrupt.raised is None:
            took = time.monotonic() - began
            self._usual_seconds += 0.1 * (min(took, 0.05) - self._usual_seconds)
        self._check(interrupt, owner, response, caught)

    def _check(self, interrupt: Interrupt, owner: str, response: Response | None, caught: BaseException | None) -> None:
        result = self._result
        result.signals += interrupt.hit
        if caught is None and interrupt.is_dropped and self._setting.own_session:
            result.dropped += 1
        elif caught is not interrupt.raised:
            kind = "swallowed" if caught is None else "replaced"
            result.breaks(kind, f"{interrupt.raised!r} came out as {caught!r} at {interrupt.where}")
        elif response is not None and not _is_own(response, owner):
            result.breaks("lost response", f"the main thread got {response!r}")

    @contextmanager
    def _others(self, client: Client) -> Generator[None]:
        """Call with *client* in other threads meanwhile, which must never notice."""
        over = threading.Event()
        threads = [
            threading.Thread(target=self._call_until, args=(over, client, f"other-{name}"), daemon=True)
            for name in range(_OTHERS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(_AMPLE_SECONDS * 2)
            if any(thread.is_alive() for thread in threads):
                self._result.breaks("hangs", "a call of another thread")

    def _call_until(self, over: threading.Event, client: Client, name: str) -> None:
        for number in itertools.count():
            if over.is_set():
                return
            owner = f"{name}-{number}"
            try:
                response = _invoke(client, owner)
            except BaseException as error:  # noqa: BLE001 (whatever it is, an answer was lost)
                self._result.breaks("lost response", f"another thread got {error!r}")
                continue
            self._result.others += 1
            if not _is_own(response, owner):
                self._result.breaks("lost response", f"{owner} got the response to {response.headers.get(OWNER)}")

    def _use_every_place(self, client: Client) -> None:
        """All places of the pool can be used at once: the server answers when as many requests have come."""
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            owners = [f"{TOGETHER}-{number}" for number in range(CONNECTIONS)]
            futures = [threads.submit(_invoke, client, owner) for owner in owners]
            errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            lost = "lost place" if not self._setting.own_session else "left broken"
            self._result.breaks(lost, f"{len(errors)} of {CONNECTIONS} calls failed: {errors[0]!r}")

    @contextmanager
    def _client(self) -> Generator[Client]:
        setting = self._setting
        options: dict[str, Any] = {"account_id": "storm", "platform_version": "v2"}
        options["protocol"] = "https" if setting.is_tls else "http"
        if setting.is_cold:
            options["csds_domain"] = self._host
            options["auth_strategy"] = ClientCredentials(client_id="id", client_secret="secret")
        else:
            options["domain_resolver"] = StaticDomainResolver({"faasGW": self._host})
            options["auth_strategy"] = BearerToken("t0ken")
        with ExitStack() as stack:
            if setting.own_session:
                session = stack.enter_context(requests.Session())
                session.verify, session.trust_env = self._bundle, False
                options["session"] = session
            else:
                options["max_connections"] = CONNECTIONS
                if setting.is_tls:
                    options["ssl_context"] = _context(self._bundle)
            yield stack.enter_context(Client(**options))

    @contextmanager
    def _ignored_by_interpreter(self) -> Generator[None]:
        """Note what the interpreter ignores: an exception in a finalizer comes out nowhere."""
        usual = sys.unraisablehook

        def note(ignored: sys.UnraisableHookArgs) -> None:
            self._result.texts.append(f"ignored by the interpreter: {ignored.exc_value!r} in {ignored.object!r}")

        sys.unraisablehook = note
        try:
            yield
        finally:
            sys.unraisablehook = usual


def _invoke(client: Client, owner: str) -> Response:
    return client.invoke(lambda_uuid="a-function", request_id=owner, timeout=_AMPLE_SECONDS)


def _is_own(response: Response, owner: str) -> bool:
    return response.headers.get(OWNER) == owner and is_whole(response.content, owner)


def _context(bundle: str) -> Any:
    import ssl

    return ssl.create_default_context(cafile=bundle)
