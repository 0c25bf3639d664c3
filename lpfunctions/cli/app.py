"""The command: which subcommands there are, and how it ends when one fails."""

import sys
from typing import TYPE_CHECKING

import typer

from lpfunctions._version import __version__
from lpfunctions.cli.commands.emulator import emulator
from lpfunctions.cli.commands.functions import functions
from lpfunctions.cli.commands.invoke import invoke
from lpfunctions.cli.commands.is_implemented import is_implemented
from lpfunctions.cli.commands.version import version
from lpfunctions.cli.doctor.command import doctor
from lpfunctions.cli.invoke_many.command import invoke_many

if TYPE_CHECKING:
    from lpfunctions import FaaSError

_EPILOG = (
    "Exit codes: 0 ok, 1 the function failed, 2 usage, 3 platform, 4 authentication, 5 network or deadline, 130 Ctrl-C."
)

app: typer.Typer = typer.Typer(
    name="lpfunctions",
    help="LivePerson Functions from a shell.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("invoke")(invoke)
app.command("is-implemented")(is_implemented)
app.command("functions")(functions)
app.command("invoke-many")(invoke_many)
app.command(
    "emulator",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(emulator)
app.command("doctor")(doctor)
app.command("version")(version)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version of lpfunctions."
    ),
) -> None:
    pass  # --version ends the process by itself


@app.command("demo")
def demo() -> None:
    """Show the main job against an embedded platform: no account, no network."""
    from lpfunctions.cli.demo import main

    raise typer.Exit(main())


def run() -> None:
    """Run what was typed, and end the process with its exit code."""
    try:
        app(prog_name="lpfunctions")
    except KeyboardInterrupt:
        from lpfunctions.cli.exit_codes import INTERRUPTED

        sys.exit(INTERRUPTED)
    except Exception as failure:
        from lpfunctions import FaaSError

        if not isinstance(failure, FaaSError):
            raise
        sys.exit(_failed(failure))


def _failed(failure: "FaaSError") -> int:
    from lpfunctions.cli.exit_codes import code_of
    from lpfunctions.cli.output import tell_failure

    tell_failure(failure)
    return code_of(failure)
