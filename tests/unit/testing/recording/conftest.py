"""The platform that is recorded, and the cassette it is recorded to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cassettes import greeting_platform

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing import FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    return greeting_platform()


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return tmp_path / "cassettes" / "greeting.json"
