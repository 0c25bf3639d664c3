"""One signal that comes during a call."""

from __future__ import annotations

import os
import re
import signal
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FrameType

    from tests.signals.plan import StormSetting

_RESPONSES: Final = ("/urllib3/response.py", "/http/client.py")
_LIBRARIES: Final = re.compile("/(urllib3|requests)/")


class Interrupt:
    """One signal, and what its handler raises.

    Attributes:
        in_call: is the main thread in the call?
        raised: what the handler raised, or None as long as it has not come.
        hit: did it come during the call?
        where: the lines that it interrupted, innermost first.
        is_dropped: did it come while a response was freed? The interpreter then drops what is raised.
    """

    def __init__(self, setting: StormSetting) -> None:
        self.in_call = False
        self.raised: BaseException | None = None
        self.hit = False
        self.where = ""
        self.is_dropped = False
        self._raises = setting.raises
        self._number = signal.SIGINT if setting.kills else signal.SIGALRM
        self._sender: threading.Thread | None = None
        self._usual: Any = None
        self._over = threading.Event()
        self._kills = setting.kills

    def arm(self, seconds: float) -> None:
        """Let the signal come in *seconds*."""
        self._usual = signal.signal(self._number, self._handle)
        if self._kills:
            self._sender = threading.Thread(target=self._kill, args=(seconds,), daemon=True)
            self._sender.start()
        else:
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def disarm(self) -> None:
        """Let it come no more."""
        if self._kills:
            self._over.set()
            if self._sender is not None:
                self._sender.join()
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self._usual is not None:
            signal.signal(self._number, self._usual)

    def _kill(self, seconds: float) -> None:
        if not self._over.wait(seconds):
            os.kill(os.getpid(), self._number)

    def _handle(self, _number: int, frame: FrameType | None) -> None:
        self.hit = self.in_call
        self.where = " < ".join(
            f"{Path(at.filename).name}:{at.lineno}" for at in traceback.extract_stack(frame)[:-13:-1]
        )
        self.is_dropped = is_freeing_response(frame)
        self.raised = self._raises("the handler of a signal")
        raise self.raised


def is_freeing_response(frame: FrameType | None) -> bool:
    """Does the interpreter run *frame* to free a response of urllib3's, or that of http.client in it?

    It asks whether that is ``closed``, calls ``close`` if not, and ignores what either raises. What else calls them is
    in these libraries.
    """
    called = ""
    while frame is not None and frame.f_code.co_filename.endswith(_RESPONSES):
        called, frame = frame.f_code.co_name, frame.f_back
    is_called_from_elsewhere = frame is not None and not _LIBRARIES.search(frame.f_code.co_filename)
    return called in {"closed", "close"} and is_called_from_elsewhere
