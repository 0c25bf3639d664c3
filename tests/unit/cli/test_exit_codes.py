"""One table of exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lpfunctions.bulk.kinds import KINDS
from lpfunctions.cli.exit_codes import BY_KIND, gravest

if TYPE_CHECKING:
    from lpfunctions.bulk import Kind


def test_every_kind_has_its_code() -> None:
    assert tuple(BY_KIND) == KINDS


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({}, 0),
        ({"ok": 5}, 0),
        ({"ok": 5, "function": 1, "usage": 0}, 1),
        ({"function": 3, "usage": 1}, 2),
        ({"usage": 3, "platform": 1}, 3),
        ({"platform": 3, "unknown": 1}, 5),
        ({"network": 3, "authentication": 1}, 4),
    ],
)
def test_a_run_ends_with_the_gravest_of_its_records(counts: dict[Kind, int], code: int) -> None:
    assert gravest(counts) == code
