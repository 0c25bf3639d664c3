"""The state of a platform at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.testing.platform.service import Service


class Snapshot:
    """What `FakePlatform.snapshot` returned, for `FakePlatform.restore` of the same platform."""

    def __init__(self, service: Service, restore: Callable[[], None]) -> None:
        self._service = service
        self._restore = restore

    def restore(self, service: Service) -> None:
        """Put *service* into this state.

        Raises:
            FaaSConfigurationError: the snapshot is of another platform.
        """
        if service is not self._service:
            raise FaaSConfigurationError(
                "the snapshot is of another platform; restore() takes what its own snapshot() returned"
            )
        self._restore()
