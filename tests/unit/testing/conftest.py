"""The fake platform of both generations, and both doors to it."""

from __future__ import annotations

import pytest

from lpfunctions.testing import FakePlatform
from tests.doors import ACCOUNT, Door, through_the_awaiting_door, through_the_blocking_door


@pytest.fixture(
    params=[through_the_blocking_door, through_the_awaiting_door], ids=lambda door: door.__name__.split("_")[2]
)
def door(request: pytest.FixtureRequest) -> Door:
    chosen: Door = request.param
    return chosen


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    return FakePlatform(account_id=ACCOUNT, platform_version=request.param)
