"""A system without what only POSIX, or only Linux, has: run as a program, before anything of the package is imported.

``python bare_system.py PROGRAM``: *PROGRAM* is run on it. What the standard library and aiohttp need is imported first:
on such a system they have code of their own.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import multiprocessing
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
import warnings
from typing import Any, NoReturn

import aiohttp.web
import requests

_IMPORTED_BEFORE = (aiohttp.web, multiprocessing, requests, subprocess)

MISSING: dict[Any, tuple[str, ...]] = {
    os: (
        "register_at_fork", "fork", "forkpty", "getuid", "geteuid", "getppid", "sched_getaffinity", "wait", "uname",
        "killpg", "setsid", "posix_spawn", "pread", "pwrite", "openpty",
    ),
    time: ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC", "CLOCK_REALTIME", "clock_gettime", "clock_gettime_ns", "tzset"),
    selectors: ("PollSelector", "EpollSelector"),
    select: ("poll", "epoll", "EPOLLIN", "POLLIN"),
    signal: (
        "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGSTOP", "SIGCONT", "SIGALRM", "SIGPIPE", "SIGCHLD", "setitimer",
        "alarm", "pthread_sigmask", "pthread_kill", "sigwait",
    ),
    socket: (
        "AF_UNIX", "SO_REUSEPORT", "TCP_KEEPIDLE", "TCP_USER_TIMEOUT", "TCP_QUICKACK", "MSG_DONTWAIT", "MSG_NOSIGNAL",
        "send_fds", "recv_fds",
    ),
}  # fmt: skip

MODULES = ("fcntl", "pwd", "grp", "resource", "termios", "uvloop")


NO_METHODS = (
    "add_reader", "remove_reader", "add_writer", "add_signal_handler", "remove_signal_handler",
    "create_unix_connection", "create_unix_server",
)  # fmt: skip


class ProactorLike(asyncio.SelectorEventLoop):
    """Lacks what the event loop of Windows lacks, for everybody but asyncio itself."""

    def remove_writer(self, fd: Any) -> bool:
        caller = inspect.stack(0)[1].frame
        if caller.f_globals["__name__"].startswith("asyncio."):
            return super().remove_writer(fd)
        raise NotImplementedError


def lacking(*_arguments: object, **_options: object) -> NoReturn:
    raise NotImplementedError


class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return ProactorLike(selectors.SelectSelector())


def make_bare() -> None:
    # What the standard library itself uses elsewhere; the socketpair of Windows has no AF_UNIX either.
    selectors.__dict__["DefaultSelector"] = selectors.SelectSelector
    socket.__dict__["socketpair"] = functools.partial(socket.socketpair, socket.AF_UNIX)
    for module, names in MISSING.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment] # as import does for what cannot be imported
    for name in NO_METHODS:
        setattr(ProactorLike, name, lacking)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(Policy())  # pyright: ignore[reportDeprecated] (from 3.14 on)


if __name__ == "__main__":
    make_bare()
    runpy.run_path(sys.argv[1], run_name="__main__")
