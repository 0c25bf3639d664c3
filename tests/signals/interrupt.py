"""One signal that comes during a call."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

    from tests.signals.plan import StormSetting


class Interrupt:
    """One signal, and what its handler raises.

    Attributes:
        in_call: is the main thread in the call?
        raised: what the handler raised, or None as long as it has not come.
        hit: did it come during the call?
        where: the lines that it interrupted, innermost first.
    """

    def __init__(self, setting: StormSetting) -> None:
        self.in_call = False
        self.raised: BaseException | None = None
        self.hit = False
        self.where = ""
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
        self.raised = self._raises("the handler of a signal")
        raise self.raised
