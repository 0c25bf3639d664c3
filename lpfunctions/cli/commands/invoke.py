"""`lpfunctions invoke`: run a function, or those that listen to an event."""

import os
from typing import Annotated, Any

import typer

from lpfunctions.cli.options import (
    AccountId,
    Assignments,
    ConfigPath,
    Headers,
    Profile,
    Skill,
    Timeout,
    headers_of,
    settings_of,
)


def invoke(
    first: Annotated[str | None, typer.Argument(metavar="[UUID]", help="The function; not with --event.")] = None,
    second: Annotated[
        str | None, typer.Argument(metavar="[PAYLOAD]", help="JSON, @FILE, or - for the input; {} if left out.")
    ] = None,
    *,
    event: Annotated[str | None, typer.Option("--event", metavar="ID", help="Every function of this event.")] = None,
    skill: Skill = None,
    header: Headers = None,
    config: ConfigPath = None,
    profile: Profile = None,
    account: AccountId = None,
    timeout: Timeout = None,
    assignments: Assignments = None,
) -> None:
    """Run a function by UUID, or every function of an event, and print what it returns."""
    from lpfunctions.cli.output import show_json
    from lpfunctions.cli.settings.clients import make_client

    uuid, payload = _target(first, second, event)
    arguments: dict[str, Any] = {"lambda_uuid": uuid, "event_id": event, "skill_id": skill}
    arguments |= _payload_argument(payload) | {"headers": headers_of(header)}
    with make_client(settings_of(config, profile, account, timeout, assignments), os.environ) as client:
        show_json(client.invoke(**arguments).raise_for_status().body)


def _target(first: str | None, second: str | None, event: str | None) -> tuple[str | None, str | None]:
    """Return the function and the payload."""
    if event is None and first is None:
        raise typer.BadParameter("name a function by its UUID, or an event by --event")
    if event is None:
        return first, second
    if second is not None:
        raise typer.BadParameter("either a UUID or --event: with --event there is only a payload")
    return None, first


def _payload_argument(payload: str | None) -> dict[str, Any]:
    if payload is None:
        return {}
    from lpfunctions.cli.payloads import read_payload

    return {"payload": read_payload(payload)}
