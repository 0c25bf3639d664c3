"""Create and change functions, as developers do through the management host.

What they save runs once it is deployed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Never

from pydantic_core import to_json

from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.testing.platform.endpoints.management import one_function
from lpfunctions.testing.platform.endpoints.saved import V1Function, V2Function, V2Manifest, V2Meta, check_code, read
from lpfunctions.testing.platform.endpoints.shapes import code_of, environment_of, v1_item, v2_saved
from lpfunctions.testing.platform.functions.authored import Authored
from lpfunctions.testing.platform.functions.deployed import DeployedFunction
from lpfunctions.testing.platform.requests.responses import BAD_INPUT, JSON, UNCHANGED, answer, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.authenticator import Authenticator
    from lpfunctions.testing.platform.functions.deployed import FunctionInput
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

_MOST_FUNCTIONS: Final = 50
_UNCHANGED_V1: Final = 304


class Authoring:
    """Saves functions. Which statuses V2 answers is not documented: here they are those of V1."""

    def __init__(self, authenticator: Authenticator, clock: WallClock) -> None:
        self._doorman = authenticator
        self._clock = clock

    async def create(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Save a new function, as a draft."""
        account = self._doorman.admit(incoming)
        function = self._created(account, incoming)
        _check_new(account, function)
        account.functions.add(function)
        return _saved(201, account, function)

    async def update(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Save a change, of V1 as a whole, of V2 beside the code."""
        account = self._doorman.admit(incoming)
        function = one_function(account, incoming)
        version = account.platform_version
        if version is PlatformVersion.V2:
            changed = read(V2Meta, incoming.content, version)
            is_changed = self._change_meta(account, incoming, function, changed)
        else:
            whole = read(V1Function, incoming.content, version)
            given = whole.implementation
            is_changed = self._change_code(account, incoming, function, given.code, given.environment)
            is_changed |= self._change_meta(account, incoming, function, whole.as_v2())
        return _answer_update(account, function, is_changed=is_changed)

    async def update_manifest(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Save the code of a function of V2."""
        account = self._doorman.admit(incoming)
        function = one_function(account, incoming)
        given = read(V2Manifest, incoming.content, account.platform_version)
        code = code_of(function) if given.code is None else given.code
        environment = environment_of(function) if given.environment is None else dict(given.environment)
        is_changed = self._change_code(account, incoming, function, code, environment)
        return _answer_update(account, function, is_changed=is_changed)

    def _created(self, account: Account, incoming: Incoming) -> DeployedFunction:
        if account.platform_version is PlatformVersion.V1:
            whole = read(V1Function, incoming.content, account.platform_version)
            code, environment = whole.implementation.code, whole.implementation.environment
            check_code(code, account.platform_version)
            return self._draft(account, incoming, whole.as_v2(), code, environment)
        given = read(V2Function, incoming.content, account.platform_version)
        code = given.manifest.code or ""
        if code:
            check_code(code, account.platform_version)
        return self._draft(account, incoming, given, code, given.manifest.environment or {})

    def _draft(
        self, account: Account, incoming: Incoming, given: V2Function, code: str, environment: Mapping[str, str]
    ) -> DeployedFunction:
        now, by = self._clock.now(), self._doorman.caller(incoming, account)
        function = DeployedFunction(
            _never_deployed,
            uuid=account.functions.uuid_of(given.name),
            name=given.name,
            event_id=given.event_id or None,
            skills=tuple(given.skills or ()),
            state="Draft",
            description=given.description or "",
            created_at=now,
            environment=environment,
            is_comp_v1=bool(given.is_comp_v1),
        )
        function.authored = Authored(by, now, by, source=code)
        return function

    def _change_code(
        self, account: Account, incoming: Incoming, function: DeployedFunction, code: str, environment: dict[str, str]
    ) -> bool:
        if (code, environment) == (code_of(function), environment_of(function)):
            return False
        check_code(code, account.platform_version)
        by = self._doorman.caller(incoming, account)
        function.authored = function.authored.rewritten(code, environment, self._clock.now(), by)
        _modify(function)
        return True

    def _change_meta(self, account: Account, incoming: Incoming, function: DeployedFunction, given: V2Meta) -> bool:
        if given.event_id and given.event_id != function.event_id:
            raise refuse(BAD_INPUT, account.platform_version, "the event of a function is fixed at its creation")
        description = function.description if given.description is None else given.description
        skills = function.skills if given.skills is None else tuple(given.skills)
        if (description, skills) == (function.description, function.skills):
            return False
        function.description, function.skills = description, skills
        function.authored = function.authored.touched(self._clock.now(), self._doorman.caller(incoming, account))
        _modify(function)
        return True


def _never_deployed(_given: FunctionInput) -> Never:
    raise RuntimeError("this function was never deployed")


def _check_new(account: Account, function: DeployedFunction) -> None:
    known = list(account.functions)
    if any(function.name == other.name for other in known):
        raise refuse(BAD_INPUT, account.platform_version, f"there is a function {function.name} already")
    if len(known) >= _MOST_FUNCTIONS:
        raise refuse(BAD_INPUT, account.platform_version, f"an account may have {_MOST_FUNCTIONS} functions")


def _modify(function: DeployedFunction) -> None:
    function.state = "Modified" if function.invocable else "Draft"


def _answer_update(account: Account, function: DeployedFunction, *, is_changed: bool) -> HttpResponse:
    if is_changed:
        return _saved(202, account, function)
    if account.platform_version is PlatformVersion.V1:
        return answer(_UNCHANGED_V1, b"", {})
    raise refuse(UNCHANGED, account.platform_version, "the update changes nothing")


def _saved(status: int, account: Account, function: DeployedFunction) -> HttpResponse:
    shown = v1_item(function) if account.platform_version is PlatformVersion.V1 else v2_saved(function)
    return answer(status, to_json(shown), {"content-type": JSON})
