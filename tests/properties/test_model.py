"""R9: discovery, token and answers of a client through outages, revocations and days, against a model of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lpfunctions import CSDSFailure, FaaSAppJWTAuthenticationError, FaaSOperationError, RetryPolicy
from lpfunctions.adapters.memory import AsyncManualClock
from lpfunctions.testing import FakePlatform
from tests.support.background import wait_for_tasks
from tests.support.client_model import CACHE_SECONDS, HOUR, World

if TYPE_CHECKING:
    from lpfunctions.testing.platform.functions.deployed import FunctionState
    from lpfunctions.testing.platform.requests.routing import Kind

MINUTE: Final = 60.0
KINDS: Final[tuple[Kind, ...]] = ("discovery", "token", "invoke", "is_implemented")
CAUSES: Final = {"discovery": CSDSFailure, "token": FaaSAppJWTAuthenticationError}


class _Wall:
    def __init__(self, clock: AsyncManualClock) -> None:
        self.now = clock.now


class LifeOfAClient(RuleBasedStateMachine):
    """One client, one platform, one clock that the rules move."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.clock = AsyncManualClock()
        self.platform = FakePlatform(clock=_Wall(self.clock))
        self.runner = asyncio.Runner()
        self.client = self.platform.async_client(clock=self.clock, retry=RetryPolicy.none())

        @self.platform.function(name="f")
        async def f(_given: Any) -> str:
            return "fine"

        self.uuid = f.uuid
        self._deploy("a", "Productive")

    def teardown(self) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0, 59.0, 60.0, 5 * MINUTE, 10 * MINUTE, 29 * MINUTE, HOUR, 23 * HOUR]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.world.now = self.clock.monotonic()

    @rule(kind=st.sampled_from(KINDS))
    def something_goes_down_or_comes_back(self, kind: str) -> None:
        self.world.down ^= {kind}
        self.platform.clear_faults()
        for down in KINDS:
            if down in self.world.down:
                self.platform.fail_next(status=500, kind=down, times=None)

    @rule()
    def tokens_are_revoked(self) -> None:
        self.platform.revoke_tokens()
        self.world.token.is_good = False

    @rule(event=st.sampled_from(["a", "b"]))
    def an_event_is_implemented_or_no_longer(self, event: str) -> None:
        implemented = self.world.implemented[event] = not self.world.implemented[event]
        self._deploy(event, "Productive" if implemented else "Draft")

    @rule()
    def a_function_is_invoked(self) -> None:
        expected = self.world.call(may_answer="invoke")
        found, body = self._outcome("invoke", lambda_uuid=self.uuid)
        assert found == expected
        assert (body == "fine") == (expected == "ok")

    @rule(event=st.sampled_from(["a", "b"]))
    def a_client_asks_whether_an_event_is_implemented(self, event: str) -> None:
        remembered, before = self.world.remembered(event), len(self.platform.requests)
        if remembered is not None:
            assert self._outcome("is_implemented", event_id=event) == ("ok", remembered)
            assert len(self.platform.requests) == before, "what is remembered is not asked"
            return
        expected = self.world.call(may_answer="is_implemented")
        found, answer = self._outcome("is_implemented", event_id=event)
        assert found == expected
        if expected == "ok":
            assert answer == self.world.implemented[event]
            self.world.answers[event] = (self.world.implemented[event], self.world.now)

    @precondition(lambda self: not self.world.down)
    @rule()
    def all_is_up_and_a_moment_later_calls_go_well(self) -> None:
        self.time_passes(MINUTE)
        assert self.world.call(may_answer="invoke") == "ok"
        assert self._outcome("invoke", lambda_uuid=self.uuid) == ("ok", "fine")

    @invariant()
    def no_source_was_asked_more_often_than_it_should(self) -> None:
        journal = self.platform.requests
        assert len(journal.discovery_requests) == self.world.discovery.requests
        assert len(journal.token_requests) == self.world.token.requests

    def _deploy(self, event: str, state: FunctionState) -> None:
        @self.platform.function(name=event, event_id=event, state=state)
        async def listen(_given: Any) -> None:
            """Implement the event."""

    def _outcome(self, method: str, **arguments: Any) -> tuple[str, Any]:
        return self.runner.run(self._call(method, arguments))

    async def _call(self, method: str, arguments: dict[str, Any]) -> tuple[str, Any]:
        try:
            answer = await getattr(self.client, method)(**arguments)
        except FaaSOperationError as error:
            return next(
                (name for name, cause in CAUSES.items() if isinstance(error.__cause__, cause)), _by(error)
            ), None
        finally:
            await wait_for_tasks()
        if isinstance(answer, bool):
            return "ok", answer
        return ("ok" if answer.ok else _by(answer)), answer.body


def _by(answer: Any) -> str:
    return "401" if answer.status == 401 else "gateway"


assert CACHE_SECONDS == 60.0
TestLifeOfAClient = LifeOfAClient.TestCase
TestLifeOfAClient.settings = settings(stateful_step_count=30)
