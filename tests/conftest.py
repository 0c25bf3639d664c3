"""Fixtures that several suites share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.rigs import RIGS, Rig, rigs

if TYPE_CHECKING:
    from collections.abc import Iterator

# `make test`, `make fuzz` and `make mutants`; a test that says how many examples it needs is left alone.
settings.register_profile("ci", max_examples=500, deadline=None)
settings.register_profile("fuzz", max_examples=10_000, deadline=None)
settings.register_profile("mutants", max_examples=50, deadline=None)
settings.load_profile("ci")


@pytest.fixture(params=["v1", "v2"])
def platform_version(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, platform_version: str) -> Iterator[Rig]:
    """Both generations on all four rigs."""
    yield from rigs(request.param, platform_version)


@pytest.fixture(params=RIGS)
def v1_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from rigs(request.param, "v1")


@pytest.fixture(params=RIGS)
def v2_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from rigs(request.param, "v2")
