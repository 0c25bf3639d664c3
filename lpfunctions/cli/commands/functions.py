"""`lpfunctions functions`: what is there."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from lpfunctions.cli.options import AccountId, Assignments, ConfigPath, Profile, Timeout, settings_of

if TYPE_CHECKING:
    from lpfunctions import FunctionList


def functions(
    *,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="Only functions in this state; may be repeated."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="Only functions whose name contains this.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is known of each, as JSON.")] = False,
    config: ConfigPath = None,
    profile: Profile = None,
    account: AccountId = None,
    timeout: Timeout = None,
    assignments: Assignments = None,
) -> None:
    """List the functions of the account. Listing is documented for a user's bearer token."""
    from lpfunctions.cli.output import show_json
    from lpfunctions.cli.settings.clients import make_client

    settings = settings_of(config, profile, account, timeout, assignments)
    with make_client(settings, os.environ, lists=True) as client:
        found = client.get_lambdas(state=state or None, name=name)
        if as_json:
            show_json([function.model_dump(by_alias=True, exclude_none=True) for function in found])
        else:
            _show_table(found)


def _show_table(found: "FunctionList") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("NAME", overflow="fold")
    table.add_column("STATE", overflow="fold")
    table.add_column("EVENT", overflow="fold")
    table.add_column("UUID", no_wrap=True, min_width=36)
    for function in found:
        cells = (function.name, function.state, function.event_id, function.uuid)
        table.add_row(*(escape(_printable(cell or "")) for cell in cells))
    console = Console()
    console.print(table)
    console.print(f"{len(found)} function{'' if len(found) == 1 else 's'}", highlight=False)


def _printable(text: str) -> str:
    """Return *text*, which came from outside, without what steers a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
