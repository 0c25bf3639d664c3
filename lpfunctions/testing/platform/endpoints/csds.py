"""Discovery (CSDS): the hosts of an account's services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic_core import to_json

from lpfunctions.testing.platform.requests.responses import Refusal, json_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.runner import FunctionRunner
    from lpfunctions.testing.platform.requests.incoming import Incoming

OTHER_SERVICES: Final[dict[str, str | None]] = {
    "accCdnDomain": "accdn.lpsnmedia.net",
    "asyncMessagingEnt": "va.msg.liveperson.net",
    "leBackofficeInt": None,
    "visitorFeed": "",
    "reporting": "va.reporting.liveperson.net/path",
}
"""Services that are none of ours, as an account has many: a client must ignore them, whatever their entries hold."""


class Csds:
    """The Domain API, which needs no authentication."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    async def domains(self, incoming: Incoming, runner: FunctionRunner) -> HttpResponse:
        """Answer all services of the account, or the one that the path names.

        An account or service that does not exist gives an empty list; what the platform does is not documented.
        """
        if incoming.parameter("version") is None:
            raise Refusal(400, "query parameter 'version' is missing")
        wanted = incoming.value("service")
        entries = [
            {"service": service, "account": incoming.account_id, "baseURI": host}
            for service, host in self._hosts(incoming, runner).items()
            if wanted is None or service == wanted
        ]
        return json_answer(to_json({"baseURIs": entries}))

    def _hosts(self, incoming: Incoming, runner: FunctionRunner) -> Mapping[str, str | None]:
        account = self._accounts.get(incoming.account_id)
        if account is None:
            return {}
        hosts = dict.fromkeys(account.domains, incoming.host) if runner.is_every_host else account.domains
        return OTHER_SERVICES | hosts
