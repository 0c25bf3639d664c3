"""What is interrupted, and by what."""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple


class Stop(BaseException):
    """As ``gevent.Timeout``: not an ``Exception``, and no library's."""


class SoftTimeLimit(Exception):  # noqa: N818 (as Celery's SoftTimeLimitExceeded)
    """An ``Exception`` that no library knows."""


class StormSetting(NamedTuple):
    """What is interrupted, and by what.

    Attributes:
        is_tls: over TLS?
        own_session: with a session of the user's (``session=``)?
        is_cold: a new client, without hosts and token, every few calls?
        raises: what the handler raises.
        kills: a SIGINT that another thread sends, or a SIGALRM of the process's own timer?
    """

    is_tls: bool
    own_session: bool
    is_cold: bool
    raises: type[BaseException]
    kills: bool

    def __str__(self) -> str:
        words = (
            "TLS" if self.is_tls else "plain",
            "session=" if self.own_session else "own pool",
            "cold" if self.is_cold else "warm",
            self.raises.__name__,
            "SIGINT" if self.kills else "SIGALRM",
        )
        return ", ".join(words)


_FLAGS: Final = (False, True)
SETTINGS: Final = [
    StormSetting(*values)
    for values in product(_FLAGS, _FLAGS, _FLAGS, (KeyboardInterrupt, Stop, SoftTimeLimit), _FLAGS)
]
