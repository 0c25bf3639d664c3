"""Contenders take turns fairly."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from benchmarks.turns import orders


@pytest.mark.parametrize("names", ["a", "ab", "abc", "abcd", "abcdef"])
def test_everybody_runs_in_every_place_equally_often(names: str) -> None:
    rows = orders(names)
    assert all(sorted(row) == sorted(names) for row in rows)
    assert len(set(Counter((place, name) for row in rows for place, name in enumerate(row)).values())) == 1


@pytest.mark.parametrize("names", ["ab", "abc", "abcd", "abcdef"])
def test_everybody_follows_everybody_else_equally_often(names: str) -> None:
    neighbours = Counter(pair for row in orders(names) for pair in pairwise(row))
    assert len(neighbours) == len(names) * (len(names) - 1)
    assert len(set(neighbours.values())) == 1
