"""The response of a listing: a response that is also the sequence of the functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from lpfunctions.core.errors import FaaSOperationError
from lpfunctions.core.responses.response import Response

if TYPE_CHECKING:
    from lpfunctions.core.responses.models import FunctionInfo


class FunctionList(Response, Sequence["FunctionInfo"]):
    """The functions of an account, as a `Response` and as a sequence.

    ``for function in client.get_functions(): print(function.name, function.state)``

    Reading an item of a response with an error status raises what ``raise_for_status()`` would raise.
    """

    __slots__ = ("_items",)

    def __init__(self, **answer: Any) -> None:
        super().__init__(**answer)
        self._items: list[FunctionInfo] | None = None

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """All but the functions, which are read again."""
        _, state = super().__getstate__()
        return None, state | {"_items": None}

    @property
    def items(self) -> list[FunctionInfo]:
        """The functions.

        Raises:
            FaaSOperationError: the status is an error, or the body is no list of functions.
        """
        if self._items is None:
            from lpfunctions.core.responses.models import FunctionInfo

            self._items = self.parse(list[FunctionInfo])
        return self._items

    @overload
    def __getitem__(self, index: int) -> FunctionInfo: ...
    @overload
    def __getitem__(self, index: slice) -> list[FunctionInfo]: ...
    def __getitem__(self, index: int | slice) -> FunctionInfo | list[FunctionInfo]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        """Does it hold a function? Never raises: a response that is an error, or no list, holds none."""
        try:
            return len(self) > 0
        except FaaSOperationError:
            return False
