"""The paths of the emulator that belong to the page: the page itself, what it is made of, and what its forms do."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl
from uuid import uuid4

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.other_pages import is_of_another_page
from lpfunctions.testing.platform.requests.responses import answer
from lpfunctions.testing.status_page.fault_form import FaultForm
from lpfunctions.testing.status_page.invocation import FieldError, InvocationForm
from lpfunctions.testing.status_page.names import title_of
from lpfunctions.testing.status_page.snippets import as_curl, as_python
from lpfunctions.testing.status_page.views.calls import CallRows
from lpfunctions.testing.status_page.views.invoke import Result, shown_result
from lpfunctions.testing.status_page.views.page import Filled, Where, page
from lpfunctions.testing.status_page.views.parts import BASE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform import Account, FakePlatform, RecordedRequest
    from lpfunctions.testing.platform.functions.runner import FunctionRunner

    Fields = Mapping[str, str]

_SAFE: Final = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",  # with less, browsers send the Origin "null" with a form
    "x-content-type-options": "nosniff",
}
_HTML: Final = _SAFE | {"content-type": "text/html; charset=utf-8"}
_TEXT: Final = _SAFE | {"content-type": "text/plain; charset=utf-8"}
_ASSETS: Final = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOLDER: Final = Path(__file__).with_name("assets")
_NOT_REPEATED: Final = frozenset({"authorization", "connection", "content-length", "dpop", "host", "x-request-id"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for the page: its path, its fields, and the address that it was sent to."""

    path: str
    fields: Fields
    origin: str


class StatusPage:
    """The page of one emulator."""

    def __init__(
        self, platform: FakePlatform, runner: FunctionRunner, addresses: Callable[[str], Sequence[str]]
    ) -> None:
        """Show *platform*; invocations by hand use *runner*.

        Args:
            platform: the platform.
            runner: of the emulator.
            addresses: given the address of the page, returns all that the emulator serves at.
        """
        self._platform = platform
        self._runner = runner
        self._addresses = addresses
        self._rows = CallRows()
        self._actions: dict[str, Callable[[_Asked], Awaitable[HttpResponse]]] = {
            "/invoke": self._invoke,
            "/replay": self._replay,
            "/faults/save": self._save_fault,
            "/faults/remove": self._remove_fault,
            "/faults/clear": self._clear_faults,
        }

    @staticmethod
    def owns(target: str) -> bool:
        """Return whether *target*, the path with its query, belongs to the page and not to the platform."""
        return target.partition("?")[0] == "/" or target.startswith(f"{BASE}/")

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request for a target that the page owns. Nothing of it is noted in the journal but invocations."""
        target, _, query = request.url.partition("?")
        origin = "/".join(target.split("/", 3)[:3])
        path = target[len(origin) :].removeprefix(BASE)
        action = self._actions.get(path)
        allowed = ("GET", "HEAD") if action is None else ("POST",)
        if request.method not in allowed:
            return answer(405, b"", {"allow": ", ".join(allowed)})
        if action is None:
            return self._read(_Asked(path, _fields(query), origin), request.headers)
        if is_of_another_page(request, origin):
            return _told(403, "only the emulator's own page may do that")
        return await action(_Asked(path, _fields((request.content or b"").decode(errors="replace")), origin))

    # -- what is read --

    def _read(self, asked: _Asked, headers: Mapping[str, str]) -> HttpResponse:
        if asked.path == "/":
            return self._page(asked, self._filled(asked.fields), known=headers.get("If-None-Match"))
        name = asked.path.removeprefix("/")
        if name in _ASSETS:
            return answer(200, (_FOLDER / name).read_bytes(), _SAFE | {"content-type": _ASSETS[name]})
        return self._snippet(asked)

    def _filled(self, fields: Fields) -> Filled:
        record = self._record(fields.get("call", ""))
        fault = next((one for one in self._platform.faults.waiting() if str(one.number) == fields.get("fault")), None)
        if record is not None:
            invocation = InvocationForm.of_record(record)
        else:
            invocation = InvocationForm(function=fields.get("function", ""))
        return Filled(invocation, FaultForm.of_fault(fault) if fault else FaultForm())

    def _page(self, asked: _Asked, filled: Filled, status: int = 200, known: str | None = None) -> HttpResponse:
        where = Where(asked.origin, self._addresses(asked.origin), self._runner.is_every_host)
        content = page(self._platform, where, filled, self._rows)
        tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        if known == tag:
            return answer(304, b"", _HTML | {"etag": tag})
        return answer(status, content, _HTML | {"etag": tag})

    def _snippet(self, asked: _Asked) -> HttpResponse:
        parts = asked.path.split("/")
        record = self._record(parts[2]) if len(parts) == 4 and parts[1] == "calls" else None
        account = self._account_of(record)
        written = {"curl": as_curl, "python": as_python}.get(parts[-1])
        if record is None or account is None or written is None:
            return _told(404, "there is no such invocation, or it is no longer in the journal")
        return answer(200, written(record, account, asked.origin).encode(), _TEXT)

    # -- what is done --

    async def _invoke(self, asked: _Asked) -> HttpResponse:
        form = InvocationForm.of_fields(asked.fields)
        try:
            account, request = form.request(self._platform.accounts, asked.origin, self._platform.clock.now())
        except FieldError as error:
            return self._page(asked, Filled(form.with_error(error)), status=422)
        return self._page(asked, Filled(form, result=shown_result(await self._served(account, request))))

    async def _replay(self, asked: _Asked) -> HttpResponse:
        record = self._record(asked.fields.get("call", ""))
        account = self._account_of(record)
        if record is None or account is None:
            return _told(404, "there is no such invocation, or it is no longer in the journal")
        target = record.url.partition("://")[2].partition("/")[2]
        headers = {name: value for name, value in record.headers.items() if name not in _NOT_REPEATED}
        request = HttpRequest("POST", f"{asked.origin}/{target}", headers, record.body)
        form = InvocationForm.of_record(record)
        return self._page(asked, Filled(form, result=shown_result(await self._served(account, request))))

    async def _served(self, account: Account, request: HttpRequest) -> Result:
        """Send *request* with a token of *account*, as a client would."""
        request_id = str(uuid4())
        token = self._platform.issue_token(account_id=account.account_id)
        signed = {**request.headers, "Authorization": f"Bearer {token}", "X-Request-ID": request_id}
        status, reason, content = None, "", b""
        started = time.perf_counter()
        try:
            response = await self._platform.serve(request._replace(headers=signed), self._runner)
            status, reason, content = response.status, response.reason, response.content
        except FaaSRequestError as cut:
            reason = f"A fault cut the connection off: {cut}"
        seconds = time.perf_counter() - started
        records = self._platform.requests.attempts(request_id)
        if not records:  # the journal is full already
            return Result("Invoked", status, reason, content, seconds, (), None)
        record = records[-1]
        title = title_of(record, self._platform.accounts)
        return Result(title, status, reason, content, seconds, list(record.logs), record.number)

    async def _save_fault(self, asked: _Asked) -> HttpResponse:
        form = FaultForm.of_fields(asked.fields)
        try:
            fault = form.fault()
        except FieldError as error:
            return self._page(asked, Filled(fault=form.with_error(error)), status=422)
        self._platform.faults.put(fault, in_place_of=form.number)
        return self._page(asked, Filled())

    async def _remove_fault(self, asked: _Asked) -> HttpResponse:
        for fault in self._platform.faults.waiting():
            if str(fault.number) == asked.fields.get("fault"):
                self._platform.faults.remove(fault)
        return self._page(asked, Filled())

    async def _clear_faults(self, asked: _Asked) -> HttpResponse:
        self._platform.clear_faults()
        return self._page(asked, Filled())

    def _record(self, number: str) -> RecordedRequest | None:
        """Return the invocation with this *number*."""
        return next((one for one in self._platform.requests.invocations if str(one.number) == number), None)

    def _account_of(self, record: RecordedRequest | None) -> Account | None:
        return None if record is None else self._platform.accounts.get(record.account_id)


def _fields(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _told(status: int, sentence: str) -> HttpResponse:
    return answer(status, f"{sentence}\n".encode(), _TEXT)
