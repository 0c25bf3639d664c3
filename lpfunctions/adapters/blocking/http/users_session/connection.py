"""The connection of a response over a user's session, kept from its pool until it has been looked at.

urllib3 gives a connection back while the last byte of a body is being read, and looks at its socket when it takes it
again: a response that nobody asked for, which TLS has deciphered already, is not seen there, and would be the next
caller's. Whoever has another urllib3, which does not show its pool, does without.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

    from requests import Response


class HeldConnection:
    """Holds the connection of *response* while the ``with`` block lasts; it is kept only when it `is_clean`.

    Attributes:
        is_clean: can nothing be read from it that belongs to a response? To be set by who has looked.
    """

    def __init__(self, response: Response) -> None:
        raw: Any = response.raw
        self.is_clean = False
        self._connection: Any = getattr(raw, "_connection", None)
        self._pool: Any = getattr(raw, "_pool", None)
        self._is_held = self._connection is not None and hasattr(self._pool, "_put_conn")
        if self._is_held:
            raw._connection = None

    @property
    def socket(self) -> Any:
        """Its socket; None where the response has said that it is the last."""
        return getattr(self._connection, "sock", None)

    def extra(self) -> bytes | None:
        """A byte that came behind the response; an empty one if the connection has ended; None for neither."""
        sock = self.socket
        if sock is None:
            return None
        usual = sock.gettimeout()
        sock.settimeout(0.0)
        try:
            return bytes(sock.recv(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError:
            return b""
        finally:
            sock.settimeout(usual)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_held:
            return
        try:
            if not self.is_clean:
                self._connection.close()
        finally:
            self._pool._put_conn(self._connection)
