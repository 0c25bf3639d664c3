"""The fake platform of both versions, and both frontends of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import FakePlatform
from tests.support.javascript import JavaScriptPlatform
from tests.support.platform_requests import ACCOUNT, Frontend, through_the_async_frontend, through_the_blocking_frontend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(
    params=[through_the_blocking_frontend, through_the_async_frontend],
    ids=lambda frontend: frontend.__name__.split("_")[2],
)
def frontend(request: pytest.FixtureRequest) -> Frontend:
    chosen: Frontend = request.param
    return chosen


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return FakePlatform(account_id=ACCOUNT, platform_version=request.param)


@pytest.fixture
def v1(tmp_path: Path) -> Iterator[JavaScriptPlatform]:
    platform_with_node = JavaScriptPlatform(tmp_path, platform_version="v1")
    with platform_with_node.platform:
        yield platform_with_node


@pytest.fixture
def v2(tmp_path: Path) -> Iterator[JavaScriptPlatform]:
    platform_with_node = JavaScriptPlatform(tmp_path)
    with platform_with_node.platform:
        yield platform_with_node
