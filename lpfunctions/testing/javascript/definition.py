"""What Node is told of a function."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http.messages import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lpfunctions.core.http.messages import HttpResponse


@dataclass(frozen=True, slots=True)
class Definition:
    """The code of one function, and what it may reach.

    Attributes:
        key: unique in this process.
        file: where its ``require`` starts to look; its name in stack traces.
        source: JavaScript.
        version: ``v1`` (callback) or ``v2`` (promise).
        environment: its variables, and none else.
        allow_hosts: where it may connect to; ``*.example.com`` for all below a domain, ``*`` for any.
        platform_hosts: hosts that lead back to its platform, beside those of LivePerson.
        handle: its platform.
    """

    key: int
    file: Path
    source: str
    version: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    allow_hosts: tuple[str, ...] = ()
    platform_hosts: tuple[str, ...] = ()
    handle: Callable[[HttpRequest], HttpResponse] | None = None

    @property
    def folder(self) -> Path:
        """The project: the folder that holds ``functions``, in which ``bin`` has the toolbelt."""
        functions = self.file.parent.parent
        return functions.parent if functions.name == "functions" else functions

    def code(self) -> dict[str, Any]:
        """Return what Node needs to read the code."""
        return {"file": str(self.file), "source": self.source, "version": self.version}

    def as_message(self) -> dict[str, Any]:
        """Return what Node needs to run it."""
        return self.code() | {
            "env": dict(self.environment),
            "folder": str(self.folder),
            "hosts": {"allowed": self.allow_hosts, "platform": self.platform_hosts},
        }

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer an HTTP request of the function to its platform; None if the connection is closed instead."""
        content = base64.b64decode(request["content"])
        asked = HttpRequest(request["method"], request["url"], request["headers"], content or None)
        if self.handle is None:
            return None
        try:
            response = self.handle(asked)
        except FaaSRequestError:
            return None
        encoded = base64.b64encode(response.content).decode()
        return {"status": response.status, "headers": dict(response.headers), "content": encoded}
