"""A platform for functions in JavaScript, and a way to deploy one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing import FakePlatform

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions import Response
    from lpfunctions.testing import DeployedFunction

needs_node = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is missing; JavaScript functions cannot run"),
    pytest.mark.xdist_group("node"),
    pytest.mark.sockets,
]


class JavaScriptPlatform:
    """A platform, and a way to deploy one function to it."""

    def __init__(self, folder: Path, *, execution_limit_seconds: float = 5, **options: Any) -> None:
        self.folder = folder
        self.platform = FakePlatform(execution_limit_seconds=execution_limit_seconds, **options)

    def deploy(self, source: str, name: str = "f", **config: Any) -> DeployedFunction:
        write(self.folder, name, source, **config)
        return next(f for f in self.platform.deploy_folder(self.folder) if f.name == config.get("name", name))

    def invoke(self, function: DeployedFunction, payload: Any = None) -> Response:
        with self.platform.client() as client:
            return client.invoke(lambda_uuid=function.uuid, payload=payload, timestamp=7, headers={"k": "v"})


def write(folder: Path, name: str, source: str, **config: Any) -> None:
    home = folder / "functions" / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "index.js").write_text(source)
    if config:
        (home / "config.json").write_text(json.dumps(config))


def code_of(response: Response) -> str:
    assert response.status == 901
    code: str = response.body.get("code") or response.body.get("errorCode")
    return code.rpartition(".")[2]
