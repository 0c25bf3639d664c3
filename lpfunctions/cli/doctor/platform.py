"""The steps over HTTP: discovery, clock, token, gateway, listing."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from lpfunctions import (
    BearerToken,
    Client,
    CSDSDomainNotFound,
    FaaSConfigurationError,
    FaaSError,
    FaaSOperationError,
    RetryPolicy,
)
from lpfunctions.cli.doctor.steps import Step
from lpfunctions.cli.exit_codes import USAGE, code_of

if TYPE_CHECKING:
    from lpfunctions import ClientConfig
    from lpfunctions.cli.doctor.recording import RememberingTransport

_SKEW_SECONDS: Final = 60.0
_EVENT: Final = "lpfunctions_doctor"
"""An event that nobody listens to: asking for it shows that the gateway answers, and changes nothing."""

_CLAIMS: Final = ("iss", "aud", "sub", "scope")


class PlatformSteps:
    """Ask the platform, one service after the other, over one transport."""

    def __init__(self, config: ClientConfig, transport: RememberingTransport, seconds: float) -> None:
        self._config = config
        self._transport = transport
        self._options: dict[str, Any] = {"timeout": seconds, "retry": RetryPolicy.none()}

    def client(self, authentication: Any, **options: Any) -> Client:
        """Return a client of the configuration that sends through the recorded transport."""
        plain = {name: getattr(self._config, name) for name in _PLAIN}
        return Client(auth_strategy=authentication, transport=self._transport, **{**plain, **self._options, **options})

    def discovery(self) -> Step:
        """Ask the Domain API where the services of the account are."""
        try:
            self.client(BearerToken("not-sent")).warm_up()
        except CSDSDomainNotFound as unknown:
            return _failed("discovery", unknown, *self._unknown_service(unknown))
        except FaaSError as failure:
            return _failed("discovery", failure, str(failure), self._discovery_advice())
        return Step(name="discovery", facts={"domain_api": self._config.csds_domain})

    def clock(self) -> Step:
        """Compare the clock of this machine with that of the Domain API, by its last response."""
        response = self._transport.response
        date = None if response is None else response.headers.get("date")
        moment = _seconds_of(date)
        if moment is None:
            return Step(name="clock", verdict="skipped", problem="the Domain API did not say what time it is")
        skew = time.time() - moment
        facts = {"skew_seconds": round(skew)}
        if abs(skew) <= _SKEW_SECONDS:
            return Step(name="clock", facts=facts)
        side = "fast" if skew > 0 else "slow"
        return Step(
            name="clock",
            verdict="warning",
            problem=f"the clock of this machine is {abs(skew):.0f} s {side}",
            advice="set it right (timedatectl set-ntp true): certificates, signatures and timestamps depend on it",
            facts=facts,
        )

    def token(self, authentication: Any) -> Step:
        """Fetch a token, and look at its claims."""
        self._transport.response = None
        try:
            self.client(authentication).warm_up()
        except FaaSError as failure:
            advice = (
                "check client_id, client_secret and account_id: they belong together, and the app must be installed"
            )
            return _failed("token", failure, str(failure), advice)
        if isinstance(authentication, BearerToken):
            claims = _claims(authentication.token.get_secret_value())
            return Step(name="token", facts={"kind": "a bearer token that was given", **claims})
        return Step(name="token", facts={"kind": "client credentials", **_granted(self._transport)})

    def gateway(self, authentication: Any) -> Step:
        """Ask the gateway whether an event is implemented to which nobody listens."""
        failure = self._gateway_failure(authentication)
        if failure is None:
            return Step(name="gateway", facts={"platform_version": self._config.platform_version or "by the host"})
        other = "v1" if self._config.platform_version != "v1" else "v2"
        if failure.status in {400, 404} and self._gateway_failure(authentication, platform_version=other) is None:
            said = self._config.platform_version or "the gateway's host"
            return _failed(
                "gateway",
                failure,
                f"the account is on {other.upper()}, and it was called as {'V1' if other == 'v2' else 'V2'}, "
                f"which {said if self._config.platform_version is None else 'platform_version'} says",
                f"leave platform_version out, or set it to {other}",
            )
        return _failed("gateway", failure, str(failure), "report this, with the request id, to LivePerson's support")

    def listing(self, authentication: Any) -> Step:
        """List the functions."""
        try:
            found = self.client(authentication).get_lambdas().raise_for_status()
            return Step(name="listing", facts={"functions": len(found)})
        except FaaSOperationError as failure:
            if failure.status in {401, 403}:
                return Step(
                    name="listing",
                    verdict="warning",
                    problem=f"these credentials may not list functions ({failure.status}); invoking is not affected",
                    advice="listing is documented for a user's bearer token: set LPFUNCTIONS_BEARER_TOKEN",
                )
            return Step(name="listing", verdict="warning", problem=str(failure), advice="invoking is not affected")

    def _gateway_failure(self, authentication: Any, **options: Any) -> FaaSOperationError | None:
        try:
            self.client(authentication, **options).is_implemented(event_id=_EVENT)
        except FaaSOperationError as failure:
            return failure
        return None

    def _unknown_service(self, unknown: CSDSDomainNotFound) -> tuple[str, str]:
        if unknown.known:
            return str(unknown), "the account has no LivePerson Functions: ask for them to be enabled"
        return str(unknown), f"is account_id {self._config.account_id!r} right? It is a number, shown by the Hub"

    def _discovery_advice(self) -> str:
        response = self._transport.response
        if response is not None and "json" not in response.headers.get("content-type", ""):
            return (
                f"a proxy or a portal answered in place of the Domain API ({response.status} "
                f"{response.headers.get('content-type', 'without a type')}): sign in there, or set the option proxy"
            )
        if self._config.proxy is not None or self._config.trust_env:
            return "a proxy is in the way: check its address, user and password, and whether it lets this host through"
        return "try again; if it stays so, ask LivePerson's support, or your network's, about this host"


# What a client is told by a configuration, without what its transport is told.
_PLAIN: Final = (
    "account_id",
    "gw_csds_service_name",
    "ui_csds_service_name",
    "api_version",
    "protocol",
    "allow_insecure",
    "get_lambdas_uri",
    "get_functions_uri",
    "invoke_uuid_uri",
    "invoke_event_uri",
    "is_implemented_uri",
    "csds_domain",
    "platform_version",
    "trusted_domain_suffixes",
)


def _failed(name: str, failure: FaaSError, problem: str, advice: str) -> Step:
    is_usage = isinstance(failure, FaaSConfigurationError)
    return Step(
        name=name, verdict="failed", problem=problem, advice=advice, code=USAGE if is_usage else code_of(failure)
    )


def _seconds_of(date: str | None) -> float | None:
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _granted(transport: RememberingTransport) -> dict[str, Any]:
    from pydantic_core import from_json

    response = transport.response
    if response is None:
        return {}
    try:
        grant: Any = from_json(response.content)
        return _claims(str(grant["access_token"]))
    except (ValueError, KeyError, TypeError):
        return {}


def _claims(token: str) -> dict[str, Any]:
    """Return who issued the token for whom and for how long; never the token."""
    import jwt

    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return {"claims": "not readable: the token is opaque"}
    shown: dict[str, Any] = {name: claims[name] for name in _CLAIMS if name in claims}
    if isinstance(claims.get("exp"), int) and isinstance(claims.get("iat"), int):
        shown["lifetime_seconds"] = claims["exp"] - claims["iat"]
    return shown
