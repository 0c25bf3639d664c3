"""Which call a response or a failure belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from lpfunctions.core.operation_table import OperationSpec


class Origin(NamedTuple):
    """Which call a response or a failure belongs to.

    Attributes:
        spec: the operation.
        noun, name: what it was about: ``function``, ``a1b2``.
        account_id: the account.
        request_id: the ``X-Request-ID`` of all attempts.
    """

    spec: OperationSpec
    noun: str
    name: str | None
    account_id: str
    request_id: str

    @property
    def heading(self) -> str:
        """What was asked, for messages: ``invoke of function 'a1b2'``, ``get_functions``."""
        return self.spec.name if self.name is None else f"{self.spec.name} of {self.noun} {quoted(self.name)}"
