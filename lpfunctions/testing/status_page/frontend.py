"""The paths of the emulator that are not the platform's: the page itself, and invoking by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote

from pydantic_core import from_json, to_json

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.platform.hosts import GATEWAY_SERVICE
from lpfunctions.testing.platform.requests.responses import answer
from lpfunctions.testing.status_page.view import INVOKE_PATH, page, shown_result

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform import Account, FakePlatform
    from lpfunctions.testing.platform.functions.runner import FunctionRunner

_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


class StatusPage:
    """The page of one emulator."""

    def __init__(self, platform: FakePlatform, runner: FunctionRunner) -> None:
        """Show *platform*; invocations by hand use *runner*."""
        self._platform = platform
        self._runner = runner

    @staticmethod
    def owns(target: str) -> bool:
        """Return whether *target*, the path with its query, belongs to the page and not to the platform."""
        return target in {"/", INVOKE_PATH}

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request for a target that the page owns. Nothing of it is noted in the journal but invocations."""
        is_invoke = request.url.endswith(INVOKE_PATH)
        allowed = ("POST",) if is_invoke else ("GET", "HEAD")
        if request.method not in allowed:
            return answer(405, b"", {"allow": ", ".join(allowed)})
        origin = _origin(request.url)
        if not is_invoke:
            return answer(200, page(self._platform, origin), _HEADERS)
        if _is_of_another_page(request, origin):
            return answer(403, b"only the emulator's own page may invoke functions", {"content-type": "text/plain"})
        form = parse_qs((request.content or b"").decode(errors="replace"), keep_blank_values=True)
        return await self._invoke(form, origin)

    async def _invoke(self, form: dict[str, list[str]], origin: str) -> HttpResponse:
        fields = {name: values[0] for name, values in form.items()}
        account = self._platform.accounts.get(fields.get("account", ""))
        if account is None:
            return answer(404, b"there is no such account", {"content-type": "text/plain"})
        try:
            payload = from_json(fields.get("payload") or "null")
        except ValueError as broken:
            return answer(400, f"the payload is no JSON: {broken}".encode(), {"content-type": "text/plain"})
        uuid = fields.get("function", "")
        started = time.perf_counter()
        answered = await self._platform.serve(self._request(account, uuid, payload), self._runner)
        result = shown_result(account.functions.get(uuid), answered, time.perf_counter() - started)
        return answer(200, page(self._platform, origin, result), _HEADERS)

    def _request(self, account: Account, uuid: str, payload: object) -> HttpRequest:
        token = self._platform.issue_token(account_id=account.account_id)
        path = f"/api/account/{account.account_id}/lambdas/{quote(uuid, safe='')}/invoke"
        return HttpRequest(
            "POST",
            f"https://{account.domains[GATEWAY_SERVICE]}{path}?v=1&externalSystem=emulator",
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "LP-EventSource": "emulator"},
            to_json({"timestamp": int(self._platform.clock.now() * 1000), "headers": [], "payload": payload}),
        )


def _origin(url: str) -> str:
    """Return scheme, host and port of *url*."""
    return "/".join(url.split("/", 3)[:3])


def _is_of_another_page(request: HttpRequest, origin: str) -> bool:
    """Return whether a browser sent *request* for another page than that of *origin*."""
    fetch_site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return fetch_site not in {"same-origin", "none"} or request.headers.get("Origin", origin) != origin
