"""Calls of our client: one JSON line in, one JSON line out, a fresh client for each. The counterpart of node_driver."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from typing import Any

from lpfunctions import AsyncClient, Client, ClientCredentials, FaaSError, FunctionList, Response


def shown(result: object) -> dict[str, Any]:
    if isinstance(result, Response | FunctionList):
        return {"status": result.status, "ok": result.ok, "body": result.body}
    return {"value": result}


def answer(config: dict[str, Any], operation: str, call: dict[str, Any]) -> dict[str, Any]:
    credentials = ClientCredentials(**config.pop("auth_strategy"))
    with Client(auth_strategy=credentials, **config) as client:
        try:
            return shown(getattr(client, operation)(**call))
        except FaaSError as error:
            return {"error": type(error).__name__}


async def answer_async(config: dict[str, Any], operation: str, call: dict[str, Any]) -> dict[str, Any]:
    credentials = ClientCredentials(**config.pop("auth_strategy"))
    async with AsyncClient(auth_strategy=credentials, **config) as client:
        try:
            return shown(await getattr(client, operation)(**call))
        except FaaSError as error:
            return {"error": type(error).__name__}


def redirect_ports(ports: dict[str, int]) -> None:
    """The counterpart of ports.cjs: every host is this machine, on other ports."""
    ask: Any = socket.getaddrinfo

    def answer(_host: object, port: object, *rest: Any, **more: Any) -> Any:
        return ask("127.0.0.1", ports.get(str(port), port), *rest, **more)

    setattr(socket, "getaddrinfo", answer)  # noqa: B010 (its type has more overloads than matter here)


def main() -> None:
    if "PORTS" in os.environ:
        redirect_ports(json.loads(os.environ["PORTS"]))
    for line in sys.stdin:
        call = json.loads(line)
        made = asyncio.run(answer_async(**call)) if "async" in sys.argv else answer(**call)
        print(json.dumps(made), flush=True)  # noqa: T201 (its answer)


if __name__ == "__main__":
    main()
