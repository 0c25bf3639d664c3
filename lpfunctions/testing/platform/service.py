"""Handle a request, for every frontend: record it, apply a scripted fault, find the endpoint, answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lpfunctions.core.errors import FaaSConnectionError, FaaSRequestError
from lpfunctions.testing.platform.auth.authenticator import Authenticator
from lpfunctions.testing.platform.auth.tokens import TokenIssuer
from lpfunctions.testing.platform.endpoints.agent_login import AgentLogin
from lpfunctions.testing.platform.endpoints.authoring import Authoring
from lpfunctions.testing.platform.endpoints.csds import Csds
from lpfunctions.testing.platform.endpoints.deployments import Deployments
from lpfunctions.testing.platform.endpoints.gateway import Gateway
from lpfunctions.testing.platform.endpoints.logs import Logs
from lpfunctions.testing.platform.endpoints.management import Management
from lpfunctions.testing.platform.endpoints.sentinel import Sentinel
from lpfunctions.testing.platform.endpoints.user_tokens import UserTokens
from lpfunctions.testing.platform.faults.scripted import Faults
from lpfunctions.testing.platform.requests.incoming import Incoming, given_up
from lpfunctions.testing.platform.requests.journal import Journal
from lpfunctions.testing.platform.requests.responses import Refusal
from lpfunctions.testing.platform.requests.routing import matches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.endpoints.deployments import Build
    from lpfunctions.testing.platform.faults.scripted import Fault
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.routing import Kind

    Handler = Callable[[Incoming, FunctionRunner], Awaitable[HttpResponse]]


class Service:
    """The endpoints of all services, with authentication, faults and journal.

    Attributes:
        accounts: by id.
        journal: the requests.
        faults: the scripted faults.
        authenticator: authenticates requests.
        gateway: invokes functions.
        issuer: signs and reads tokens.
        sentinel: grants tokens.
    """

    def __init__(
        self,
        account: Account,
        *,
        clock: WallClock,
        execution_limit_seconds: float,
        token_lifetime_seconds: float,
        journal_limit: int | None,
        journal_limit_bytes: int | None,
        build: Build,
    ) -> None:
        self.accounts: dict[str, Account] = {account.account_id: account}
        self.journal: Journal = Journal(journal_limit, journal_limit_bytes)
        self.faults: Faults = Faults()
        self.issuer: TokenIssuer = TokenIssuer()
        self.sentinel: Sentinel = Sentinel(self.accounts, self.issuer, clock, token_lifetime_seconds)
        self.authenticator: Authenticator = Authenticator(self.accounts, self.issuer, clock)
        self.gateway: Gateway = Gateway(self.authenticator, clock, execution_limit_seconds)
        management, agent_login = Management(self.authenticator), AgentLogin(self.accounts, clock)
        user_tokens = UserTokens(self.accounts, self.issuer, clock)
        authoring = Authoring(self.authenticator, clock)
        deployments = Deployments(self.authenticator, clock, build)
        self._handlers: dict[Kind, Handler] = {
            "invoke": self.gateway.invoke,
            "is_implemented": self.gateway.is_implemented,
            "list": management.functions,
            "function": management.function,
            "events": management.events,
            "runtimes": management.runtimes,
            "create": authoring.create,
            "update": authoring.update,
            "manifest": authoring.update_manifest,
            "deploy": deployments.deploy,
            "undeploy": deployments.undeploy,
            "deployments": deployments.list,
            "count": deployments.count,
            "test": self.gateway.test,
            "logs": Logs(self.authenticator).export,
            "login": agent_login.log_in,
            "session": agent_login.prolong,
            "token": self.sentinel.token,
            "keys": self.sentinel.keys,
            "authorize": user_tokens.authorize,
            "user_token": user_tokens.token,
            "discovery": Csds(self.accounts).domains,
        }

    def saved(self) -> Callable[[], None]:
        """Return what restores the present state of all parts."""
        accounts = dict(self.accounts)
        rates, dpop = self.gateway.rates, self.authenticator.dpop
        restores = [account.saved() for account in accounts.values()]
        restores += [self.journal.saved(), self.faults.saved(), rates.saved(), self.sentinel.saved(), dpop.saved()]

        def restore() -> None:
            for added in self.accounts.keys() - accounts.keys():
                del self.accounts[added]
            self.accounts.update(accounts)
            for restore_part in restores:
                restore_part()

        return restore

    async def serve(self, request: HttpRequest, runner: FunctionRunner) -> HttpResponse:
        """Answer *request* for the frontend that *runner* belongs to.

        Raises:
            FaaSConnectionError: a fault closed the connection.
            FaaSTimeoutError: the response took longer than ``request.timeout_seconds``.
        """
        started = time.perf_counter()
        incoming = Incoming(request)
        record = self.journal.open(incoming)
        try:
            self._check_not_gone(incoming)
            fault = self.faults.take(record)
            response = await (self._apply_fault(fault, incoming, runner) if fault else self._answer(incoming, runner))
        except FaaSRequestError as cut:
            incoming.remark = str(cut)
            raise
        finally:
            record.remark = incoming.remark
            record.duration_seconds = time.perf_counter() - started
        self.journal.answered(record, response)
        return response

    def _check_not_gone(self, incoming: Incoming) -> None:
        account = self.accounts.get(incoming.account_id)
        if account is not None and incoming.host in account.gone:
            raise FaaSConnectionError(f"{incoming.host} refuses connections", delivered="no")

    async def _apply_fault(self, fault: Fault, incoming: Incoming, runner: FunctionRunner) -> HttpResponse:
        if fault.latency_seconds:
            await _wait(incoming, runner, fault.latency_seconds)
        if fault.status is not None:
            return fault.answer(fault.status)
        response = None if fault.drop_connection else await self._answer(incoming, runner)
        if response is None or fault.lose_answer:
            raise FaaSConnectionError(f"{incoming.host} closed the connection", delivered="unknown")
        return response

    async def _answer(self, incoming: Incoming, runner: FunctionRunner) -> HttpResponse:
        try:
            return await self._handler(incoming, runner)(incoming, runner)
        except Refusal as refusal:
            incoming.remark = refusal.remark
            return refusal.answer()

    def _handler(self, incoming: Incoming, runner: FunctionRunner) -> Handler:
        if incoming.malformed is not None:
            raise Refusal(400, incoming.malformed)
        if incoming.match is None or not self._exists(incoming, runner):
            raise Refusal(404, "no endpoint has this path on this host")
        endpoint = incoming.match.endpoint
        if incoming.request.method != endpoint.method:
            raise Refusal(405, "wrong method", headers={"allow": self._allowed(incoming)})
        return self._handlers[endpoint.kind]

    def _allowed(self, incoming: Incoming) -> str:
        """Return the methods of the account's endpoints with this path."""
        account = self.accounts.get(incoming.account_id)
        versions = {None, account and account.platform_version}
        endpoints = [match.endpoint for match in matches(incoming.path)]
        return ", ".join(endpoint.method for endpoint in endpoints if endpoint.version in versions)

    def _exists(self, incoming: Incoming, runner: FunctionRunner) -> bool:
        """Return whether the account has the endpoint on this host; an account that does not exist has all."""
        account = self.accounts.get(incoming.account_id)
        if account is None or incoming.match is None:
            return True
        endpoint = incoming.match.endpoint
        if endpoint.version not in {None, account.platform_version}:
            return False
        # A frontend that serves all services at one host cannot tell them by the host.
        return endpoint.service is None or runner.is_every_host or account.serves(endpoint.service, incoming.host)


async def _wait(incoming: Incoming, runner: FunctionRunner, seconds: float) -> None:
    left = incoming.time_left_seconds
    await runner.sleep(min(seconds, left))
    incoming.spend(seconds)
    if seconds >= left:
        raise given_up(incoming)
