"""Make every call with every client, on one platform."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.interop.cases import ACCOUNTS, CASES, CREDENTIALS, in_node_spelling, new_platform
from tests.interop.peers import Called, async_python_peer, node_peer, python_peer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lpfunctions.testing import FakePlatform
    from tests.interop.cases import Case
    from tests.interop.peers import Peer


@dataclass(frozen=True)
class Comparison:
    """The same call of all clients.

    Attributes:
        version: ``v1`` or ``v2``.
        case: what was called.
        node: what the reference client made of it.
        ours: what our blocking client made of it.
        ours_async: what our async client made of it.
    """

    version: str
    case: Case
    node: Called
    ours: Called
    ours_async: Called

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.version} {self.case.operation} {self.case.name}"


def run_all(*, own_network: bool, cases: Iterable[Case] = CASES) -> list[Comparison]:
    """Make all *cases* on the versions they are for."""
    platform = new_platform()
    with ExitStack() as stack:
        node, ours, ours_async = (
            stack.enter_context(start(platform, own_network=own_network))
            for start in (node_peer, python_peer, async_python_peer)
        )
        return [
            Comparison(
                version,
                case,
                _call(platform, node, case, version, _for_node),
                _call(platform, ours, case, version, _for_us),
                _call(platform, ours_async, case, version, _for_us),
            )
            for case in cases
            for version in case.versions
        ]


def _call(
    platform: FakePlatform, peer: Peer, case: Case, version: str, spell: Callable[[Case, str, dict[str, Any]], Any]
) -> Called:
    account = platform.accounts[ACCOUNTS[version]]
    call = dict(case.call)
    if "function" in call:
        name = call.pop("function")
        call["lambda_uuid"] = account.functions.uuid_of(name)
    if case.fault:
        kind = {"get_lambdas": "list", "get_functions": "list"}.get(case.operation, case.operation)
        platform.fail_next(where=lambda request: request.kind == kind, **case.fault)
    return peer.call(**spell(case, account.account_id, call))


def _for_us(case: Case, account_id: str, call: dict[str, Any]) -> dict[str, Any]:
    config = {"account_id": account_id, "auth_strategy": CREDENTIALS, **case.config}
    return {"config": config, "operation": case.operation, "call": call}


def _for_node(case: Case, account_id: str, call: dict[str, Any]) -> dict[str, Any]:
    return {
        "config": in_node_spelling({"account_id": account_id, **case.config})
        | {"authStrategy": in_node_spelling(CREDENTIALS)},
        "operation": next(iter(in_node_spelling({case.operation: None}))),
        "call": in_node_spelling(call),
    }
