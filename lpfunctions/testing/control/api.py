"""Answer the requests of the control API."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import weakref
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.control.bodies import (
    Body,
    NewAccount,
    NewFault,
    NewFunction,
    NewToken,
    account_body,
    fault_body,
    function_body,
    record_body,
)
from lpfunctions.testing.other_pages import is_of_another_page
from lpfunctions.testing.platform.functions.deployed import FunctionFailure
from lpfunctions.testing.platform.requests.responses import JSON, answer
from lpfunctions.testing.recording.scrubbing import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.testing.platform import Account, FakePlatform, FunctionInput

    Handler = Callable[["_Asked"], "HttpResponse | Awaitable[HttpResponse]"]

BASE: Final = "/_emulator/api/"
DESCRIPTION_PATH: Final = "/_emulator/openapi.yaml"
_DESCRIPTION: Final = Path(__file__).with_name("control.yaml")
_SAFE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

B = TypeVar("B", bound=Body)


class _RefusedError(Exception):
    """A request is not carried out.

    Attributes:
        status: of the answer.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Asked:
    """A request: its query, its body, and what follows the name of the collection in its path."""

    def __init__(self, request: HttpRequest, item: str) -> None:
        self.request = request
        self.item = item
        self.query: Mapping[str, str] = dict(parse_qsl(request.url.partition("?")[2]))

    def body(self, model: type[B]) -> B:
        """Read the body.

        Raises:
            _RefusedError: it is not what *model* asks for.
        """
        # A web page cannot send this type without being asked whether it may.
        if self.request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise _RefusedError(415, f"the body must be {JSON}")
        try:
            return model.model_validate_json(self.request.content or b"{}")
        except ValidationError as unfit:
            flaws = [f"{'.'.join(map(str, flaw['loc'])) or 'body'}: {flaw['msg']}" for flaw in unfit.errors()]
            raise _RefusedError(400, "; ".join(flaws)) from None


class ControlApi:
    """The control API of one emulator."""

    def __init__(self, platform: FakePlatform, reset: Callable[[], None]) -> None:
        """Control *platform*; *reset* returns it to the state that a test begins with."""
        self._platform = platform
        self._reset_platform = reset
        self.handlers: dict[tuple[str, str], Handler] = {
            ("GET", "accounts"): self._accounts,
            ("POST", "accounts"): self._add_account,
            ("GET", "functions"): self._functions,
            ("POST", "functions"): self._deploy,
            ("DELETE", "functions/{uuid}"): self._undeploy,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._script,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "journal"): self._journal,
            ("DELETE", "journal"): self._clear_journal,
            ("POST", "tokens"): self._issue,
            ("DELETE", "tokens"): self._revoke,
            ("POST", "reset"): self._reset,
        }

    @staticmethod
    def owns(target: str) -> bool:
        """Return whether *target*, the path with its query, belongs to the control API."""
        return target.startswith(BASE) or target.partition("?")[0] == DESCRIPTION_PATH

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request for a target that is owned."""
        origin = "/".join(request.url.split("/", 3)[:3])
        path = request.url[len(origin) :].partition("?")[0]
        if path == DESCRIPTION_PATH:
            return answer(200, _DESCRIPTION.read_bytes(), _SAFE | {"content-type": "application/yaml"})
        if is_of_another_page(request, origin):
            return _told(403, {"error": "the page of another origin may not control the emulator"})
        try:
            handler, asked = self._handler(request, path)
            answered = handler(asked)
            return await answered if isinstance(answered, Awaitable) else answered
        except _RefusedError as refused:
            return _told(refused.status, {"error": str(refused)})
        except FaaSConfigurationError as unfit:
            return _told(400, {"error": str(unfit)})

    def _handler(self, request: HttpRequest, path: str) -> tuple[Handler, _Asked]:
        name, _, item = path.removeprefix(BASE).partition("/")
        known = f"{name}/{{uuid}}" if item else name
        methods = [each for each, collection in self.handlers if collection == known]
        if not methods:
            raise _RefusedError(404, f"there is nothing at {path}; see {DESCRIPTION_PATH}")
        if request.method not in methods:
            raise _RefusedError(405, f"{path} takes {' and '.join(methods)}")
        return self.handlers[request.method, known], _Asked(request, unquote(item))

    def _account(self, account_id: str | None) -> Account:
        if account_id is None:
            return self._platform.account
        try:
            return self._platform.accounts[account_id]
        except KeyError:
            raise _RefusedError(404, f"there is no account {account_id!r}") from None

    # -- accounts --

    def _accounts(self, _asked: _Asked) -> HttpResponse:
        return _told(200, [account_body(account) for account in list(self._platform.accounts.values())])

    def _add_account(self, asked: _Asked) -> HttpResponse:
        account = self._platform.add_account(**asked.body(NewAccount).model_dump())
        return _told(201, account_body(account))

    # -- functions --

    def _functions(self, asked: _Asked) -> HttpResponse:
        account = self._account(asked.query.get("account_id"))
        return _told(200, [function_body(function) for function in account.functions])

    async def _deploy(self, asked: _Asked) -> HttpResponse:
        wanted = asked.body(NewFunction)
        account = self._account(wanted.account_id)
        if wanted.code is not None:
            return await asyncio.to_thread(self._deploy_code, wanted, account)  # Node may have to be started
        function = account.function(
            wanted.name,
            event_id=wanted.event_id,
            skills=wanted.skills,
            description=wanted.description,
            environment=wanted.environment,
            uuid=wanted.uuid,
        )(_returning(wanted.returns) if wanted.throws is None else _throwing(wanted.throws))
        return _told(201, function_body(function))

    def _deploy_code(self, wanted: NewFunction, account: Account) -> HttpResponse:
        project = Path(tempfile.mkdtemp(prefix="lpfunctions-deployed-"))
        weakref.finalize(self, shutil.rmtree, project, ignore_errors=True)
        folder = project / "functions" / "deployed"
        folder.mkdir(parents=True)
        (folder / "index.js").write_text(wanted.code or "", encoding="utf-8")
        config = {
            "name": wanted.name,
            "event": wanted.event_id,
            "skills": wanted.skills,
            "description": wanted.description,
            "uuid": None if wanted.uuid is None else str(wanted.uuid),
            "environmentVariables": wanted.environment,
        }
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        [function] = self._platform.deploy_folder(project, account)
        return _told(201, function_body(function))

    def _undeploy(self, asked: _Asked) -> HttpResponse:
        account = self._account(asked.query.get("account_id"))
        function = account.functions.get(asked.item)
        if function is None:
            raise _RefusedError(404, f"account {account.account_id!r} has no function {asked.item!r}")
        account.functions.remove(function)
        return _nothing()

    # -- faults --

    def _faults(self, _asked: _Asked) -> HttpResponse:
        return _told(200, [fault_body(fault) for fault in self._platform.faults.waiting()])

    def _script(self, asked: _Asked) -> HttpResponse:
        fault: dict[str, Any] = asked.body(NewFault).model_dump()
        self._platform.fail_next(**fault, required=False)
        return _told(201, fault_body(self._platform.faults.waiting()[-1]))

    def _clear_faults(self, _asked: _Asked) -> HttpResponse:
        self._platform.clear_faults()
        return _nothing()

    # -- journal --

    def _journal(self, asked: _Asked) -> HttpResponse:
        scrubber, kind = Scrubber(), asked.query.get("kind")
        records = list(self._platform.requests)
        return _told(200, [record_body(one, scrubber) for one in records if kind is None or one.kind == kind])

    def _clear_journal(self, _asked: _Asked) -> HttpResponse:
        self._platform.requests.clear()
        return _nothing()

    # -- tokens --

    def _issue(self, asked: _Asked) -> HttpResponse:
        wanted = asked.body(NewToken)
        account = self._account(wanted.account_id)
        token = self._platform.issue_token(account_id=account.account_id, lifetime_seconds=wanted.lifetime_seconds)
        return _told(201, {"access_token": token})

    def _revoke(self, _asked: _Asked) -> HttpResponse:
        self._platform.revoke_tokens()
        return _nothing()

    # -- state --

    async def _reset(self, _asked: _Asked) -> HttpResponse:
        await asyncio.to_thread(self._reset_platform)
        return _nothing()


def _returning(value: object) -> Callable[[FunctionInput], object]:
    return lambda _given: value


def _throwing(message: str) -> Callable[[FunctionInput], object]:
    def throw(_given: FunctionInput) -> object:
        raise FunctionFailure(message, crashed=False)

    return throw


def _told(status: int, body: object) -> HttpResponse:
    try:
        content = to_json(body)
    except PydanticSerializationError:  # a lone surrogate of JavaScript
        content = json.dumps(body).encode()
    return answer(status, content, _SAFE | {"content-type": JSON})


def _nothing() -> HttpResponse:
    return answer(204, b"", _SAFE)
