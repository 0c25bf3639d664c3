"""`python -m lpfunctions`, and the script `lpfunctions`."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command; say how to install it where its libraries are missing."""
    if find_spec("typer") is None or find_spec("rich") is None:
        sys.stderr.write("The command needs typer and rich: pip install 'lpfunctions[cli]'\n")
        sys.exit(2)
    from lpfunctions.cli.app import run

    run()


if __name__ == "__main__":
    main()
