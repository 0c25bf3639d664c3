"""Every part of `make figures` runs: a benchmark that has fallen behind the code it measures is found here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks import cases, large, locks, scaling, versions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", cases.CASES)
def test_every_case_runs(name: str) -> None:
    assert cases.CASES[name](2) > 0


def test_locks_are_counted() -> None:
    found = locks.measure(3)
    assert found.warm == 0 < found.cold


def test_a_call_of_many_accounts_and_one_with_a_large_body_are_timed() -> None:
    client = scaling.cached_client(1)
    assert scaling.of_accounts(client, 3) > 0
    assert scaling.with_body(client, 1_000_000) > scaling.with_body(client, 1000) > 0


def test_a_version_counts_once_its_environment_is_complete(tmp_path: Path) -> None:
    for name in (".venv-3.97", ".venv-3.98", ".venv-lowest"):
        (tmp_path / name).mkdir()
    (tmp_path / ".venv-3.97" / "bare-ready").touch()
    (tmp_path / ".venv-lowest" / "ready").touch()
    assert set(versions.interpreters(tmp_path)) - set(versions.interpreters(tmp_path / "none")) == {"3.97"}


@pytest.mark.sockets
def test_large_bodies_are_sent_and_received() -> None:
    with large.serving() as url:
        both = [large.blocking(url, 200_000), asyncio.run(large.awaiting(url, 200_000))]
    assert [each.body_bytes for each in both] == [200_000] * 2
    assert all(each.peak_bytes >= 0 for each in both)
    assert [each.held_milliseconds is None for each in both] == [True, False]
