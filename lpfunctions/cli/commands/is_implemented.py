"""`lpfunctions is-implemented`: does a function listen to an event?"""

import os
from typing import Annotated

import typer

from lpfunctions.cli.options import AccountId, Assignments, ConfigPath, Profile, Skill, Timeout, settings_of


def is_implemented(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event.")],
    *,
    skill: Skill = None,
    config: ConfigPath = None,
    profile: Profile = None,
    account: AccountId = None,
    timeout: Timeout = None,
    assignments: Assignments = None,
) -> None:
    """Print true if a productive function listens to an event, else false."""
    from lpfunctions.cli.output import show_json
    from lpfunctions.cli.settings.clients import make_client

    with make_client(settings_of(config, profile, account, timeout, assignments), os.environ) as client:
        show_json(client.is_implemented(event_id=event, skill_id=skill))
