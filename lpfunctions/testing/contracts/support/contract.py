"""What all contract suites share: cases that an adapter declares as impossible, and words for a case that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest

if TYPE_CHECKING:
    from types import FunctionType

UNSUPPORTED: Final = "unsupported: "
"""What the reason of an expected failure begins with."""


class Contract:
    """Base class of the suites.

    Attributes:
        unsupported: cases that the library under the adapter cannot do, each with the reason:
            ``{"test_the_case": "why"}``, or ``{"test_the_case[parameter]": "why"}`` for one of its variants. They run,
            are expected to fail, and are listed in the report; one that passes after all fails the run.
    """

    unsupported: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, why in cls.unsupported.items():
            if not hasattr(cls, name.partition("[")[0]):
                raise TypeError(f"{cls.__name__}.unsupported names {name!r}, and the contract has no such case")
            if not why:
                raise TypeError(f"{cls.__name__}.unsupported must say why {name!r} cannot be done")

    @pytest.fixture(autouse=True)
    def _expect_unsupported(self, request: pytest.FixtureRequest) -> None:
        case: pytest.Function = request.node
        why = self.unsupported.get(case.name)
        # Of a name without brackets some variants may pass.
        is_exact = why is not None
        why = why or self.unsupported.get(case.originalname)
        if why is not None:
            case.add_marker(pytest.mark.xfail(reason=UNSUPPORTED + why, strict=is_exact))


def explained(suite: type[Contract], case: FunctionType, name: str) -> str:
    """Return in words what the case called *name* asks for, and how to say that a library cannot do it."""
    sentence = case.__name__.removeprefix("test_").replace("_", " ")
    lines = [f"The contract asks for: {sentence}."]
    home = next((base for base in suite.__mro__ if case.__name__ in vars(base)), suite)
    lines += [_first_paragraph(part) for part in (case.__doc__, home.__doc__) if part]
    lines.append(
        f'If the library under your adapter cannot do this, say so in its suite: unsupported = {{"{name}": "why"}}'
    )
    return "\n".join(lines)


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().partition("\n\n")[0].split())
