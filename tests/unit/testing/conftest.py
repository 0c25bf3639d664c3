"""The fake platform of both generations, and both doors to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import FakePlatform
from tests.support.javascript import Stage
from tests.support.platform_requests import ACCOUNT, Door, through_the_awaiting_door, through_the_blocking_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(
    params=[through_the_blocking_door, through_the_awaiting_door], ids=lambda door: door.__name__.split("_")[2]
)
def door(request: pytest.FixtureRequest) -> Door:
    chosen: Door = request.param
    return chosen


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return FakePlatform(account_id=ACCOUNT, platform_version=request.param)


@pytest.fixture
def v1(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path, platform_version="v1")
    with stage.platform:
        yield stage


@pytest.fixture
def v2(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    with stage.platform:
        yield stage
