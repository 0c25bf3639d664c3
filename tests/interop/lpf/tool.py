"""LivePerson's command-line tool in a project of its own, at a platform of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.interop.peers import HERE, node

if TYPE_CHECKING:
    from tests.interop.peers import Peer

PACKAGE = HERE / "lpf" / "node_modules" / "liveperson-functions-cli"
VERSION = "1.31.13"


class Ran(NamedTuple):
    """How a command ended.

    Attributes:
        status: its exit status.
        output: what it printed.
        kinds: the kinds of requests that the platform saw, without those that ask where to and whether the login lasts.
    """

    status: int
    output: str
    kinds: list[str]


class Lpf:
    """The tool, with a home and a login of its own."""

    def __init__(self, peer: Peer, folder: Path, *, own_network: bool) -> None:
        self._peer = peer
        self.project = folder / "project"
        # `lpf init` makes this folder and fills it by npm; the commands only look whether it is there.
        (self.project / "bin").mkdir(parents=True)
        (self.project / "functions").mkdir()
        home = folder / "home"
        cache = home / "cache" / "liveperson-functions-cli"
        cache.mkdir(parents=True)
        # It asks npm's registry for a newer version, unless it has done so lately.
        (cache / "version").write_text(json.dumps({"latest": VERSION, "current": VERSION}))
        preload = {} if own_network else {"NODE_OPTIONS": f"--require {HERE / 'ports.cjs'}"}
        self._environment = {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "TMPDIR": str(home),
            **preload,
        }

    def run(self, *arguments: str) -> Ran:
        """Run ``lpf`` with *arguments* in the project."""
        command = [node() or "node", str(PACKAGE / "bin" / "run"), *arguments]
        called = self._peer.call(command=command, folder=str(self.project), environment=self._environment)
        kinds: list[str] = [record.kind for record in called.requests if record.kind not in {"discovery", "session"}]
        output = f"{called.outcome['output']}{called.outcome['errors']}"
        return Ran(called.outcome["status"], output, kinds)

    def write(self, name: str, code: str) -> None:
        """Replace the code of the function *name*."""
        (self.project / "functions" / name / "index.js").write_text(code)

    def read(self, name: str, file: str) -> str:
        """Return the text of a file of the function *name*."""
        return (self.project / "functions" / name / file).read_text()
