"""A fast server in a process of its own: nginx where it is installed, the emulator otherwise.

It answers discovery, the token endpoint and every invocation with the same small JSON, and does no work of its own, so
that what is measured is the client.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import jwt

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "12345678"
ANSWER = {"order": "A-1001", "status": "shipped", "eta_days": 2, "items": [1, 2, 3]}

_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
    client_body_buffer_size 64k;
    default_type application/json;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location ~ baseURI {{ return 200 '{domains}'; }}
        location ~ sentinel {{ return 200 '{token}'; }}
        location / {{ return 200 '{answer}'; }}
    }}
}}
"""


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(core: int | None = None) -> Iterator[tuple[str, str]]:
    """Run a server, pinned to *core*; yield its ``host:port`` and its name."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        nginx = shutil.which("nginx")
        command = _nginx(Path(folder), port, nginx) if nginx else [sys.executable, __file__, str(port)]
        with subprocess.Popen(command, preexec_fn=lambda: _pin(core)) as server:  # noqa: PLW1509 (no threads yet)
            try:
                _wait_for(port)
                yield f"127.0.0.1:{port}", "nginx" if nginx else "emulator"
            finally:
                server.terminate()


def _nginx(folder: Path, port: int, binary: str) -> list[str]:
    host = f"127.0.0.1:{port}"
    domains = [{"service": name, "account": ACCOUNT, "baseURI": host} for name in ("faasGW", "faasUI", "sentinel")]
    claims = {"iat": int(time.time()), "exp": int(time.time()) + 3600}
    token = {"access_token": jwt.encode(claims, "k" * 32), "token_type": "Bearer", "expires_in": "3599"}
    config = _NGINX.format(
        folder=folder,
        port=port,
        domains=json.dumps({"baseURIs": domains}),
        token=json.dumps(token),
        answer=json.dumps(ANSWER),
    )
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    return [binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def _pin(core: int | None) -> None:
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the server did not start")


def _emulate(port: int) -> None:
    from lpfunctions.testing import Emulator, FakePlatform

    platform = FakePlatform(account_id=ACCOUNT, journal_limit=1)

    @platform.function(name="order")
    async def order(_given: object) -> object:
        return ANSWER

    with Emulator(platform, port=port):
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    _emulate(int(sys.argv[1]))
