"""What functions and calls are called: by names, where the platform has UUIDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.testing.platform import Account, RecordedRequest


def title_of(record: RecordedRequest, accounts: Mapping[str, Account]) -> str:
    """Return what *record* was about, such as ``conversational_command → greet``."""
    account = accounts.get(record.account_id)
    functions = ", ".join(name_of(uuid, account) for uuid in record.functions)
    if record.event_id is None:
        return functions or _other(record)
    return f"{record.event_id} → {functions}" if functions else record.event_id


def name_of(uuid: str, account: Account | None) -> str:
    """Return the name of the function *uuid*."""
    function = account.functions.get(uuid) if account else None
    return function.name if function else f"unknown function {uuid}"


def _other(record: RecordedRequest) -> str:
    return f"{record.method} {record.path}" if record.kind == "unknown" else f"account {record.account_id or 'unknown'}"
