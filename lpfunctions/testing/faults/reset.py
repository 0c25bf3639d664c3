"""Make closing a socket send a RST instead of a FIN."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Final

# struct linger: two ints on POSIX, two unsigned shorts on Windows. On, and with no time at all.
_LINGER_NOT: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def reset_on_close(connection: socket.socket) -> None:
    """Have *connection* reset when it is closed.

    Raises:
        OSError: it is closed already.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
