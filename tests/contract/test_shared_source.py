"""Clients of several processes over one store, in both modes: who fetches, and what happens when the store fails."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import ClientCredentials, FaaSInvokeError, RateLimit
from lpfunctions.core.shared_values import SharedValue, decode, domains_key, encode, token_key
from lpfunctions.stores import FileStore
from tests.support.environments import ACCOUNT, CREDENTIALS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.environments import Environment

PROCESSES = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(folder)


def counts(environment: Environment) -> tuple[int, int]:
    return len(environment.journal.discovery_requests), len(environment.journal.token_requests)


def test_one_process_fetches_for_all(memory_environment: Environment, store: FileStore) -> None:
    for _ in range(PROCESSES):
        memory_environment.client(shared_store=store).invoke(lambda_uuid="x")
    assert counts(memory_environment) == (1, 1)
    assert len(memory_environment.journal.invocations) == PROCESSES


def test_a_shared_token_keeps_its_age(memory_environment: Environment, store: FileStore) -> None:
    memory_environment.client(shared_store=store).invoke(lambda_uuid="x")
    memory_environment.clock.advance(1000)
    second = memory_environment.client(shared_store=store)
    second.invoke(lambda_uuid="x")

    state = second.client.auth_state()
    assert state is not None
    assert state.age_seconds == pytest.approx(1000, abs=1)


def test_a_token_is_renewed_once_for_all(memory_environment: Environment, store: FileStore) -> None:
    clients = [memory_environment.client(shared_store=store) for _ in range(PROCESSES)]
    for moment in range(3):
        for client in clients:
            client.invoke(lambda_uuid="x")
            memory_environment.wait_until_idle()
        assert len(memory_environment.journal.token_requests) == moment + 1
        memory_environment.clock.advance(1801)


def test_a_refused_token_is_replaced_once_for_all(memory_environment: Environment, store: FileStore) -> None:
    clients = [memory_environment.client(shared_store=store) for _ in range(PROCESSES)]
    for client in clients:
        client.invoke(lambda_uuid="x")
    memory_environment.platform.revoke_tokens()
    for client in clients:
        assert client.invoke(lambda_uuid="x").status == 404  # not 401
    assert len(memory_environment.journal.token_requests) == 2


def test_another_secret_gets_another_token(memory_environment: Environment, store: FileStore) -> None:
    memory_environment.client(shared_store=store).invoke(lambda_uuid="x")
    wrong = ClientCredentials(client_id="client-id", client_secret="wrong")
    with pytest.raises(FaaSInvokeError, match=r"token request at .* answered 401"):
        memory_environment.client(shared_store=store, auth_strategy=wrong).invoke(lambda_uuid="x")


class Failing:
    """A store every one of whose methods raises, as one whose server is gone does."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "asynchronous":
            raise AttributeError(name)

        def fail(*_arguments: object, **_options: object) -> None:
            raise ConnectionError("no route to the store")

        return fail


def test_a_store_that_is_down_fails_no_call_and_is_one_warning(
    memory_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    client = memory_environment.client(shared_store=Failing())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert client.invoke(lambda_uuid="x").status == 404
            memory_environment.wait_until_idle()  # a refresh beside the call would be late after the next line
            memory_environment.clock.advance(1801)
    assert counts(memory_environment)[1] >= 2
    told = [record for record in caplog.records if "shared store" in record.getMessage()]
    warnings = [record.getMessage() for record in told if record.levelno == logging.WARNING]
    # Once for discovery and once for the token: each has found its store out of order twice.
    assert [message.count("shared store failed") for message in warnings] == [1, 1]
    assert "no route" not in caplog.text


@pytest.mark.parametrize("rubbish", [b"", b"\xff", b"[]", b'{"version":2}', b'{"version":1,"received_at":1e12}'])
def test_rubbish_in_the_store_is_replaced(
    memory_environment: Environment, store: FileStore, folder: Path, rubbish: bytes
) -> None:
    memory_environment.client(shared_store=store).invoke(lambda_uuid="x")
    for file in folder.glob("*.value"):
        file.unlink()

    class Spoiling(FileStore):
        def get(self, key: str) -> bytes | None:
            return rubbish if super().get(key) is None else super().get(key)

    spoilt = Spoiling(folder)
    assert memory_environment.client(shared_store=spoilt).invoke(lambda_uuid="x").status == 404
    assert counts(memory_environment) == (2, 2)


def test_a_process_that_died_while_it_fetched_is_waited_for_no_longer_than_its_lease(
    memory_environment: Environment, store: FileStore
) -> None:
    client = memory_environment.client(shared_store=store)
    sentinel = memory_environment.platform.account.domains["sentinel"]
    keys = domains_key(client.client.config.csds_domain, ACCOUNT), token_key(sentinel, ACCOUNT, CREDENTIALS)
    for key in keys:
        assert store.acquire(key, "a process that died", ttl_seconds=3600)
    started = memory_environment.clock.monotonic()

    assert client.invoke(lambda_uuid="x").status == 404
    assert memory_environment.clock.monotonic() - started == pytest.approx(2 * 5.0, abs=0.5)
    assert counts(memory_environment) == (1, 1)


def test_a_shared_value_survives_json() -> None:
    value = SharedValue({"a": [1, "ü"]}, 1000.5, None)
    assert decode(encode(value), 1000.0) == value
    assert "ü" not in repr(value)


def test_a_value_from_the_future_is_refused() -> None:
    assert decode(encode(SharedValue("t", 1059.0, 60.0)), 1000.0).age_seconds(1000.0) == 0
    with pytest.raises(ValueError, match="in the future"):
        decode(encode(SharedValue("t", 1061.0, 60.0)), 1000.0)


def test_clients_of_several_processes_share_one_rate_limit(memory_environment: Environment, store: FileStore) -> None:
    limit = RateLimit(per_second=0.01, burst=2)
    clients = [memory_environment.client(shared_store=store, rate_limit=limit, timeout=1) for _ in range(3)]
    for client in clients[:2]:
        assert client.invoke(lambda_uuid="x").status == 404
    with pytest.raises(FaaSInvokeError, match="rate limit lets no request go within 1 s") as late:
        clients[2].invoke(lambda_uuid="x")
    assert late.value.delivered == "no"
    assert len(memory_environment.journal.invocations) == 2


def test_a_retry_after_to_one_process_holds_the_others(memory_environment: Environment, store: FileStore) -> None:
    limit = RateLimit(per_second=100, burst=100)
    first, second = (memory_environment.client(shared_store=store, rate_limit=limit, timeout=5) for _ in range(2))
    second.call("warm_up")
    memory_environment.platform.fail_next(status=429, headers={"Retry-After": "3600"}, kind="invoke")
    with pytest.raises(FaaSInvokeError):
        first.invoke(lambda_uuid="x", fail_on_error_status_code=True)
    with pytest.raises(FaaSInvokeError, match="rate limit") as held:
        second.invoke(lambda_uuid="x")
    assert held.value.__cause__ is not None
    assert len(memory_environment.journal.invocations) == 1


def test_a_rate_limit_without_its_store_is_kept_in_the_process(memory_environment: Environment) -> None:
    client = memory_environment.client(shared_store=Failing(), rate_limit=RateLimit(per_second=0.01), timeout=1)
    assert client.invoke(lambda_uuid="x").status == 404
    with pytest.raises(FaaSInvokeError, match="rate limit"):
        client.invoke(lambda_uuid="x")
