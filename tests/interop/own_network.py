"""Give a driver a network of its own, as the kernel's namespaces allow, and hand its two listening sockets out.

Run inside ``unshare --net --mount``: nothing but this machine can be reached, every LivePerson host is on it, and
the platform waits on ports 80 and 443. The sockets keep their network when another process serves them.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x41


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def main(channel: int, hosts: Path, command: list[str]) -> None:
    raise_loopback()
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    listeners = [socket.create_server(("127.0.0.1", port)) for port in (80, 443)]
    with socket.socket(fileno=channel) as parent:
        socket.send_fds(parent, [b"."], [listener.fileno() for listener in listeners])
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
