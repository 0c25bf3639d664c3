"""Ask an emulator over plain ``http.client``, without any code of the library."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lpfunctions.testing import Emulator


def exchange(
    emulator: Emulator, method: str, target: str, content: bytes | None = None, **headers: str
) -> tuple[int, str, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(emulator.host, timeout=10)
    try:
        connection.request(method, target, content, headers)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return response.status, response.reason, fields, response.read()
    finally:
        connection.close()
