"""`lpfunctions emulator`: the emulator of `python -m lpfunctions.testing`, with the same options."""

import typer


def emulator(context: typer.Context) -> None:
    """Serve LivePerson Functions on this machine: no account, no network. `emulator --help` lists its options."""
    from lpfunctions.testing.daemon.serve import main

    raise typer.Exit(main(context.args, program="lpfunctions emulator"))
