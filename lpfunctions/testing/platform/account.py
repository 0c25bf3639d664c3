"""One LivePerson account: its generation, its app, its hosts and its functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lpfunctions.core.domains import GATEWAY_SERVICE, TOKEN_SERVICE, UI_SERVICE
from lpfunctions.core.generations import Generation
from lpfunctions.testing.platform.functions import Functions

if TYPE_CHECKING:
    from collections.abc import Mapping

# The V1 hosts are documented. Those of V2 are not: these two only obey the rule by which clients tell V2.
_DOMAINS: Final[Mapping[Generation, Mapping[str, str]]] = {
    Generation.V1: {
        GATEWAY_SERVICE: "va.faasgw.liveperson.net",
        UI_SERVICE: "va.faasui.liveperson.net",
        TOKEN_SERVICE: "va.sentinel.liveperson.net",
    },
    Generation.V2: {
        GATEWAY_SERVICE: "va.fninvocations.liveperson.net",
        UI_SERVICE: "va.functions.liveperson.net",
        TOKEN_SERVICE: "va.sentinel.liveperson.net",
    },
}


@dataclass(slots=True)
class Account:
    """What the platform knows of one account.

    Attributes:
        account_id: the id in every path.
        generation: V1 or V2, as a whole.
        client_id: of the installed app.
        client_secret: of the installed app.
        domains: what discovery answers, host by service; change it to move the account.
        functions: what is deployed or drafted.
        bearers: tokens of logged-in users, accepted as they are.
    """

    account_id: str
    generation: Generation
    client_id: str
    client_secret: str = field(repr=False)
    domains: dict[str, str] = field(init=False)
    functions: Functions = field(init=False, repr=False)
    bearers: set[str] = field(default_factory=set[str], repr=False)

    def __post_init__(self) -> None:
        self.domains = dict(_DOMAINS[self.generation])
        self.functions = Functions(self.account_id)

    def serves(self, service: str, host: str) -> bool:
        """May *host* answer for *service*? No, if it is the host of another service; strangers play all."""
        return self.domains.get(service) == host or host not in self.domains.values()
