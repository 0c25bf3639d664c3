"""R1: connections that die after the request was read run no function twice; 10 000 invocations in `make soak`."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSInvokeError, RetryPolicy, StaticDomainResolver
from lpfunctions.testing import FaultProxy, Flow, Passage
from tests.support.environments import ALL_ENVIRONMENTS, HTTP_ENVIRONMENTS, MEMORY_ENVIRONMENTS, Environment
from tests.support.sizes import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Driver

pytestmark = pytest.mark.load

CALLS = {name: size(10_000, 10_000 if name.startswith("memory") else 1500) for name in ALL_ENVIRONMENTS}
EAGER = RetryPolicy.at_least_once()

FAULTS: list[dict[str, Any]] = [
    {"lose_answer": True},
    {"drop_connection": True},
    {"status": 500},
    {"status": 503, "headers": {"Retry-After": "0"}},
    {"status": 429},
]


@pytest.fixture(
    params=[*MEMORY_ENVIRONMENTS, *(pytest.param(name, marks=pytest.mark.sockets) for name in HTTP_ENVIRONMENTS)]
)
def unwatched_environment(request: pytest.FixtureRequest) -> Iterator[Environment]:
    with Environment(request.param, "v2") as unwatched_environment:
        yield unwatched_environment


def count_runs(unwatched_environment: Environment) -> Counter[int]:
    """Deploy a function; return how often it has run for each payload."""
    runs: Counter[int] = Counter()

    @unwatched_environment.platform.function(name="count")
    async def count(given: FunctionInput) -> int:
        runs[given.payload] += 1
        return int(given.payload)

    return runs


def inject_faults(unwatched_environment: Environment, share: float) -> None:
    """Let that *share* of all invocations meet each kind of fault."""
    chance = random.Random(1)
    for kind in FAULTS:
        unwatched_environment.platform.fail_next(
            kind="invoke", times=None, where=lambda _: chance.random() < share, **kind
        )


def outcomes(client: Driver, unwatched_environment: Environment, calls: int) -> Iterator[tuple[int, str]]:
    """Each call, and whether the caller was told that it may have run."""
    uuid = unwatched_environment.platform.functions[0].uuid
    for number in range(calls):
        try:
            response = client.invoke(lambda_uuid=uuid, payload=number)
        except FaaSInvokeError as error:
            yield number, error.delivered
        else:
            assert not response.ok or response.body == number
            yield number, response.delivered


def test_no_function_runs_twice(unwatched_environment: Environment) -> None:
    runs = count_runs(unwatched_environment)
    inject_faults(unwatched_environment, 0.06)
    calls = CALLS[unwatched_environment.name]
    told = dict(outcomes(unwatched_environment.client(), unwatched_environment, calls))
    assert max(runs.values()) == 1
    assert Counter(told.values())["unknown"] > calls * 0.1, "faults must occur"
    assert all(runs[number] == 1 for number, delivered in told.items() if delivered == "yes")
    assert all(runs[number] == 0 for number, delivered in told.items() if delivered == "no")


def test_at_least_once_runs_no_function_more_often_than_it_retries(unwatched_environment: Environment) -> None:
    runs = count_runs(unwatched_environment)
    inject_faults(unwatched_environment, 0.06)
    calls = CALLS[unwatched_environment.name]
    told = dict(outcomes(unwatched_environment.client(retry=EAGER), unwatched_environment, calls))
    assert 2 <= max(runs.values()) <= EAGER.max_retries + 1
    assert Counter(told.values())["yes"] > calls * 0.95
    assert all(runs[number] == 0 for number, delivered in told.items() if delivered == "no")


@pytest.mark.sockets
@pytest.mark.parametrize("name", HTTP_ENVIRONMENTS)
def test_connections_that_are_reset_at_any_byte_run_no_function_twice(name: str) -> None:
    chance = random.Random(2)

    def script(_number: int) -> Passage:
        ending = Flow(reset_at=chance.randrange(1500))
        return Passage(up=ending) if chance.random() < 0.3 else Passage(down=ending)

    with Environment(name, "v2") as unwatched_environment:
        runs = count_runs(unwatched_environment)
        assert unwatched_environment.emulator is not None
        with FaultProxy(unwatched_environment.emulator.host, script) as proxy:
            resolver = StaticDomainResolver({"faasGW": proxy.host, "sentinel": unwatched_environment.emulator.host})
            told = dict(
                outcomes(
                    unwatched_environment.client(domain_resolver=resolver), unwatched_environment, size(10_000, 1000)
                )
            )
    assert proxy.connections > len(told) / 20, "faults must occur"
    assert max(runs.values()) == 1
    assert {"unknown", "yes"} <= set(told.values()) <= {"no", "unknown", "yes"}
    assert all(runs[number] == 1 for number, delivered in told.items() if delivered == "yes")
    assert all(runs[number] == 0 for number, delivered in told.items() if delivered == "no")
