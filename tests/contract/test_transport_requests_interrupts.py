"""What a signal handler raises passes through `RequestsTransport` unchanged, and leaves nothing behind."""

from __future__ import annotations

import encodings.idna
import gc
import linecache
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from lpfunctions.adapters.blocking import http
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import post
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer
from tests.support.interrupts import traced_by
from tests.support.sizes import size
from tests.support.untraced import untraced

if TYPE_CHECKING:
    from types import FrameType

pytestmark = pytest.mark.sockets

_HOME = str(Path(http.__file__).parent)
_ONE = TransportLimits(max_connections=1)
INTERRUPTS = size(1000, 200)


def _echo(peer: Conversation) -> None:
    while (request := peer.read_request()) is not None:
        peer.send(http_answer(200, request.body))


class _Interrupt(BaseException):
    pass


class _At:
    """Raise at one line of the transport, counted as they are run."""

    def __init__(self, line: int) -> None:
        self._left = line
        self.was_raised = False

    def __call__(self, frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(_HOME):
            return None
        # The way out of a with block is traced as its first line. No signal is looked at there: the lock is let go of.
        if event == "line" and not linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith(
            "with"
        ):
            self._left -= 1
            if self._left == 0:
                self.was_raised = True
                raise _Interrupt
        return self


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # a socket that its line had not yet named
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("is_warm", [False, True], ids=["first exchange", "second exchange"])
def test_an_interrupt_at_any_line_leaves_the_one_connection_for_others(is_warm: bool) -> None:
    with ScriptedServer(_echo) as server:
        line, was_raised = 0, True
        while was_raised:
            line += 1
            interrupt = _At(line)
            transport = RequestsTransport(limits=_ONE)
            if is_warm:
                transport.send(post(server.url()))
            with suppress(_Interrupt), traced_by(interrupt):
                transport.send(post(server.url(), b"mine"))
            was_raised = interrupt.was_raised
            for body in (b"next", b"last"):
                assert transport.send(post(server.url(), body)).content == body, f"after {line} lines"
            transport.close()
        assert line > 50
        assert server.wait_until_idle()


def test_an_interrupted_wait_for_a_connection_takes_no_place_and_no_answer() -> None:
    """Who waits is interrupted again and again; the thread that has the connection gets each of its responses."""
    with ScriptedServer(_echo) as server:
        # A socket that is interrupted before its line has named it is closed by Python, which then warns.
        python = [sys.executable, "-W", "error", "-W", "ignore:unclosed:ResourceWarning"]
        done = subprocess.run(
            [*python, "-c", _WAITING, server.url(), str(INTERRUPTS)],
            env=untraced(), capture_output=True, text=True, timeout=170, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert server.wait_until_idle()


_WAITING = """
import random, signal, sys, threading
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.http.limits import TransportLimits

class Stop(BaseException): pass
KINDS = [KeyboardInterrupt, Stop, ArithmeticError, TimeoutError, ConnectionResetError, OSError, ValueError]
raised = []

def handler(number, frame):
    raised.append(random.choice(KINDS)("from the handler"))
    raise raised[-1]

transport = RequestsTransport(limits=TransportLimits(max_connections=2))

def ask(body):
    assert transport.send(HttpRequest("POST", sys.argv[1], {}, body, 20.0)).content == body

def work(name):
    number = 0
    while not stop.is_set():
        number += 1
        try:
            ask(b"%d %d" % (name, number))
        except BaseException as failure:
            failures.append(repr(failure))

stop, failures, unchanged = threading.Event(), [], 0
threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
for thread in threads:
    thread.start()
signal.signal(signal.SIGALRM, handler)
interrupts = int(sys.argv[2])
while len(raised) < interrupts:
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(0.00005, 0.003))
            ask(b"main")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as failure:
        assert failure is raised[-1], repr(failure)
        unchanged += 1
signal.signal(signal.SIGALRM, signal.SIG_IGN)
stop.set()
for thread in threads:
    thread.join()
assert not failures, failures[:3]
# A few hit the lines of this loop itself, and none is taken for something else.
assert unchanged >= 0.95 * interrupts, unchanged
ask(b"one"), ask(b"two")
transport.close()
"""


@pytest.mark.parametrize("kind", [KeyboardInterrupt, TimeoutError, ConnectionResetError, ValueError])
@pytest.mark.parametrize("with_session", [False, True], ids=["own connections", "user's session"])
def test_what_a_signal_handler_raises_while_an_answer_is_awaited_passes_unchanged(
    kind: type[BaseException], with_session: bool
) -> None:
    """`TimeoutError` too, which a socket raises as well, and which requests would wrap."""
    error = kind("from the handler")

    def handler(_number: int, _frame: object) -> None:
        raise error

    is_read, before = threading.Event(), signal.signal(signal.SIGUSR1, handler)

    def silent(peer: Conversation) -> None:
        peer.read_request()
        is_read.set()
        peer.wait_for_close()

    def interrupt() -> None:
        is_read.wait(5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    try:
        with requests.Session() as session, ScriptedServer(silent) as server, ThreadPoolExecutor(1) as thread:
            transport = RequestsTransport(session=session if with_session else None)
            thread.submit(interrupt)
            with pytest.raises(kind) as caught:
                transport.send(post(server.url()))
            assert caught.value is error
            assert server.wait_until_idle(), "its answer may still come, so the connection is closed"
            transport.close()
    finally:
        signal.signal(signal.SIGUSR1, before)


class _Encoding(HTTPAdapter):
    """An adapter whose interrupted work raises as Python's codecs do: the same class, around what was raised."""

    def send(self, *_arguments: Any, **_options: Any) -> requests.Response:
        try:
            signal.raise_signal(signal.SIGUSR1)
        except BaseException as raised:
            raise type(raised)("encoding with 'idna' codec failed") from raised
        raise AssertionError("the handler was to raise")


@pytest.mark.parametrize("kind", [_Interrupt, KeyboardInterrupt, ValueError])
def test_what_a_signal_handler_raises_in_a_codec_passes_unwrapped(kind: type[BaseException]) -> None:
    error = kind("from the handler")

    def handler(_number: int, _frame: object) -> None:
        raise error

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with requests.Session() as session:
            session.mount("http://", _Encoding())
            with pytest.raises(kind) as caught:
                RequestsTransport(session=session).send(post("http://127.0.0.1:1/"))
        assert caught.value is error
    finally:
        signal.signal(signal.SIGUSR1, before)


class _InCodec:
    """Send a signal to this process while the name of a host is encoded, which TLS does."""

    def __init__(self) -> None:
        self.has_sent = False

    def __call__(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line" and frame.f_code.co_filename == encodings.idna.__file__ and not self.has_sent:
            self.has_sent = True
            signal.raise_signal(signal.SIGUSR1)
        return self


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # ssl had not yet returned its socket
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", [_Interrupt, KeyboardInterrupt, ValueError, OSError])
def test_what_a_signal_handler_raises_while_tls_begins_passes_unwrapped(kind: type[BaseException]) -> None:
    error = kind("from the handler")

    def handler(_number: int, _frame: object) -> None:
        raise error

    in_codec, before = _InCodec(), signal.signal(signal.SIGUSR1, handler)
    with ScriptedServer(_echo, tls=certificates.server_context()) as server:
        transport = RequestsTransport(ssl_context=certificates.client_context())
        try:
            with pytest.raises(kind) as caught, traced_by(in_codec):
                transport.send(post(server.url()))
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert caught.value is error
        assert transport.send(post(server.url(), b"next")).content == b"next"
        transport.close()
    del caught
    error.__traceback__ = error.__context__ = None  # its frames hold the socket, which is to be closed now
    gc.collect()
