"""A model of a client's state at any time: discovery, token and responses computed without the client's code."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

HOUR = 3600.0
CACHE_SECONDS = 60.0


@dataclass
class Shared:
    """A value that is fetched from a source, as the documents describe it.

    Attributes:
        refresh_seconds: at this age it is fetched again, beside the calls.
        expires_seconds: at this age it is not used any more.
        requests: how often the source should have been asked.
    """

    refresh_seconds: float
    expires_seconds: float
    at: float = -math.inf
    failed_at: float = -math.inf
    failures: int = 0
    requests: int = 0

    def is_of_use(self, now: float) -> bool:
        return now < self.at + self.expires_seconds

    def is_fresh(self, now: float) -> bool:
        return now < self.at + self.refresh_seconds

    def leaves_alone(self, now: float) -> bool:
        """Has the source failed so lately that it is not asked?"""
        pause = min(2.0 ** (self.failures - 1), 30.0) if self.is_of_use(now) else 1.0
        return now < self.failed_at + pause

    def ask(self, now: float, *, is_up: bool) -> bool:
        """Ask the source, unless it is left alone; True when there is a new value."""
        if self.leaves_alone(now):
            return False
        self.requests += 1
        if is_up:
            self.at, self.failures, self.failed_at = now, 0, -math.inf
        else:
            self.failures, self.failed_at = self.failures + 1, now
        return is_up

    def lose(self) -> None:
        """The value is worthless from now on."""
        self.at = -math.inf


@dataclass
class Token(Shared):
    """A token; *is_good* as long as it was not revoked."""

    is_good: bool = False
    replaceable_from: float = -math.inf

    def fetch(self, now: float, *, is_up: bool, instead_of_rejected: bool = False) -> bool:
        fetched = self.ask(now, is_up=is_up)
        if fetched:
            self.is_good = True
            self.replaceable_from = now + 60.0 if instead_of_rejected else -math.inf
        return fetched


@dataclass
class World:
    """What is up, what is implemented, and what the client should have in mind of it."""

    now: float = 0.0
    down: set[str] = field(default_factory=set[str])
    implemented: dict[str, bool] = field(default_factory=lambda: {"a": True, "b": False})
    discovery: Shared = field(default_factory=lambda: Shared(600.0, 24 * HOUR))
    token: Token = field(default_factory=lambda: Token(1800.0, HOUR))
    answers: dict[str, tuple[bool, float]] = field(default_factory=dict[str, tuple[bool, float]])
    was_rejected: bool = False

    def remembered(self, event: str) -> bool | None:
        answer, at = self.answers.get(event, (False, -math.inf))
        return answer if self.now < at + CACHE_SECONDS else None

    def call(self, *, may_answer: str) -> str:
        """What becomes of a call: ``discovery``, ``token``, ``401``, ``gateway`` (it is down) or ``ok``."""
        if not self._have_hosts():
            return "discovery"
        refresh_token_later = False
        if not self.token.is_of_use(self.now):
            if not self._fetch_token():
                return "token"
        else:
            refresh_token_later = not self.token.is_fresh(self.now)
        outcome = self._answered(may_answer)
        if refresh_token_later and self.token.is_of_use(self.now) and not self.token.is_fresh(self.now):
            self._fetch_token()
        return outcome

    def _have_hosts(self) -> bool:
        if self.discovery.is_fresh(self.now):
            return True
        was_of_use = self.discovery.is_of_use(self.now)
        return self.discovery.ask(self.now, is_up="discovery" not in self.down) or was_of_use

    def _fetch_token(self) -> bool:
        fetched = self.token.fetch(self.now, is_up="token" not in self.down, instead_of_rejected=self.was_rejected)
        if fetched:
            self.was_rejected = False
        return fetched

    def _answered(self, may_answer: str) -> str:
        if may_answer in self.down:
            return "gateway"
        if self.token.is_good:
            return "ok"
        if self.now < self.token.replaceable_from:
            return "401"
        self.token.lose()
        self.was_rejected = True
        return "ok" if self._fetch_token() else "token"
