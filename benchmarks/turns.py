"""In which order contenders take turns, so that nobody always runs first, or always after the same neighbour."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def orders(names: Sequence[T]) -> list[list[T]]:
    """Orders of *names* in which, taken together, each has each place, and follows each other one, equally often.

    As many orders as there are names, twice as many for an odd number. Source: E. J. Williams, "Experimental designs
    balanced for the estimation of residual effects of treatments", 1949.
    """
    count = len(names)
    zigzag = [place // 2 if place % 2 == 0 else count - 1 - place // 2 for place in range(count)]
    rows = [[names[(place + shift) % count] for place in zigzag] for shift in range(count)]
    return rows if count % 2 == 0 else rows + [row[::-1] for row in rows]
