"""The login of users (service ``agentVep``): a bearer for their name and password.

LivePerson's documentation forbids it to other parties' clients; LivePerson's command-line tool logs in so.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json, to_json

from lpfunctions.testing.platform.requests.responses import Refusal, json_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.auth.users import Session
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming


class AgentLogin:
    """Logs users in. No page shows the answer to a wrong password: it is 401 here, without a body."""

    def __init__(self, accounts: Mapping[str, Account], clock: WallClock) -> None:
        self._accounts = accounts
        self._clock = clock

    async def log_in(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the bearer of a new session."""
        if incoming.parameter("v") is None:
            raise Refusal(400, "query parameter 'v' is missing")
        account, fields = self._accounts.get(incoming.account_id), _fields(incoming)
        user = account and account.users.known(_text(fields, "username"), _text(fields, "password"))
        if not account or not user:
            raise Refusal(401, "login name or password is wrong")
        return json_answer(to_json(_shown(account.users.log_in(user, self._clock.now()))))

    async def prolong(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer 200 as long as the session lasts."""
        account = self._accounts.get(incoming.account_id)
        session = account and account.users.session_by_id(_session_id(incoming), _text(_fields(incoming), "csrf"))
        if not session or session.expires_at <= self._clock.now():
            raise Refusal(401, "there is no such session, or it has expired")
        return json_answer(to_json({"csrf": session.csrf}))


def _shown(session: Session) -> dict[str, Any]:
    return {
        "bearer": session.bearer,
        "csrf": session.csrf,
        "sessionId": session.session_id,
        "config": {"userId": session.user.user_id, "loginName": session.user.login_name},
    }


def _fields(incoming: Incoming) -> dict[str, Any]:
    try:
        body = from_json(incoming.content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "the body is no JSON object")
    return cast("dict[str, Any]", body)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _session_id(incoming: Incoming) -> str:
    try:
        cookie = SimpleCookie(incoming.headers.get("cookie", "")).get("session_id")
    except CookieError:
        return ""
    return cookie.value if cookie else ""
