"""A web service for many accounts: one client, and for each account a client on the same connections.

pip install lpfunctions fastapi uvicorn

``SHOP_ACCOUNTS`` names a JSON file: ``{"456": {"client_id": "…", "client_secret": "…"}, …}``. The environment also has
what `AsyncClient.from_env` reads: the account of the service itself. Start it with ``uvicorn service:app``, and
``POST /accounts/456/functions/<uuid>`` invokes a function of that account with the body as its payload.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from lpfunctions import AsyncClient, ClientCredentials, FaaSError


class Accounts:
    """The clients of the accounts, each made when it is first asked for, and kept: it keeps a token."""

    def __init__(self, client: AsyncClient, credentials: Mapping[str, ClientCredentials]) -> None:
        self._client = client
        self._credentials = credentials
        self._clients: dict[str, AsyncClient] = {}

    def client_of(self, account_id: str) -> AsyncClient:
        """Return the client of an account; KeyError for one that the file does not have."""
        if account_id not in self._clients:
            credentials = self._credentials[account_id]
            self._clients[account_id] = self._client.for_account(account_id, auth_strategy=credentials)
        return self._clients[account_id]


def credentials_in(file: Path) -> dict[str, ClientCredentials]:
    """Read the credentials of the accounts."""
    listed: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return {account_id: ClientCredentials(**given) for account_id, given in listed.items()}


@asynccontextmanager
async def lifespan(service: FastAPI) -> AsyncIterator[None]:
    """Open the connections when the service starts, and close them when it ends."""
    async with AsyncClient.from_env() as client:
        service.state.accounts = Accounts(client, credentials_in(Path(os.environ["SHOP_ACCOUNTS"])))
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/accounts/{account_id}/functions/{uuid}")
async def invoke(request: Request, account_id: str, uuid: str, payload: Any = Body(None)) -> Any:  # noqa: B008
    """Run a function of an account, and answer what it returned."""
    accounts: Accounts = request.app.state.accounts
    try:
        client = accounts.client_of(account_id)
    except KeyError:
        raise HTTPException(404, "no such account") from None
    response = await client.invoke(lambda_uuid=uuid, payload=payload, fail_on_error_status_code=True)
    return response.body


@app.exception_handler(FaaSError)
async def failed(_request: Request, error: FaaSError) -> JSONResponse:
    """Say what failed, whether to try again, and whether the function may have run."""
    headers = {} if error.retry_after is None else {"Retry-After": f"{error.retry_after:.0f}"}
    shown = {"error": type(error).__name__, "code": error.error_code, "request_id": error.request_id}
    # Proxies and clients repeat a request that is answered 503: right only where the function did not run.
    status = 503 if error.retryable and error.delivered == "no" else 502
    return JSONResponse({**shown, "may_have_run": error.delivered != "no"}, status, headers=headers)
