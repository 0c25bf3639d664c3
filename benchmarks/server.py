"""A fast server in a process of its own: nginx where it is installed, a stand-in otherwise.

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
    from collections.abc import Generator

_STARTS_WITHIN_SECONDS = 60.0

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
        {locations}
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
def apart() -> Generator[tuple[str, str]]:
    """Run a server on a core of its own and the caller on another, where there are two; yield as `serving` does."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    ours, its = cores[:2] if len(cores) > 1 else (None, None)
    with serving(its) as served:
        _pin({ours})
        try:
            yield served
        finally:
            _pin(set(cores))


@contextmanager
def serving(core: int | None = None) -> Generator[tuple[str, str]]:
    """Run a server, pinned to *core*; yield its ``host:port`` and its name."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        nginx = shutil.which("nginx")
        command = (
            _nginx(Path(folder), port, nginx) if nginx else [sys.executable, "-m", "benchmarks.stand_in", str(port)]
        )
        with subprocess.Popen(command, preexec_fn=lambda: _pin({core})) as server:  # noqa: PLW1509 (no threads yet)
            try:
                wait_for(port)
                yield f"127.0.0.1:{port}", "nginx" if nginx else "stand-in"
            finally:
                server.terminate()


def answers(host: str) -> dict[str, str]:
    """JSON, by what is in the path; the first that fits."""
    domains = [{"service": name, "account": ACCOUNT, "baseURI": host} for name in ("faasGW", "faasUI", "sentinel")]
    claims = {"iat": int(time.time()), "exp": int(time.time()) + 3600}
    token = {"access_token": jwt.encode(claims, "k" * 32), "token_type": "Bearer", "expires_in": "3599"}
    found = {"baseURI": {"baseURIs": domains}, "sentinel": token, "/": ANSWER}
    return {part: json.dumps(answer) for part, answer in found.items()}


def _nginx(folder: Path, port: int, binary: str) -> list[str]:
    canned = answers(f"127.0.0.1:{port}")
    locations = "\n        ".join(f"location ~ {part} {{ return 200 '{body}'; }}" for part, body in canned.items())
    config = _NGINX.format(folder=folder, port=port, locations=locations)
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    return [binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def _pin(cores: set[int | None]) -> None:
    known = {core for core in cores if core is not None}
    if known:
        os.sched_setaffinity(0, known)


def wait_for(port: int) -> None:
    """Return when somebody listens on *port*."""
    end = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the server did not start")
