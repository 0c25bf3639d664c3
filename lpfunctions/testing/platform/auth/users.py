"""The users of an account: who may log in, what for, and for how long."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lpfunctions.testing.platform.requests.routing import Kind

Permission = Literal["FaaS-Admin", "FaaS-Developer", "FaaS-Invocation"]

_ADMIN, _DEVELOPER, _INVOCATION = "FaaS-Admin", "FaaS-Developer", "FaaS-Invocation"
_ALL: Final = frozenset({_ADMIN, _DEVELOPER, _INVOCATION})
_INVOKING: Final[frozenset[Kind]] = frozenset({"invoke", "is_implemented", "test"})
_READING: Final[frozenset[Kind]] = frozenset({
    "list", "function", "events", "runtimes", "deployments", "count",
})  # fmt: skip

_CODE_SECONDS: Final = 600

SESSION_SECONDS: Final = 8 * 3600
"""How long the bearer of a user is valid."""


def permitting(kind: Kind) -> frozenset[str]:
    """Return the permissions of which one is enough for a request of *kind*."""
    if kind in _READING:
        return _ALL
    return frozenset({_DEVELOPER, _INVOCATION}) if kind in _INVOKING else frozenset({_ADMIN, _DEVELOPER})


@dataclass(frozen=True, slots=True)
class User:
    """One user of an account.

    Attributes:
        login_name: what they log in with.
        password: their password.
        user_id: as the platform numbers them.
        permissions: what they may do with functions.
    """

    login_name: str
    password: str = field(repr=False)
    user_id: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """A user who has logged in.

    Attributes:
        user: who.
        expires_at: seconds since the epoch.
        bearer: the token for the other services.
        csrf: goes with the session's id when the session is prolonged.
        session_id: in a cookie.
    """

    user: User
    expires_at: float
    bearer: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    csrf: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    session_id: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


class _Code(NamedTuple):
    user: User
    redirect_uri: str
    expires_at: float


class Users:
    """The users of one account, and their sessions."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._sessions: dict[str, Session] = {}
        self._codes: dict[str, _Code] = {}
        self._refresh_tokens: dict[str, User] = {}

    def add(self, login_name: str, password: str, permissions: Iterable[str] = (_DEVELOPER,)) -> User:
        """Add a user, or replace the one of that name.

        Raises:
            FaaSConfigurationError: there is no such permission.
        """
        given = frozenset((permissions,) if isinstance(permissions, str) else permissions)
        unknown = sorted(given - _ALL)
        if unknown:
            raise FaaSConfigurationError(
                f"there is no permission {quoted(unknown[0])}; the permissions are {', '.join(sorted(_ALL))}"
            )
        user = User(login_name, password, str(1000 + len(self._users)), given)
        self._users[login_name] = user
        return user

    def first(self) -> User | None:
        """Return the user who was added first; None if there is none."""
        return next(iter(self._users.values()), None)

    def known(self, login_name: str, password: str) -> User | None:
        """Return the user of this name and password; None if there is none."""
        user = self._users.get(login_name)
        is_right = hmac.compare_digest(password.encode(), (user.password if user else "").encode())
        return user if is_right else None

    def log_in(self, user: User, now: float) -> Session:
        """Begin a session of *user*."""
        session = Session(user, now + SESSION_SECONDS)
        self._sessions[session.bearer] = session
        return session

    def session(self, bearer: str) -> Session | None:
        """Return the session with this *bearer*, which may have expired."""
        return self._sessions.get(bearer)

    def session_by_id(self, session_id: str, csrf: str) -> Session | None:
        """Return the session with this id and CSRF token, which may have expired."""
        return next(
            (found for found in self._sessions.values() if (found.session_id, found.csrf) == (session_id, csrf)), None
        )

    def new_code(self, user: User, redirect_uri: str, now: float) -> str:
        """Return a code that is good once, for ten minutes, by which an app gets a token of *user*."""
        code = secrets.token_hex(16)
        self._codes[code] = _Code(user, redirect_uri, now + _CODE_SECONDS)
        return code

    def redeem_code(self, code: str, redirect_uri: str, now: float) -> User | None:
        """Return whose *code* it is, and use it up; None if it is none, or was for another *redirect_uri*."""
        found = self._codes.pop(code, None)
        is_good = found is not None and found.redirect_uri == redirect_uri and now < found.expires_at
        return found.user if found and is_good else None

    def new_refresh_token(self, user: User) -> str:
        """Return a token that is good once, by which an app gets a further token of *user*."""
        token = secrets.token_hex(32)
        self._refresh_tokens[token] = user
        return token

    def redeem_refresh_token(self, token: str) -> User | None:
        """Return whose refresh token it is, and use it up; None if it is none."""
        return self._refresh_tokens.pop(token, None)

    def saved(self) -> Callable[[], None]:
        """Return what restores the users that there are now; sessions go on, as tokens do."""
        users = dict(self._users)

        def restore() -> None:
            self._users = dict(users)

        return restore
